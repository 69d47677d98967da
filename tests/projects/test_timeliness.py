"""Due, filed, on time, accepted: each figure told by an example, then all of them recounted from the rows."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal as D
from statistics import median

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects import reports
from projects.models import AnnualPlan, PeriodExtension, ProgressReport, Project, ReportingPeriod, Unit
from projects.services import periods, workflow
from projects.services.progress import record_month
from tests.factories import ProjectFactory, UnitFactory, plan, report

Status = ProgressReport.Status
TODAY = date(2017, 6, 1)


def moment(day: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{day}T12:00:00"))


@pytest.fixture
def calendar(db):
    """Months of 2017 to be filed within themselves, by the 20th."""
    return {period.month: period for period in periods.create_periods(year=2017, by=None, due_day=20, lock_days=0)}


@pytest.fixture
def owing(district):
    """The street's project owes reports for 2017."""
    plan(district.street_project, 2017, 1200)
    return district.street_project


def filed(project, month, day, *, status=Status.ACCEPTED, on_time=True, returns=0, took=1, revision=1, **values):
    """The first report of a month, filed on a day of 2017; accepted ``took`` days later."""
    at = moment(f"2017-{day}")
    accepted = at + timezone.timedelta(days=took) if status == Status.ACCEPTED else None
    reason = {"return_reason": "附件", "returned_at": at} if status == Status.RETURNED else {}
    row = {"status": status, "on_time": on_time, "returns": returns, "invested": D(10), **reason, **values}
    return ProgressReport.objects.create(
        project=project,
        year=2017,
        month=month,
        revision=revision,
        **{"filed_at": at, "submitted_at": at, "accepted_at": accepted, **row},
    )


def total(month=1, **query):
    query = {"year": 2017, "month": month, "today": TODAY, **query}
    return reports.timeliness(**query).total


class TestDue:
    def test_a_month_is_due_when_its_deadline_has_passed_and_not_on_the_day_itself(self, calendar, owing):
        on_the_day, the_day_after = (total(today=date(2017, 1, day)) for day in (20, 21))
        assert (on_the_day.due, on_the_day.not_yet_due) == (0, 1)
        assert (the_day_after.due, the_day_after.not_yet_due, the_day_after.overdue) == (1, 0, 1)

    def test_an_extension_of_the_unit_or_of_one_above_it_is_respected(self, calendar, owing, district):
        PeriodExtension.objects.create(period=calendar[1], unit=district.street, due=date(2017, 1, 25), reason="雪")
        assert total(today=date(2017, 1, 25)).due == 0
        assert total(today=date(2017, 1, 26)).due == 1

    def test_a_month_without_a_period_is_neither_due_nor_on_time_nor_late(self, owing):
        filed(owing, 1, "01-05", on_time=None)
        found = total()
        assert (found.due, found.filed, found.on_time, found.late) == (0, 0, 0, 0)
        assert (found.undated, found.undated_filed, found.filed_rate) == (1, 1, None)

    @pytest.mark.parametrize("stage", Project.NOT_REPORTING)
    def test_suspended_and_removed_projects_owe_nothing(self, calendar, owing, stage):
        Project.objects.update(stage=stage)
        assert total().projects == 0

    def test_projects_without_a_plan_owe_nothing(self, calendar, district):
        assert total().projects == 0


class TestFiled:
    def test_rates_divide_by_what_is_due(self, calendar, owing):
        filed(owing, 1, "01-18")
        filed(owing, 2, "02-25", on_time=False)
        found = total(month=4, from_month=1)
        assert (found.due, found.filed, found.on_time, found.late, found.overdue) == (4, 2, 1, 1, 2)
        assert (found.filed_rate, found.on_time_rate, found.accepted_rate) == (D("0.5"), D("0.25"), D("0.5"))

    def test_what_is_filed_before_it_is_due_is_shown_apart(self, calendar, owing):
        filed(owing, 6, "05-30")
        found = total(month=6)
        assert (found.due, found.filed, found.not_yet_due, found.filed_early) == (0, 0, 1, 1)

    def test_a_draft_is_not_filed_and_a_withdrawn_report_is_no_longer(self, calendar, owing):
        filed(owing, 1, "01-10", status=Status.DRAFT, filed_at=None, on_time=None)
        filed(owing, 2, "02-10", status=Status.DRAFT)
        assert (total(month=2, from_month=1).filed, total(month=2, from_month=1).on_time) == (0, 0)

    def test_what_waits_for_review_or_was_returned_is_filed_but_not_accepted(self, calendar, owing):
        for month, status in enumerate((Status.SUBMITTED, Status.ENDORSED, Status.RETURNED), 1):
            filed(owing, month, f"0{month}-10", status=status)
        found = total(month=3, from_month=1)
        assert (found.filed, found.on_time, found.accepted) == (3, 3, 0)

    def test_a_correction_changes_no_figure_of_timeliness(self, calendar, owing):
        filed(owing, 1, "01-18", superseded_at=moment("2017-03-05"))
        before = total()
        filed(owing, 1, "03-01", revision=2, returns=3, took=4, on_time=False)
        after = total()
        assert (after.filed, after.on_time, after.returns, after.first_pass) == (1, 1, 0, 1)
        assert before.review_mean == after.review_mean

    def test_a_month_accepted_before_there_was_a_workflow_is_filed_and_nobody_knows_when(self, calendar, owing):
        filed(owing, 1, "01-18", filed_at=None, submitted_at=None, on_time=None)
        found = total()
        assert (found.filed, found.on_time, found.accepted, found.review_mean) == (1, 0, 1, None)


class TestReview:
    def test_first_pass_is_accepted_without_ever_being_returned(self, calendar, owing):
        filed(owing, 1, "01-10")
        filed(owing, 2, "02-10", returns=2)
        filed(owing, 3, "03-10", status=Status.RETURNED, returns=1)
        found = total(month=3, from_month=1)
        assert (found.passed, found.first_pass, found.first_pass_rate) == (2, 1, D("0.5"))
        assert (found.returns, found.returns_per_report) == (3, 1)

    def test_days_to_review_run_from_the_submission_that_was_accepted(self, calendar, owing):
        for month, days in enumerate((1, 2, 9), 1):
            filed(owing, month, f"0{month}-10", took=days)
        found = total(month=3, from_month=1)
        assert (found.review_mean, found.review_median) == (D("4.0"), D("2.0"))

    def test_days_have_one_decimal(self, calendar, owing):
        filed(owing, 1, "01-10", accepted_at=moment("2017-01-10") + timezone.timedelta(hours=6))
        assert total().review_mean == D("0.3")

    def test_coverage_by_money_weighs_each_month_by_the_annual_plan(self, calendar, owing, district):
        plan(district.town_project, 2017, 400)
        filed(owing, 1, "01-10")
        found = total()
        assert (found.accepted_rate, found.money_rate) == (D("0.5"), D("0.75"))

    def test_the_age_is_that_of_the_newest_and_the_oldest_last_acceptance(self, calendar, owing, district):
        plan(district.town_project, 2017, 400)
        plan(district.unled_project, 2017, 400)
        filed(owing, 1, "01-10")
        filed(owing, 2, "02-10", took=1)
        filed(district.town_project, 1, "01-10", took=1)
        found = total(month=2)
        assert (found.newest_age, found.oldest_age, found.silent) == (110, 141, 1)


class TestThroughTheWorkflow:
    def test_a_real_month_returned_once(self, calendar, owing):
        """The same figures from what the services write."""
        draft = record_month(project=owing, year=2017, month=1, invested=D(1), by=None, explanation="核对").report
        workflow.return_report(draft, by=None, reason="附件不清")
        again = workflow.submit(ProgressReport.objects.get(), by=None)
        workflow.accept(again, by=None)
        found = total()
        assert (found.filed, found.on_time, found.late, found.accepted) == (1, 0, 1, 1)
        assert (found.first_pass_rate, found.returns_per_report, found.review_mean) == (0, 1, 0)

    def test_reopening_an_accepted_month_is_no_return(self, calendar, owing):
        workflow.reopen(report(owing, 2017, 1, 10), by=None, reason="复核")
        assert (total().first_pass_rate, total().returns, total().accepted) == (1, 0, 1)


class TestGroups:
    def test_by_lead_unit_and_rolled_up_to_a_level_of_the_tree(self, calendar, owing, district):
        plan(district.unled_project, 2017, 100)

        def names(level):
            groups = reports.timeliness(year=2017, month=1, level=level, today=TODAY).by_unit
            return [str(group.of) for group in groups]

        assert (names(None), names(2), names(1)) == (["某站", "None"], ["某街道", "None"], ["某区", "None"])

    def test_the_rows_of_a_rolled_up_unit_are_those_of_its_subtree(self, owing, district):
        found = reports.rolled_up_to(district.street, Project.objects.all(), 2)
        assert list(found) == [owing]
        assert list(reports.rolled_up_to(None, Project.objects.all(), 2)) == [district.unled_project]

    def test_every_month_asked_for_is_listed(self, calendar, owing):
        filed(owing, 2, "02-10")
        found = reports.timeliness(year=2017, month=3, from_month=1, today=TODAY)
        assert [(group.of, group.figures.filed) for group in found.by_month] == [(1, 0), (2, 1), (3, 0)]

    def test_only_the_projects_given_are_counted(self, calendar, owing, district):
        plan(district.town_project, 2017, 100)
        scope = Project.objects.visible_to(district.reporter)
        assert total(projects=scope).projects == 1


def test_the_number_of_statements_does_not_grow(calendar, district):
    def cost():
        # Whoever comes first after a change reads the reference rows for all.
        reports.timeliness(year=2017, month=12, from_month=1, level=2, today=TODAY)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            reports.timeliness(year=2017, month=12, from_month=1, level=2, today=TODAY)
        return len(queries)

    def add(number):
        for _ in range(number):
            unit = UnitFactory(parent=district.street)
            project = ProjectFactory(lead_unit=unit, area=district.area)
            plan(project, 2017, 10)
            for month in (1, 2):
                filed(project, month, "02-01")
            PeriodExtension.objects.create(period=calendar[1], unit=unit, due=date(2017, 2, 1), reason="雪")

    add(1)
    few = cost()
    add(20)
    assert cost() == few <= 9


MONTHS = st.dictionaries(
    st.integers(1, 7),
    st.tuples(st.sampled_from(Status.values), st.integers(0, 3), st.integers(0, 40), st.integers(1, 28)),
)


@dataclass
class Drawn:
    """A register drawn by chance, kept beside the database in plain Python: (unit, annual plan, months)."""

    rows: list
    without: set[int]
    extended: Unit | None

    def passed(self, unit, month):
        deadline = date(2017, 7, 1) if unit and unit == self.extended else date(2017, month, 20)
        return month not in self.without and deadline < TODAY

    def recount(self, of, months):
        """One by one, for the rows of unit ``of`` (``...``: all of them)."""
        chosen = [row for row in self.rows if of is ... or row[0] == of]
        owed = [(unit, amount, month, row.get(month)) for unit, amount, row in chosen for month in months]
        due = [one for one in owed if self.passed(one[0], one[2])]
        filed_ = [one for one in due if one[3] and one[3][0] != Status.DRAFT]
        accepted = [one for one in due if one[3] and one[3][0] == Status.ACCEPTED]
        every = [one[3] for one in owed if one[3] and one[3][0] != Status.DRAFT]
        taken = [row for row in every if row[0] == Status.ACCEPTED]
        return (
            *(len(due), len(filed_), sum(one[3][3] <= 20 for one in filed_), len(accepted)),
            *(sum(one[1] for one in due), sum(one[1] for one in accepted)),
            sum(one[2] in self.without for one in owed),
            *(len(every), sum(row[1] for row in every), len(taken), sum(row[1] == 0 for row in taken)),
            median([row[2] for row in taken]) if taken else None,
        )


def counted(f):
    return (
        *(f.due, f.filed, f.on_time, f.accepted, f.plan_due, f.plan_accepted, f.undated),
        *(f.reports, f.returns, f.passed, f.first_pass, f.review_median),
    )


def stored(rows, without, extended) -> Drawn:
    for model in (ProgressReport, PeriodExtension, ReportingPeriod, AnnualPlan, Project):
        model.objects.all().delete()
    area, _ = Unit.objects.get_or_create(code="area", name="某区", kind="area")
    units = [None, *(Unit.objects.get_or_create(code=f"u{n}", name=f"单位{n}", parent=area)[0] for n in (1, 2))]
    store_periods(without, units[extended])
    kept = []
    for unit, amount, months in rows:
        project = ProjectFactory(lead_unit=units[unit], area=area)
        plan(project, 2017, amount)
        store_months(project, months, without)
        kept.append((units[unit], D(amount), months))
    return Drawn(kept, without, units[extended])


def store_periods(without, extended):
    for period in periods.create_periods(year=2017, by=None, due_day=20, lock_days=0):
        if period.month in without:
            period.delete()
        elif extended:
            PeriodExtension.objects.create(period=period, unit=extended, due=date(2017, 7, 1), reason="雪")


def store_months(project, months, without):
    for month, (status, returns, took, day) in months.items():
        values = {"on_time": None if month in without else day <= 20}
        if status == Status.DRAFT:
            values = {"filed_at": None, "on_time": None}
        filed(project, month, f"0{month}-{day:02d}", status=status, returns=returns, took=took, **values)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 10**6), MONTHS), max_size=5),
    first=st.integers(1, 7),
    span=st.integers(0, 3),
    without=st.sets(st.integers(1, 7), max_size=2),
    extended=st.integers(0, 2),
)
def test_figures_equal_a_naive_recount(db, rows, first, span, without, extended):
    drawn = stored(rows, without, extended)
    found = reports.timeliness(year=2017, month=first + span, from_month=first, today=TODAY)
    months = range(first, first + span + 1)
    assert counted(found.total) == drawn.recount(..., months)
    for group in found.by_unit:
        assert counted(group.figures) == drawn.recount(group.of, months)
    for group in found.by_month:
        assert counted(group.figures) == drawn.recount(..., [group.of])
