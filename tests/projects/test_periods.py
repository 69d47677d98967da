"""When a month is filed: opens, due and locks, each day included, where the users are (Asia/Shanghai)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal as D
from threading import Event, Thread

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from erqi.core.context import origin
from erqi.core.exceptions import Conflict
from erqi.core.models import AuditEvent
from erqi.core.services import audit
from projects.models import PeriodExtension, ProgressReport, ReportingPeriod
from projects.services import workflow
from projects.services.month_facts import read_month
from projects.services.periods import (
    create_periods,
    deadlines,
    grant_extension,
    refresh_on_time,
    revoke_extension,
    save_period,
)
from projects.services.progress import record_month
from tests.factories import ProjectFactory, UnitFactory, report
from tests.threads import at_once, refusals


@pytest.fixture
def period(db):
    """March 2017: from the 15th to the 25th, late until 10 April."""
    return ReportingPeriod.objects.create(
        year=2017, month=3, opens=date(2017, 3, 15), due=date(2017, 3, 25), locks=date(2017, 4, 10)
    )


@pytest.fixture
def project(district):
    """The station's, which stands under the street."""
    return district.street_project


def require_open(project, period, now=None):
    """The project's deadline; refused while its unit can file nothing."""
    facts = read_month(project, period.year, period.month, period)
    facts.require_open(now=now)
    return facts.due


@pytest.fixture
def clock(monkeypatch):
    """Sets the time, told in UTC: Shanghai is eight hours ahead."""

    def set_to(*moment):
        monkeypatch.setattr(timezone, "now", lambda: datetime(*moment, tzinfo=UTC))

    return set_to


@pytest.fixture
def file(project, district):
    def call(project=project, month=3):
        content = {"invested": D(100), "by": None, "explanation": "已核对"}
        return record_month(project=project, year=2017, month=month, **content).report

    return call


class TestCreate:
    def test_a_year_has_twelve_with_the_days_of_the_settings(self, db, settings):
        settings.PERIOD_OPENS_DAY, settings.PERIOD_DUE_DAY, settings.PERIOD_LOCK_DAYS = 10, 20, 5
        assert len(create_periods(year=2017, by=None)) == 12
        march = ReportingPeriod.objects.get(year=2017, month=3)
        assert (march.opens, march.due, march.locks) == (date(2017, 3, 10), date(2017, 3, 20), date(2017, 3, 25))

    def test_a_short_month_ends_on_its_last_day(self, db):
        create_periods(year=2016, by=None, opens_day=29, due_day=31, lock_days=1)
        days = {row.month: (row.opens.day, row.due.day, row.locks) for row in ReportingPeriod.objects.all()}
        assert days[2] == (29, 29, date(2016, 3, 1))
        assert days[4] == (29, 30, date(2016, 5, 1))
        assert days[12] == (29, 31, date(2017, 1, 1))

    def test_no_days_to_lock_means_never(self, db):
        create_periods(year=2017, by=None, lock_days=0)
        assert not ReportingPeriod.objects.exclude(locks=None).exists()

    def test_those_that_exist_stay_as_they_are(self, period):
        made = create_periods(year=2017, by=None, opens_day=1, due_day=5)
        assert len(made) == 11
        period.refresh_from_db()
        assert period.due == date(2017, 3, 25)
        assert create_periods(year=2017, by=None) == []

    def test_each_is_an_event_with_its_days(self, district):
        create_periods(year=2017, by=district.reviewer, opens_day=15, due_day=25)
        events = AuditEvent.objects.filter(action="period.add")
        assert events.count() == 12
        assert {event.actor for event in events} == {"reviewer"}
        assert json.loads(events.last().after)["due"] == "2017-01-25"

    @pytest.mark.parametrize(
        "days",
        [
            {"opens_day": 0},
            {"opens_day": 26, "due_day": 25},
            {"due_day": 32},
            {"lock_days": -1},
            {"lock_days": 367},
        ],
    )
    def test_days_that_make_no_sense_are_refused(self, db, days):
        with pytest.raises(ValidationError, match="1–31"):
            create_periods(year=2017, by=None, **days)
        assert not ReportingPeriod.objects.exists()

    @pytest.mark.parametrize("year", [0, 1999, 2101, 20170])
    def test_years_are_those_of_the_register(self, db, year):
        with pytest.raises(ValidationError) as refused:
            create_periods(year=year, by=None)
        assert "2000–2100" in refused.value.message_dict["year"][0]

    def test_months_already_filed_are_judged_by_the_new_deadline(self, file, clock):
        clock(2017, 3, 20)
        row = file()
        assert row.on_time is None
        create_periods(year=2017, by=None, due_day=25)
        row.refresh_from_db()
        assert row.on_time is True


class TestCommand:
    def test_it_says_what_it_made_in_both_languages(self, period, capsys):
        call_command("create_periods", "2017", "--opens-day", "10", "--due-day", "20", "--lock-days", "0")
        told = capsys.readouterr().out
        assert "11 个报送期" in told
        assert "11 periods created for 2017" in told
        assert "2017-02  开放 opens 2017-02-10  截止 due 2017-02-20  锁定 locks —" in told

    def test_what_is_wrong_is_told_without_a_traceback(self, db):
        with pytest.raises(CommandError, match="nothing was created"):
            call_command("create_periods", "2017", "--due-day", "40")
        with pytest.raises(CommandError, match="2000–2100"):
            call_command("create_periods", "1999")


class TestOpen:
    @pytest.mark.parametrize(
        ("day", "code"),
        [
            (date(2017, 3, 14), "period_not_open"),
            (date(2017, 3, 15), None),
            (date(2017, 3, 25), None),
            (date(2017, 3, 26), None),
            (date(2017, 4, 10), None),
            (date(2017, 4, 11), "period_locked"),
        ],
    )
    def test_each_day_is_included(self, period, project, day, code):
        if code is None:
            assert require_open(project, period, now=day) == period.due
            return
        with pytest.raises(Conflict) as refused:
            require_open(project, period, now=day)
        assert refused.value.code == code

    def test_the_day_begins_in_shanghai(self, period, project, clock):
        clock(2017, 4, 10, 15, 59)
        assert require_open(project, period)
        clock(2017, 4, 10, 16, 0)
        with pytest.raises(Conflict) as refused:
            require_open(project, period)
        assert "2017-04-10" in refused.value.message
        assert "延期" in refused.value.message
        assert refused.value.facts["locks"] == "2017-04-10"

    def test_a_month_without_a_period_is_always_open_and_never_late(self, project, file):
        row = file()
        assert (row.status, row.on_time) == ("submitted", None)

    def test_a_period_without_a_lock_never_locks(self, period, project):
        period.locks = None
        period.save()
        assert require_open(project, period, now=date(2030, 1, 1)) == period.due

    def test_a_locked_month_takes_neither_draft_nor_filing(self, period, project, clock, file):
        clock(2017, 4, 20)
        with pytest.raises(Conflict):
            file()
        with pytest.raises(Conflict):
            record_month(project=project, year=2017, month=3, invested=D(1), by=None, draft=True)
        assert not ProgressReport.objects.exists()

    def test_what_the_bureau_asked_back_is_filed_again_after_the_lock(self, period, project, clock, file):
        clock(2017, 3, 20)
        row = file()
        clock(2017, 4, 20)
        workflow.return_report(row, by=None, reason="补充")
        assert record_month(project=project, year=2017, month=3, invested=D(90), by=None).report.on_time
        accepted = workflow.accept(row, by=None)
        clock(2017, 9, 1)
        workflow.reopen(accepted, by=None, reason="审计核减")
        assert record_month(project=project, year=2017, month=3, invested=D(80), by=None).report.status == "submitted"

    def test_what_the_unit_itself_took_back_is_not(self, period, clock, file):
        clock(2017, 3, 20)
        row = workflow.withdraw(file(), by=None)
        clock(2017, 4, 20)
        with pytest.raises(Conflict):
            workflow.submit(row, by=None)


class TestExtension:
    LATER = date(2017, 4, 15)

    @pytest.fixture
    def extended(self, period, district):
        return grant_extension(
            period=period, unit=district.street, due=self.LATER, reason="系统故障", by=district.reviewer
        )

    def test_it_reaches_the_units_subtree_and_no_other(self, extended, period, district):
        assert deadlines(period) == {district.street.pk: self.LATER, district.station.pk: self.LATER}

    def test_it_shifts_the_lock_but_never_forward(self, extended, period, district):
        assert require_open(district.street_project, period, now=self.LATER)
        with pytest.raises(Conflict):
            require_open(district.street_project, period, now=date(2017, 4, 16))
        with pytest.raises(Conflict):
            require_open(district.town_project, period, now=date(2017, 4, 11))
        grant_extension(period=period, unit=district.town, due=date(2017, 3, 27), reason="补报", by=None)
        assert require_open(district.town_project, period, now=period.locks)

    def test_the_longer_of_two_holds(self, extended, period, district):
        grant_extension(period=period, unit=district.station, due=date(2017, 4, 1), reason="人员更换", by=None)
        assert deadlines(period)[district.station.pk] == self.LATER

    def test_a_project_that_nobody_leads_has_its_areas_deadline(self, period, district):
        grant_extension(period=period, unit=district.area, due=self.LATER, reason="系统故障", by=None)
        assert require_open(district.unled_project, period, now=self.LATER) == self.LATER

    def test_given_again_it_replaces_the_first_and_both_are_on_record(self, extended, period, district):
        grant_extension(period=period, unit=district.street, due=date(2017, 4, 20), reason="再延", by=district.reviewer)
        assert PeriodExtension.objects.get().due == date(2017, 4, 20)
        events = AuditEvent.objects.filter(action="period.extend").order_by("sequence")
        assert [event.reason for event in events] == ["系统故障", "再延"]
        assert json.loads(events[1].before)["due"] == "2017-04-15"

    def test_taken_back_it_is_on_record_once_under_the_same_key(self, extended, period, clock, file, district):
        clock(2017, 4, 1)
        row = file()
        assert row.on_time
        # Two pages, each with its own copy of the row.
        for copy in (PeriodExtension.objects.get(), extended):
            revoke_extension(copy, by=district.reviewer)
        row.refresh_from_db()
        assert (row.on_time, PeriodExtension.objects.exists()) == (False, False)
        granted, revoked = AuditEvent.objects.filter(model="projects.periodextension").order_by("sequence")
        assert (granted.action, revoked.action) == ("period.extend", "period.unextend")
        assert revoked.object_key == granted.object_key
        assert json.loads(revoked.before)["due"] == "2017-04-15"

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"due": date(2017, 3, 25)}, "due"), ({"reason": " "}, "reason"), ({"reason": "字" * 301}, "reason")],
    )
    def test_it_is_later_and_has_a_reason(self, period, district, wrong, field):
        with pytest.raises(ValidationError) as refused:
            grant_extension(
                **{"period": period, "unit": district.street, "due": self.LATER, "reason": "故障", "by": None, **wrong}
            )
        assert field in refused.value.message_dict
        assert not PeriodExtension.objects.exists()

    def test_many_extensions_cost_no_more_statements_than_one(
        self, extended, period, file, district, django_assert_num_queries
    ):
        def costs(statements, call):
            with origin("api", found={}), django_assert_num_queries(statements):
                call(period)

        costs(2, deadlines)
        costs(3, refresh_on_time)
        for day in (1, 2, 3):
            deep = UnitFactory(parent=UnitFactory(parent=district.area))
            ProjectFactory(lead_unit=deep, area=district.area)
            grant_extension(period=period, unit=deep.parent, due=date(2017, 4, day), reason="故障", by=None)
        # Once, whatever version the tree of units has now.
        deadlines(period)
        costs(2, deadlines)
        costs(3, refresh_on_time)


class TestOnTime:
    @pytest.mark.parametrize(
        ("moment", "on_time"),
        [((2017, 3, 25, 15, 59, 59), True), ((2017, 3, 25, 16, 0, 0), False), ((2017, 3, 16), True)],
    )
    def test_it_is_settled_by_the_first_filing_in_local_time(self, period, clock, file, moment, on_time):
        clock(*moment)
        assert file().on_time is on_time

    def test_a_return_and_a_late_resubmission_leave_it(self, period, clock, file):
        clock(2017, 3, 20)
        row = file()
        clock(2017, 4, 5)
        row = workflow.submit(workflow.return_report(row, by=None, reason="补充"), by=None)
        assert row.on_time is True
        assert workflow.accept(row, by=None).on_time is True

    def test_taken_back_and_filed_again_it_is_as_late_as_the_second_filing(self, period, clock, file):
        clock(2017, 3, 25)
        row = workflow.withdraw(file(), by=None)
        clock(2017, 4, 5)
        assert workflow.submit(row, by=None).on_time is False

    def test_a_correction_counts_as_its_month_was_filed_first(self, period, clock, file):
        clock(2017, 3, 20)
        accepted = workflow.accept(file(), by=None)
        clock(2017, 9, 1)
        workflow.reopen(accepted, by=None, reason="核减")
        assert file().on_time is True

    @pytest.mark.parametrize(
        ("due", "on_time"),
        [(date(2017, 3, 31), True), (date(2017, 3, 28), True), (date(2017, 3, 27), False)],
    )
    def test_a_deadline_that_moves_says_it_again(self, period, clock, file, due, on_time):
        # 28 March, half past midnight in Shanghai.
        clock(2017, 3, 27, 16, 30)
        row = file()
        assert row.on_time is False
        period.due = due
        save_period(period, by=None)
        row.refresh_from_db()
        assert row.on_time is on_time

    def test_an_extension_says_it_again_for_its_units_only(self, period, clock, file, district):
        clock(2017, 4, 1)
        rows = [file(project) for project in (district.street_project, district.town_project, district.unled_project)]
        grant_extension(period=period, unit=district.street, due=date(2017, 4, 1), reason="故障", by=None)
        for row in rows:
            row.refresh_from_db()
        assert [row.on_time for row in rows] == [True, False, False]

    def test_what_was_never_filed_and_other_months_are_left_alone(self, period, project, clock, file):
        clock(2017, 3, 20)
        other = file(month=2)
        draft = report(project, 2017, 3, 1, draft=True)
        refresh_on_time(period)
        for row in (other, draft):
            row.refresh_from_db()
            assert row.on_time is None

    def test_every_revision_of_the_month_follows(self, period, clock, file):
        clock(2017, 4, 1)
        workflow.reopen(workflow.accept(file(), by=None), by=None, reason="核减")
        period.due = date(2017, 4, 1)
        save_period(period, by=None)
        assert set(ProgressReport.objects.values_list("on_time", flat=True)) == {True}


class TestSave:
    def test_a_change_is_audited_with_what_changed(self, period, district):
        period.note = "汛期"
        save_period(period, by=district.reviewer)
        event = AuditEvent.objects.first()
        assert (event.action, event.actor) == ("period.change", "reviewer")
        assert json.loads(event.after) == {"note": "汛期"}

    def test_days_out_of_order_are_refused(self, period):
        period.due = date(2017, 3, 1)
        with pytest.raises(ValidationError, match="依次"):
            save_period(period, by=None)

    def test_a_month_has_one_period(self, period):
        with pytest.raises(ValidationError, match="已经建立"):
            save_period(ReportingPeriod(year=2017, month=3, opens=period.opens, due=period.due), by=None)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_two_who_create_a_year_make_each_month_once(self, district):
        start, made = Event(), []

        def create():
            start.wait(10)
            try:
                made.append(len(create_periods(year=2017, by=None)))
            finally:
                connection.close()

        threads = [Thread(target=create) for _ in range(3)]
        for thread in threads:
            thread.start()
        start.set()
        for thread in threads:
            thread.join(60)
        assert sorted(made) == [0, 0, 12]
        assert AuditEvent.objects.filter(action="period.add").count() == 12
        assert not list(audit.broken_links())

    def test_a_filing_that_meets_an_extension_is_judged_by_it(self, period, project, district, clock):
        """The filing was begun while the extension was being granted: whichever is first, the later one sees it."""
        clock(2017, 4, 1)
        outcome = []

        def file():
            try:
                outcome.append(record_month(project=project, year=2017, month=3, invested=D(1), by=None))
            finally:
                connection.close()

        thread = Thread(target=file)
        with transaction.atomic():
            grant_extension(period=period, unit=district.street, due=date(2017, 4, 2), reason="故障", by=None)
            thread.start()
            assert any(_somebody_waits() or Event().wait(0.02) for _ in range(500))
        thread.join(60)
        assert outcome
        assert ProgressReport.objects.get().on_time is True

    def test_an_acceptance_that_meets_an_extension_does_not_undo_it(self, period, project, district, clock):
        clock(2017, 4, 1)
        row = record_month(project=project, year=2017, month=3, invested=D(1), by=None).report
        assert row.on_time is False

        def extend():
            return grant_extension(period=period, unit=district.street, due=date(2017, 4, 2), reason="故障", by=None)

        thread = Thread(target=lambda: (workflow.accept(row, by=None), connection.close()))
        with transaction.atomic():
            extend()
            thread.start()
            assert any(_somebody_waits() or Event().wait(0.02) for _ in range(500))
        thread.join(60)
        row.refresh_from_db()
        assert (row.status, row.on_time) == ("accepted", True)

    def test_two_extensions_for_one_unit_are_one(self, period, project, district):
        def extend(day):
            due = date(2017, 4, day)
            grant_extension(period=period, unit=district.street, due=due, reason="故障", by=None)
            connection.close()

        threads = [Thread(target=extend, args=[day]) for day in (1, 2)]
        with transaction.atomic():
            ReportingPeriod.objects.select_for_update(no_key=True).get(pk=period.pk)
            for thread in threads:
                thread.start()
            assert any(_somebody_waits() or Event().wait(0.02) for _ in range(500))
        for thread in threads:
            thread.join(60)
        assert PeriodExtension.objects.count() == 1
        assert AuditEvent.objects.filter(action="period.extend").count() == 2

    def test_an_extension_that_two_take_back_is_revoked_once(self, period, district):
        given = grant_extension(period=period, unit=district.street, due=date(2017, 4, 2), reason="故障", by=None)
        failures = []

        def revoke():
            try:
                revoke_extension(PeriodExtension(pk=given.pk, period_id=period.pk), by=None)
            except Exception as failure:  # noqa: BLE001 (whatever it is, the test shows it)
                failures.append(failure)
            finally:
                connection.close()

        threads = [Thread(target=revoke) for _ in range(2)]
        with transaction.atomic():
            ReportingPeriod.objects.select_for_update(no_key=True).get(pk=period.pk)
            for thread in threads:
                thread.start()
            assert any(_somebody_waits() or Event().wait(0.02) for _ in range(500))
        for thread in threads:
            thread.join(60)
        assert failures == []
        assert AuditEvent.objects.filter(action="period.unextend").count() == 1

    def test_filings_withdrawals_and_deadlines_that_meet_never_deadlock(self, period, project, district, clock):
        clock(2017, 4, 1)
        row = record_month(project=project, year=2017, month=3, invested=D(1), by=None).report
        outcomes = at_once(
            project,
            lambda: workflow.withdraw(row, by=None),
            lambda: workflow.accept(row, by=None),
            lambda: record_month(project=project, year=2017, month=3, invested=D(2), by=None),
        )
        assert all(isinstance(refused, Conflict) for refused in refusals(outcomes))


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]
