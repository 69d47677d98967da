import threading
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from erqi.accounts.models import User
from erqi.core.models import AuditEvent
from projects.models import ProgressReport, Project
from projects.services.plans import set_plan
from projects.services.progress import record_month
from projects.services.projects import save_project


@pytest.fixture
def record(project, clerk):
    def call(month=1, **content):
        return record_month(**{"project": project, "year": 2017, "month": month, "by": clerk, **content})

    return call


def in_force():
    return list(ProgressReport.objects.in_force().order_by("month").values_list("month", "invested"))


def refused_field(call, **content):
    with pytest.raises(ValidationError) as refused:
        call(**content)
    return {field: messages[0] for field, messages in refused.value.message_dict.items()}


def test_a_recorded_month_is_in_force_and_attributed(record, clerk):
    recorded = record(invested=D("120.5"), physical_percent=D(10), note="路基")
    assert (recorded.created, recorded.changed) == (True, True)
    assert in_force() == [(1, D("120.5"))]
    assert (recorded.report.recorded_by, recorded.report.accepted_by) == (clerk, clerk)


def test_the_same_month_again_is_one_row_and_no_event(record):
    record(invested=D(100))
    again = record(invested=D(100))
    assert (again.created, again.changed) == (False, False)
    assert (ProgressReport.objects.count(), AuditEvent.objects.count()) == (1, 1)


def test_the_year_to_date_may_be_given_instead(record):
    record(1, invested=D(100))
    record(2, invested_to_date=D(250))
    assert in_force() == [(1, 100), (2, 150)]


def test_both_must_agree_and_the_message_does_the_sum(record):
    record(1, invested=D(100))
    wrong = refused_field(record, month=2, invested=D(150), invested_to_date=D(240))
    assert "100 万元，加本月 150 应为 250" in wrong["invested_to_date"]
    assert "240" in wrong["invested_to_date"]
    record(2, invested=D(150), invested_to_date=D(250))
    assert in_force() == [(1, 100), (2, 150)]


def test_neither_is_a_clear_error(record):
    assert "本月完成投资或本年累计" in refused_field(record)["invested"]


def test_a_month_in_force_needs_a_reason_and_says_who_and_when(record):
    record(invested=D(100))
    message = refused_field(record, invested=D(90))["reason"]
    assert "clerk" in message
    assert "100 万元" in message
    assert in_force() == [(1, 100)]


def test_a_correction_supersedes_and_keeps_the_old_revision(record):
    record(invested=D(100))
    moment = timezone.now()
    corrected = record(invested=D(90), reason="重复计算")
    assert corrected.report.revision == 2
    assert in_force() == [(1, 90)]
    assert list(ProgressReport.objects.in_force(moment).values_list("invested", flat=True)) == [100]
    for report in ProgressReport.objects.all():
        assert ProgressReport.objects.in_force(report.accepted_at).count() == 1


def test_what_is_left_out_of_a_correction_stays(record):
    record(invested=D(100), physical_percent=D(10), note="路基")
    report = record(invested=D(90), reason="核减").report
    assert (report.physical_percent, report.note) == (10, "路基")
    assert record(physical_percent=None, reason="未测").report.physical_percent is None


def test_a_negative_month_corrects_earlier_ones_and_says_why(record):
    record(1, invested=D(100))
    assert "理由" in refused_field(record, month=2, invested=D(-30))["reason"]
    record(2, invested=D(-30), reason="1 月多报")
    assert in_force() == [(1, 100), (2, -30)]


def test_a_month_that_has_not_begun_is_refused(record):
    next_year = timezone.localdate().year + 1
    assert "还没有开始" in refused_field(record, year=next_year, invested=D(1))["month"]


@pytest.mark.parametrize("month", [0, 13])
def test_there_are_twelve_months(record, month):
    assert "1–12" in refused_field(record, month=month, invested=D(1))["month"]


@pytest.mark.parametrize("percent", [D(-1), D("100.01")])
def test_physical_progress_is_a_percentage(record, percent):
    with pytest.raises(ValidationError, match="0–100"):
        record(invested=D(1), physical_percent=percent)


class TestDrafts:
    def test_a_draft_is_in_no_figure(self, record):
        record(invested=D(100), draft=True)
        assert in_force() == []

    def test_a_draft_is_edited_in_place_without_a_reason(self, record):
        record(invested=D(100), draft=True)
        record(invested=D(90), draft=True)
        assert ProgressReport.objects.get().invested == 90

    def test_recording_puts_the_draft_in_force(self, record):
        record(invested=D(100), note="草稿", draft=True)
        record(invested=D(100), note="定稿")
        report = ProgressReport.objects.get()
        assert (report.status, report.note) == ("accepted", "定稿")

    def test_a_draft_correction_stands_beside_the_month_in_force(self, record):
        record(invested=D(100))
        record(invested=D(90), reason="核减", draft=True)
        assert in_force() == [(1, 100)]
        record(invested=D(90), reason="核减")
        assert in_force() == [(1, 90)]
        assert ProgressReport.objects.count() == 2

    def test_what_somebody_only_drafted_never_comes_into_force_unsaid(self, record):
        record(invested=D(100))
        record(invested=D(999), reason="试填", draft=True)
        assert "reason" in refused_field(record, physical_percent=D(50))
        record(physical_percent=D(50), reason="补填")
        assert in_force() == [(1, 100)]

    def test_the_last_hand_on_a_draft_is_the_one_named(self, record):
        record(invested=D(100), draft=True)
        other = User.objects.create(username="other")
        report = record(invested=D(90), by=other).report
        assert (report.recorded_by, report.accepted_by) == (other, other)
        events = AuditEvent.objects.order_by("sequence")
        assert '"invested": "100.0000"' in events[1].before

    def test_giving_the_values_in_force_again_drops_the_draft(self, record):
        record(invested=D(100))
        record(invested=D(90), draft=True)
        record(invested=D(100))
        assert not ProgressReport.objects.drafts().exists()
        assert in_force() == [(1, 100)]


def test_every_event_names_its_month(record):
    record(3, invested=D(10))
    record(3, invested=D(20), reason="核增")
    for event in AuditEvent.objects.all():
        assert '"month": "3"' in event.after
        assert '"year": "2017"' in event.after


def test_the_year_to_date_is_exact_after_fractions(record):
    record(1, invested=D("0.1"))
    record(2, invested=D("0.2"))
    assert record(3, invested_to_date=D(1)).report.invested == D("0.7")


def test_a_correction_names_the_later_months_it_shifts(record):
    for month in (1, 2, 3):
        record(month, invested=D(100))
    assert "2、3 月" in record(1, invested=D(90), reason="核减").warnings[0]
    assert record(3, note="补充说明", reason="补充").warnings == []


def test_a_negative_year_to_date_is_a_warning(record):
    assert "负数" in record(1, invested=D(-5), reason="更正上年").warnings[0]


def test_the_opening_figure_and_the_reports_it_includes_are_not_counted_twice(record, project, clerk):
    Project.objects.filter(pk=project.pk).update(total_investment=D(150))
    record(12, invested=D(100))
    set_plan(project=project, year=2018, planned_investment=D(50), opening_cumulative=D(100), by=clerk)
    assert record(1, year=2018, invested=D(50)).warnings == []
    assert "超过计划总投资" in record(2, year=2018, invested=D(1)).warnings[0]


def test_above_the_total_investment_is_a_warning_not_an_error(record, project):
    Project.objects.filter(pk=project.pk).update(total_investment=D(100))
    assert record(1, invested=D(100)).warnings == []
    assert "超过计划总投资 100 万元" in record(2, invested=D(1)).warnings[0]
    assert in_force() == [(1, 100), (2, 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"month": 13},
        {"year": 1999},
        {"invested": D(-1)},
        {"physical_percent": D(101)},
        {"status": "accepted", "accepted_at": None},
    ],
)
def test_the_database_refuses_nonsense(project, wrong):
    row = {"project": project, "year": 2017, "month": 1, "invested": D(1), **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressReport.objects.create(**row)


def test_the_database_refuses_a_second_report_in_force(record, project):
    record(invested=D(1))
    second = {"project": project, "year": 2017, "month": 1, "revision": 2, "invested": D(2), "status": "accepted"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressReport.objects.create(**second, accepted_at=timezone.now())


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_simultaneous_first_reports_leave_one_in_force(project, clerk):
    """One wins; the other meets the month in force and is asked for a reason."""
    start, outcomes = threading.Barrier(4), []

    def report(amount):
        try:
            start.wait()
            record_month(project=project, year=2017, month=1, invested=D(amount), by=clerk)
            outcomes.append("recorded")
        except ValidationError as refused:
            outcomes.append(",".join(refused.message_dict))
        finally:
            connection.close()

    threads = [threading.Thread(target=report, args=(amount,)) for amount in (10, 20, 30, 40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["reason", "reason", "reason", "recorded"]
    assert len(in_force()) == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_writers_that_point_at_each_others_rows_do_not_deadlock(project, area, category, clerk):
    """A part of a project is added while months of the project are recorded: foreign keys are checked at commit."""
    failures: list[Exception] = []

    def run(work):
        try:
            for n in range(15):
                work(n)
        except Exception as error:  # noqa: BLE001 (whatever it is, the test shows it)
            failures.append(error)
        finally:
            connection.close()

    def add_part(n):
        save_project(Project(name=f"子项 {n}", area=area, category=category, parent=project), by=clerk)

    def report(n):
        record_month(project=project, year=2017, month=n % 12 + 1, invested=D(n), reason="x", by=clerk)

    threads = [threading.Thread(target=run, args=(work,)) for work in (add_part, report, add_part, report)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
