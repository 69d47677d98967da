"""Recording a month drafts or files it. Only acceptance puts it in force: see test_workflow."""

import json
import threading
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict
from erqi.core.models import AuditEvent
from projects.models import ProgressReport, Project
from projects.services import workflow
from projects.services.month_facts import read_month
from projects.services.plans import set_plan
from projects.services.progress import record_month
from projects.services.projects import save_project
from tests.factories import report
from tests.threads import at_once, refusals


@pytest.fixture
def clerk(member, bureau):
    return member(Role.REPORTER, bureau, "clerk")


@pytest.fixture
def colleague(member, bureau):
    return member(Role.REPORTER, bureau, "colleague")


@pytest.fixture
def record(project, clerk):
    """Files, unless it is told ``draft=True``; doubts of the checks are explained beforehand."""

    def call(month=1, **content):
        content = {"project": project, "year": 2017, "month": month, "by": clerk, "explanation": "已核对", **content}
        return record_month(**content)

    return call


def filed():
    return list(ProgressReport.objects.order_by("month", "revision").values_list("month", "invested", "status"))


def in_force():
    return list(ProgressReport.objects.in_force().order_by("month").values_list("month", "invested"))


def refused_field(call, **content):
    with pytest.raises(ValidationError) as refused:
        call(**content)
    return {field: messages[0] for field, messages in refused.value.message_dict.items()}


def refused_late(call, **content):
    with pytest.raises(Conflict) as refused:
        call(**content)
    return refused.value


def test_a_recorded_month_is_filed_attributed_and_not_yet_in_force(record, clerk):
    recorded = record(invested=D("120.5"), physical_percent=D(10), note="路基")
    assert (recorded.created, recorded.changed) == (True, True)
    assert filed() == [(1, D("120.5"), "submitted")]
    assert (recorded.report.recorded_by, recorded.report.submitted_by) == (clerk, clerk)
    assert (recorded.report.accepted_by, in_force()) == (None, [])


def test_the_same_month_again_is_one_row_and_no_event(record):
    record(invested=D(100))
    events = AuditEvent.objects.count()
    again = record(invested=D(100))
    assert (again.created, again.changed) == (False, False)
    assert (ProgressReport.objects.count(), AuditEvent.objects.count()) == (1, events)


def test_writing_and_filing_are_two_events_that_name_the_month(record):
    record(3, invested=D(10), draft=True)
    record(3)
    drafted, submitted = AuditEvent.objects.order_by("sequence")
    assert (drafted.action, submitted.action) == ("progress.draft", "progress.submit")
    assert json.loads(submitted.before) == {"status": "draft"}
    for event in (drafted, submitted):
        assert {"year": "2017", "month": "3", "revision": "1"}.items() <= json.loads(event.after).items()


def test_both_at_once_are_one_event_that_says_both(record, clerk):
    record(3, invested=D(10), note="路基")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor, event.reason, event.before) == ("progress.submit", "clerk", "已核对", "")
    said = {"month": "3", "invested": "10.0000", "note": "路基", "status": "submitted", "explanation": "已核对"}
    assert said.items() <= json.loads(event.after).items()


def test_a_draft_that_another_changes_and_files_at_once_shows_what_it_was(record, colleague):
    record(3, invested=D(10), note="路基", draft=True)
    filed = record(3, invested=D(12), by=colleague).report
    assert (filed.recorded_by, filed.submitted_by) == (colleague, colleague)
    event = AuditEvent.objects.order_by("sequence").last()
    assert (event.action, event.actor) == ("progress.submit", "colleague")
    assert json.loads(event.before) == {"invested": "10.0000", "status": "draft"}
    after = json.loads(event.after)
    assert (after["invested"], after["status"], after["revision"]) == ("12.0000", "submitted", "1")
    assert "note" not in after


class TestTheAmount:
    def test_the_year_to_date_may_be_given_instead(self, record):
        record(1, invested=D(100))
        assert record(2, invested_to_date=D(250)).report.invested == 150

    def test_it_counts_what_was_filed_before_and_still_waits(self, record, project):
        """The clerk has added it up already; the bureau has only not looked yet."""
        report(project, 2017, 1, 100)
        workflow.reopen(ProgressReport.objects.get(), by=None, reason="重复计算")
        record(1, invested=D(90))
        assert in_force() == [(1, 100)]
        assert record(2, invested_to_date=D(200)).report.invested == 110

    @pytest.mark.parametrize(
        ("state", "counted"),
        [("draft", 0), ("withdrawn", 0), ("submitted", 50), ("returned", 50), ("accepted", 50)],
    )
    def test_a_draft_is_not_filed_and_the_rest_is(self, record, project, state, counted):
        row = record(1, invested=D(50), draft=state == "draft").report
        if state == "withdrawn":
            workflow.withdraw(row, by=None)
        elif state == "returned":
            workflow.return_report(row, by=None, reason="补充")
        elif state == "accepted":
            workflow.accept(row, by=None)
        assert read_month(project, 2017, 2).filed_before == counted

    def test_a_dismissed_correction_counts_no_more(self, record, project):
        report(project, 2017, 1, 100)
        workflow.reopen(ProgressReport.objects.get(), by=None, reason="重复计算")
        correction = record(1, invested=D(90)).report
        assert read_month(project, 2017, 2).filed_before == 90
        workflow.dismiss(correction, by=None, reason="核对无误")
        assert read_month(project, 2017, 2).filed_before == 100

    def test_another_year_counts_by_itself(self, record, project):
        report(project, 2016, 12, 100)
        assert read_month(project, 2017, 1).filed_before == 0

    def test_both_must_agree_and_the_message_does_the_sum(self, record):
        record(1, invested=D(100))
        wrong = refused_field(record, month=2, invested=D(150), invested_to_date=D(240))
        assert "100 万元，加本月 150 应为 250" in wrong["invested_to_date"]
        assert "240" in wrong["invested_to_date"]
        assert record(2, invested=D(150), invested_to_date=D(250)).report.invested == 150

    def test_neither_is_a_clear_error(self, record):
        assert "本月完成投资或本年累计" in refused_field(record)["invested"]

    def test_the_year_to_date_is_exact_after_fractions(self, record):
        record(1, invested=D("0.1"))
        record(2, invested=D("0.2"))
        assert record(3, invested_to_date=D(1)).report.invested == D("0.7")

    def test_more_than_four_decimals_is_refused(self, record):
        assert "invested" in refused_field(record, invested=D("1.00005"))

    def test_a_negative_month_corrects_earlier_ones_and_says_why(self, record):
        record(1, invested=D(100))
        assert "写明情况" in refused_field(record, month=2, invested=D(-30), explanation="")["explanation"]
        assert record(2, invested=D(-30), explanation="1 月多报").report.invested == -30

    def test_a_first_filing_may_say_why_as_its_reason(self, record):
        record(1, invested=D(100))
        assert record(2, invested=D(-30), explanation="", reason="1 月多报").report.reason == "1 月多报"


def test_a_month_that_has_not_begun_is_refused(record):
    next_year = timezone.localdate().year + 1
    assert "还没有开始" in refused_field(record, year=next_year, invested=D(1))["month"]


@pytest.mark.parametrize("month", [0, 13])
def test_there_are_twelve_months(record, month):
    assert "1–12" in refused_field(record, month=month, invested=D(1))["month"]


def test_years_are_those_of_the_register(record):
    assert "2000–2100" in refused_field(record, year=1999, invested=D(1))["year"]


@pytest.mark.parametrize("percent", [D(-1), D("100.01")])
def test_physical_progress_is_a_percentage(record, percent):
    with pytest.raises(ValidationError, match="0–100"):
        record(invested=D(1), physical_percent=percent)
    assert not ProgressReport.objects.exists()


@pytest.mark.parametrize("box", ["explanation", "reason"])
def test_words_longer_than_what_is_kept_are_refused(record, box):
    assert box in refused_field(record, invested=D(1), **{box: "字" * 501})


class TestDrafts:
    def test_a_draft_is_in_no_figure_and_not_filed(self, record):
        draft = record(invested=D(100), draft=True).report
        assert (draft.status, draft.filed_at, in_force()) == ("draft", None, [])

    def test_a_draft_is_edited_in_place_without_a_reason(self, record):
        record(invested=D(100), draft=True)
        record(invested=D(90), draft=True)
        assert ProgressReport.objects.get().invested == 90

    def test_recording_files_the_draft(self, record):
        record(invested=D(100), note="草稿", draft=True)
        recorded = record(invested=D(100), note="定稿")
        assert (recorded.created, recorded.changed) == (False, True)
        row = ProgressReport.objects.get()
        assert (row.status, row.note) == ("submitted", "定稿")

    def test_an_unfinished_draft_need_not_explain_itself_yet(self, record):
        assert "负数" in record(invested=D(-5), draft=True, explanation="").warnings[0]

    def test_the_last_hand_on_a_draft_is_its_author(self, record, colleague):
        record(invested=D(100), draft=True)
        row = record(invested=D(90), by=colleague).report
        assert (row.recorded_by, row.submitted_by) == (colleague, colleague)
        events = AuditEvent.objects.order_by("sequence")
        assert '"invested": "100.0000"' in events[1].before

    def test_filing_unchanged_what_a_colleague_wrote_leaves_the_colleague_its_author(self, record, clerk, colleague):
        record(invested=D(100), draft=True)
        row = record(invested=D(100), by=colleague).report
        assert (row.recorded_by, row.submitted_by) == (clerk, colleague)

    def test_the_trail_names_only_what_changed(self, record):
        record(invested=D(100), physical_percent=D(10), draft=True)
        record(invested=D(100), physical_percent=D(10), note="路基", draft=True)
        assert set(json.loads(AuditEvent.objects.first().before)) == {"note"}

    def test_a_refused_filing_leaves_nothing_half_saved(self, record):
        record(invested=D(100), draft=True, explanation="")
        refused_field(record, invested=D(-5), explanation="")
        assert filed() == [(1, 100, "draft")]


class TestOnItsWayOrInForce:
    """It has to be withdrawn, returned or reopened first; the conflict says by whom it stands there, and since when."""

    def test_what_is_submitted(self, record):
        row = record(invested=D(100)).report
        error = refused_late(record, invested=D(90))
        assert (error.code, error.facts["how"], error.facts["state"]) == ("not_editable", "withdraw", "submitted")
        assert (error.facts["by"], error.facts["at"]) == ("clerk", row.submitted_at.isoformat())
        assert "100 万元" in error.message
        assert filed() == [(1, 100, "submitted")]

    def test_what_is_in_force(self, record, project):
        report(project, 2017, 1, 100)
        error = refused_late(record, invested=D(90), reason="核减")
        assert (error.code, error.facts["how"]) == ("not_editable", "reopen")
        assert in_force() == [(1, 100)]

    def test_nor_as_a_draft(self, record, project):
        report(project, 2017, 1, 100)
        assert refused_late(record, invested=D(90), draft=True).code == "not_editable"

    def test_the_same_again_is_no_news(self, record, project):
        report(project, 2017, 1, 100, note="路基")
        assert not record(invested=D(100)).changed
        assert not record(invested_to_date=D(100), draft=True).changed

    def test_what_is_left_out_stays(self, record, project):
        report(project, 2017, 1, 100, physical_percent=D(10), note="路基")
        workflow.reopen(ProgressReport.objects.get(), by=None, reason="核减")
        row = record(invested=D(90)).report
        assert (row.physical_percent, row.note) == (10, "路基")
        workflow.withdraw(row, by=None)
        assert record(physical_percent=None).report.physical_percent is None

    def test_a_returned_month_is_edited_and_filed_again(self, record):
        workflow.return_report(record(invested=D(100)).report, by=None, reason="补充")
        record(invested=D(95), draft=True)
        assert filed() == [(1, 95, "returned")]
        record(invested=D(95))
        assert filed() == [(1, 95, "submitted")]


def test_a_correction_names_the_later_months_it_shifts(record, project):
    for month in (1, 2, 3):
        report(project, 2017, month, 100 + month)
    workflow.reopen(ProgressReport.objects.get(month=1), by=None, reason="核减")
    assert "2、3 月" in record(1, invested=D(90)).warnings[-1]
    workflow.reopen(ProgressReport.objects.get(month=3), by=None, reason="补充")
    assert record(3, note="补充说明").warnings == []


class TestCopiedForward:
    def test_it_is_remembered_until_somebody_rewrites_the_note(self, record):
        record(invested=D(1), note="路基", copied_forward=True, draft=True)
        assert record(invested=D(2), draft=True).report.copied_forward
        assert not record(invested=D(2), note="路面", draft=True).report.copied_forward

    def test_an_empty_note_was_not_copied(self, record):
        assert not record(invested=D(1), note="", copied_forward=True, draft=True).report.copied_forward


def test_the_opening_figure_and_the_reports_it_includes_are_not_counted_twice(record, project, clerk):
    Project.objects.filter(pk=project.pk).update(total_investment=D(150))
    record(12, invested=D(100))
    set_plan(project=project, year=2018, planned_investment=D(50), opening_cumulative=D(100), by=clerk)
    assert record(1, year=2018, invested=D(50)).warnings == []
    assert "超过计划总投资" in record(2, year=2018, invested=D(1)).warnings[0]


def test_what_was_explained_is_still_told_as_a_warning(record, project):
    Project.objects.filter(pk=project.pk).update(total_investment=D(100))
    assert record(1, invested=D(100)).warnings == []
    assert "超过计划总投资 100 万元" in record(2, invested=D(1)).warnings[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"month": 13},
        {"year": 1999},
        {"physical_percent": D(101)},
        {"status": "accepted", "accepted_at": None},
        # A draft may still lack its reason; what is filed may not.
        {"invested": D(-1), "status": "submitted", "submitted_at": timezone.now()},
    ],
)
def test_the_database_refuses_nonsense(project, wrong):
    row = {"project": project, "year": 2017, "month": 1, "invested": D(1), **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressReport.objects.create(**row)


def test_the_database_refuses_a_second_report_in_force(project):
    report(project, 2017, 1, 1)
    second = {"project": project, "year": 2017, "month": 1, "revision": 2, "invested": D(2), "status": "accepted"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ProgressReport.objects.create(**second, accepted_at=timezone.now())


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_clerks_who_file_the_same_month_one_is_filed_and_the_others_learn_by_whom(project, clerk):
    def file(amount):
        return lambda: record_month(project=project, year=2017, month=1, invested=D(amount), by=clerk)

    outcomes = at_once(project, *map(file, (10, 20, 30, 40)))
    refused = refusals(outcomes)
    assert [type(error) for error in refused] == [Conflict] * 3
    assert {error.facts["by"] for error in refused} == {"clerk"}
    row = ProgressReport.objects.get()
    assert (row.status, row.revision) == ("submitted", 1)
    assert {error.facts["at"] for error in refused} == {row.submitted_at.isoformat()}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_clerks_who_draft_the_same_month_the_last_hand_stays_and_none_is_lost_from_the_trail(project, clerk):
    def draft(amount):
        return lambda: record_month(project=project, year=2017, month=1, invested=D(amount), by=clerk, draft=True)

    assert not refusals(at_once(project, *map(draft, (10, 20, 30))))
    last = ProgressReport.objects.get().invested
    events = AuditEvent.objects.filter(action="progress.draft")
    assert events.count() == 3
    assert f'"invested": "{last}"' in events.first().after


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

    def draft(n):
        content = {"invested": D(n), "draft": True, "by": clerk}
        record_month(project=project, year=2017, month=n % 12 + 1, **content)

    threads = [threading.Thread(target=run, args=(work,)) for work in (add_part, draft, add_part, draft)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
