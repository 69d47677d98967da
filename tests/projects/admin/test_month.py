"""The clerk's month: a whole list filed on one page, each row by itself, nothing typed lost, nothing overwritten."""

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from erqi.accounts.roles import Role
from erqi.core.pages import PAGES
from projects.models import PeriodExtension, ProgressReport, Project, ReportingPeriod
from projects.reports import clerk as figures
from projects.services import workflow
from projects.services.progress import record_month
from tests import factories
from tests.core.admin.pages import boxes

pytestmark = pytest.mark.usefixtures("kept_street")
YEAR, MONTH = 2017, 3
Status = ProgressReport.Status


def address(**query) -> str:
    given = {"year": YEAR, "month": MONTH, **query}
    return f"{reverse('admin:month')}?{'&'.join(f'{name}={value}' for name, value in given.items())}"


def period(due_in: int = 5, month: int = MONTH, locks_in: int | None = 30, **attributes) -> ReportingPeriod:
    """Open since some days, due in some days from today."""
    today = timezone.localdate()
    due = today + timedelta(days=due_in)
    days = {"opens": min(today, due) - timedelta(days=10), "due": due}
    days["locks"] = None if locks_in is None else max(due, today + timedelta(days=locks_in))
    return ReportingPeriod.objects.create(year=YEAR, month=month, **{**days, **attributes})


@pytest.fixture(scope="module")
def kept_street(kept_district):
    """The street's five projects, each with 1,200 万元 for the year and 100 filed for February."""
    area, street = kept_district.area, kept_district.street
    found = [kept_district.street_project]
    found += [factories.ProjectFactory(code=f"S{n}", lead_unit=street, area=area) for n in range(2, 6)]
    for project in found:
        factories.plan(project, YEAR, "1200")
        factories.report(project, YEAR, 2, "100", note="路基完成一半", physical_percent=20)
    return found


@pytest.fixture
def street(kept_street, db):
    return deepcopy(kept_street)


@pytest.fixture
def clerk(signed_in, district):
    return signed_in(district.reporter)


@pytest.fixture
def head(district):
    return factories.user_with(Role.ENDORSER, over=district.street, username="head")


def send(client, do: str, url: str | None = None, /, **changes):
    """Open the page, type (``S1__note`` is that project's note), press a button (``submit:S1`` or ``submit:all``)."""
    return press(client, do, opened(client, url), url, **changes)


def press(client, do: str, page: dict, url: str | None = None, /, **changes):
    codes = dict(Project.objects.values_list("code", "pk"))
    typed = {}
    for name, value in changes.items():
        code, _bar, box = name.partition("__")
        typed[f"r{codes[code]}-{box}"] = value
    verb, _colon, target = do.partition(":")
    return client.post(url or address(), page | typed | {"do": f"{verb}:{codes.get(target, target)}"})


def opened(client, url: str | None = None) -> dict:
    answer = client.get(url or address())
    rows = [row.pk for row in answer.context["desk"].rows if row.form]
    return boxes(answer) | {"row": rows}


def row_of(answer, code: str):
    return next(row for row in answer.context["desk"].rows if row.entry.project.code == code)


def said(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def report_of(code: str) -> ProgressReport | None:
    rows = ProgressReport.objects.current().filter(project__code=code, year=YEAR, month=MONTH)
    return rows.order_by("-revision").first()


def filed(project, by, amount="50", *, month=MONTH, **content) -> ProgressReport:
    content = {"explanation": "已核对", "invested": Decimal(amount), **content}
    return record_month(project=project, year=YEAR, month=month, by=by, **content).report


# — who comes here, and for which month —


def test_it_is_offered_to_those_who_file_or_sign(rf, district, head):
    page = next(page for page in PAGES if page.name == "month")
    assert page.offered(district.reporter)
    assert page.offered(head)
    assert not page.offered(district.leader)
    assert not page.offered(district.honours)


def test_others_are_turned_away(signed_in, district, street):
    assert signed_in(district.leader).get(address()).status_code == 403


def test_it_lists_ones_own_projects_that_owe_the_month(clerk, district, street):
    factories.plan(district.town_project, YEAR, "10")
    factories.ProjectFactory(code="S9", lead_unit=district.street, area=district.area)
    Project.objects.filter(code="S5").update(stage=Project.Stage.SUSPENDED)
    factories.recount()
    # Unit by unit: the station's comes after the street's own.
    rows = clerk.get(address()).context["desk"].rows
    assert [row.entry.project.code for row in rows] == ["S2", "S3", "S4", "S1"]


def test_it_opens_at_the_period_that_is_open(clerk, street):
    period(due_in=-200, month=2, locks_in=None, locks=timezone.localdate() - timedelta(days=150))
    period(month=3)
    desk = clerk.get(reverse("admin:month")).context["desk"]
    assert (desk.year, desk.month) == (2017, 3)


@pytest.mark.parametrize(
    ("periods", "today", "found"),
    [
        ([], date(2017, 5, 3), (2017, 5)),
        ([], date(2019, 1, 1), (2017, 12)),
        ([(4, 15, 25, 10)], date(2017, 5, 3), (2017, 4)),
        ([(4, 15, 25, 10), (5, 15, 25, 10)], date(2017, 5, 20), (2017, 5)),
        # Locked since the 5th: still the month one would look for, rather than one that cannot be filed yet.
        ([(4, 15, 25, 10), (5, 15, 25, 10)], date(2017, 5, 14), (2017, 4)),
    ],
)
def test_without_being_asked_for_one_it_takes_the_month_to_file(street, periods, today, found):
    for month, opens, due, lock in periods:
        last = date(YEAR, month, due) + timedelta(days=lock)
        ReportingPeriod.objects.create(
            year=YEAR, month=month, opens=date(YEAR, month, opens), due=date(YEAR, month, due), locks=last
        )
    assert figures.month_to_file(today) == found


@pytest.mark.parametrize(
    "nonsense", ["year=九&month=13", "state=x", "p=abc", "year=2017&month=3&p=999999999999", "q=%00"]
)
def test_nonsense_in_the_address_is_no_error(clerk, street, nonsense):
    assert clerk.get(f"{reverse('admin:month')}?{nonsense}").status_code == 200


# — what the page says —


def test_the_most_urgent_comes_first(clerk, district, street):
    period()
    reporter = district.reporter
    one, two, three, _four, five = street
    workflow.accept(filed(one, reporter), by=district.reviewer)
    filed(two, reporter)
    filed(three, reporter, draft=True)
    workflow.return_report(filed(five, reporter), by=district.reviewer, reason="金额不符", fields=["invested"])
    answer = clerk.get(address())
    desk = answer.context["desk"]
    assert [(row.entry.project.code, row.entry.state) for row in desk.rows] == [
        ("S5", "returned"),
        ("S4", "due"),
        ("S3", "draft"),
        ("S2", "waiting"),
        ("S1", "accepted"),
    ]
    page = answer.content.decode()
    assert "金额不符" in page
    assert str(district.reviewer) in page
    assert row_of(answer, "S5").returned_labels == ["本月完成投资"]
    assert [(chip.state, chip.count) for chip in desk.chips if chip.count] == [
        ("", 5),
        ("returned", 1),
        ("due", 1),
        ("draft", 1),
        ("waiting", 1),
        ("accepted", 1),
    ]
    assert [row.entry.project.code for row in clerk.get(address(state="draft")).context["desk"].rows] == ["S3"]
    assert [row.entry.project.code for row in clerk.get(address(q="S4")).context["desk"].rows] == ["S4"]


def test_a_month_is_late_after_the_deadline_of_its_own_unit(clerk, district, street):
    opened_period = period(due_in=-2)
    PeriodExtension.objects.create(
        period=opened_period, unit=district.station, due=timezone.localdate(), reason="系统停机"
    )
    answer = clerk.get(address())
    # S1 is led by the station, which has until today.
    assert {row.entry.project.code: str(row.entry.state) for row in answer.context["desk"].rows} == {
        "S1": "due",
        **dict.fromkeys(["S2", "S3", "S4", "S5"], "late"),
    }
    assert "系统停机" in answer.content.decode()


def test_beside_the_boxes_stand_last_month_and_the_plan(clerk, street):
    entry = row_of(clerk.get(address()), "S1").entry
    assert (entry.last.invested, entry.last.note, entry.before) == (100, "路基完成一半", 100)
    assert (entry.scheduled, entry.scheduled_to_date, entry.plan) == (100, 300, 1200)


def test_the_year_to_date_counts_what_waits_for_review(district, clerk, street):
    """February was sent back to be corrected and is filed again: the new amount counts."""
    february = ProgressReport.objects.get(project=street[0], month=2)
    workflow.reopen(february, by=district.reviewer, reason="核对")
    filed(street[0], district.reporter, "130", month=2)
    row = row_of(send(clerk, "draft:all", S1__invested="x"), "S1")
    assert row.entry.before == 130


def test_as_many_statements_for_fifty_rows_as_for_five(clerk, district, street):
    opened_period = period(due_in=-2)
    PeriodExtension.objects.create(
        period=opened_period, unit=district.station, due=timezone.localdate(), reason="系统停机"
    )
    filed(street[1], district.reporter)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert clerk.get(address()).status_code == 200
        return len(queries)

    few = statements()
    for number in range(45):
        project = factories.ProjectFactory(code=f"M{number}", lead_unit=district.street, area=district.area)
        factories.plan(project, YEAR, "1200")
        factories.report(project, YEAR, 2, "100")
        if number % 3 == 0:
            filed(project, district.reporter)
        if number % 3 == 1:
            workflow.return_report(filed(project, district.reporter), by=district.reviewer, reason="请核对")
    assert len(clerk.get(address()).context["desk"].rows) == 50
    assert statements() == few


def test_a_hundred_rows_a_page(clerk, district, street, monkeypatch):
    monkeypatch.setattr("projects.admin.month_desk.PER_PAGE", 2)
    assert len(clerk.get(address()).context["desk"].rows) == 2
    assert [row.entry.project.code for row in clerk.get(address(p=3)).context["desk"].rows] == ["S1"]


def test_it_is_there_in_english(clerk, street):
    with translation.override("en"):
        assert clerk.get(address(), headers={"accept-language": "en"}).status_code == 200


# — filing —


def test_the_whole_list_is_filed_at_once(clerk, street, district):
    answer = send(
        clerk,
        "submit:all",
        S1__invested="１２０．５",
        S1__physical_percent="25",
        S2__invested="1,234.5",
        S3__invested="0",
    )
    assert answer.status_code == 302
    assert [report_of(code).invested for code in ("S1", "S2", "S3")] == [Decimal("120.5"), Decimal("1234.5"), 0]
    assert {report_of(code).status for code in ("S1", "S2", "S3")} == {Status.SUBMITTED}
    assert report_of("S1").submitted_by == district.reporter
    assert report_of("S4") is None
    assert "3 项已报送" in said(clerk.get(answer.url))


def test_good_rows_are_filed_and_bad_ones_come_back_as_they_were_typed(clerk, street):
    answer = send(
        clerk,
        "submit:all",
        S1__invested="120",
        S2__invested="十二",
        S2__note="说到一半",
        # The same as last month: the checks ask why.
        S3__invested="100",
        S4__note="只有说明",
    )
    assert answer.status_code == 200
    assert report_of("S1").status == Status.SUBMITTED
    assert [report_of(code) for code in ("S2", "S3", "S4")] == [None, None, None]
    assert "1 项已报送" in said(answer)
    assert "3 项有误" in said(answer)
    bad = row_of(answer, "S2").form
    assert "不是数字" in bad.errors["invested"][0]
    assert (bad["invested"].value(), bad["note"].value()) == ("十二", "说到一半")
    asked = row_of(answer, "S3")
    assert "相同" in "".join(asked.form.errors["explanation"])
    assert asked.form.explains
    assert "本月完成" in row_of(answer, "S4").form.errors["invested"][0]
    page = answer.content.decode()
    assert 'value="十二"' in page
    assert "说到一半" in page


def test_an_explanation_answers_the_check(clerk, street):
    assert send(clerk, "submit:all", S3__invested="100", S3__explanation="按合同均衡支付").status_code == 302
    assert report_of("S3").explanation == "按合同均衡支付"


def test_one_row_is_filed_and_what_was_typed_in_others_stays_on_the_page(clerk, street):
    answer = send(clerk, "submit:S1", S1__invested="120", S2__invested="77", S2__note="未完")
    assert answer.status_code == 200
    assert report_of("S1").status == Status.SUBMITTED
    assert report_of("S2") is None
    assert row_of(answer, "S2").form["invested"].value() == "77"
    assert "另有 1 项改动还没有保存" in said(answer)
    # And goes on from there.
    page = boxes(answer) | {"row": [row.pk for row in answer.context["desk"].rows if row.form]}
    assert press(clerk, "draft:all", page).status_code == 302
    assert (report_of("S2").invested, report_of("S2").note, report_of("S2").status) == (77, "未完", Status.DRAFT)


def test_drafts_are_kept_and_filed_later_without_typing_again(clerk, street):
    assert send(clerk, "draft:all", S1__invested="120", S2__invested="130").status_code == 302
    assert {report_of(code).status for code in ("S1", "S2")} == {Status.DRAFT}
    assert opened(clerk)[f"r{street[0].pk}-invested"] == "120"
    assert send(clerk, "submit:all").status_code == 302
    assert {report_of(code).status for code in ("S1", "S2")} == {Status.SUBMITTED}


def test_saving_an_untouched_page_writes_nothing(clerk, district, street):
    filed(street[0], district.reporter, "5", note="一\n二", draft=True)
    before = ProgressReport.objects.order_by("pk").values_list("pk", "recorded_at")
    before = list(before)
    assert "没有改动" in said(clerk.get(send(clerk, "draft:all").url))
    assert list(ProgressReport.objects.order_by("pk").values_list("pk", "recorded_at")) == before


def test_a_filed_month_cannot_be_emptied(clerk, street):
    send(clerk, "draft:all", S1__invested="120")
    answer = send(clerk, "draft:all", S1__invested="")
    assert "不能清空" in row_of(answer, "S1").form.errors["invested"][0]
    assert report_of("S1").invested == 120


def test_what_was_returned_is_filed_again_only_once_somebody_has_worked_on_it(clerk, district, street):
    workflow.return_report(filed(street[0], district.reporter), by=district.reviewer, reason="金额不符")
    send(clerk, "submit:all", S2__invested="12")
    assert report_of("S1").status == Status.RETURNED
    send(clerk, "submit:all", S1__invested="60")
    assert (report_of("S1").status, report_of("S1").invested) == (Status.SUBMITTED, 60)


def test_last_months_text_is_marked_until_it_is_edited(clerk, street):
    send(clerk, "draft:all", S1__invested="12", S1__note="路基完成一半", S1__copied="on")
    assert report_of("S1").copied_forward
    assert row_of(clerk.get(address()), "S1").form.is_copied
    send(clerk, "draft:all", S1__note="路基完成", S1__copied="on")
    assert not report_of("S1").copied_forward
    assert not row_of(clerk.get(address()), "S1").form.is_copied


def test_a_locked_month_has_no_boxes_and_says_why(clerk, street):
    period(due_in=-20, locks_in=None, locks=timezone.localdate() - timedelta(days=3))
    answer = clerk.get(address())
    assert not any(row.files for row in answer.context["desk"].rows)
    assert "锁定" in row_of(answer, "S1").closed


def test_what_was_returned_can_be_corrected_after_the_lock(clerk, district, street):
    given = period()
    workflow.return_report(filed(street[0], district.reporter), by=district.reviewer, reason="金额不符")
    today = timezone.localdate()
    ReportingPeriod.objects.filter(pk=given.pk).update(due=today - timedelta(9), locks=today - timedelta(2))
    assert row_of(clerk.get(address()), "S1").files
    send(clerk, "submit:S1", S1__invested="61")
    assert report_of("S1").status == Status.SUBMITTED


@pytest.mark.parametrize("text", ["NaN", "1e5", "1_000", "Infinity", "9" * 400, "看不见\u202e的"])
def test_no_input_is_an_error_of_the_server(clerk, street, text):
    answer = send(
        clerk, "submit:all", S1__invested=text, S1__physical_percent=text, S1__note=text, S1__explanation="长" * 501
    )
    assert answer.status_code == 200
    assert row_of(answer, "S1").form.errors["invested"]
    assert report_of("S1") is None


@pytest.mark.parametrize("do", ["", "x", "submit", "submit:x", "erase:all", "draft:999999999999999999999"])
def test_an_unknown_button_does_nothing(clerk, street, do):
    assert clerk.post(address(), {"do": do, "row": ["x", "99999999999999999999", street[0].pk]}).status_code == 302
    assert report_of("S1") is None


def test_rows_of_others_cannot_be_written(clerk, district, street):
    factories.plan(district.town_project, YEAR, "10")
    page = opened(clerk)
    pk = district.town_project.pk
    page = page | {"row": [*page["row"], pk], f"r{pk}-invested": "5", f"r{pk}-seen": ""}
    press(clerk, f"submit:{pk}", page)
    press(clerk, "submit:all", page)
    assert report_of("T1") is None


# — two people at once —


def test_a_row_that_somebody_else_wrote_meanwhile_is_not_overwritten(clerk, district, street):
    page = opened(clerk)
    colleague = factories.user_with(Role.REPORTER, over=district.street, display_name="李四")
    filed(street[0], colleague, "88", draft=True)
    answer = press(clerk, "draft:all", page, S1__invested="99", S2__invested="10")
    assert report_of("S1").invested == 88
    assert report_of("S2").invested == 10
    row = row_of(answer, "S1")
    assert "李四" in row.form.non_field_errors()[0]
    assert "88" in row.form.non_field_errors()[0]
    assert row.form["invested"].value() == "99"
    # Having been told, saving again is a decision.
    again = boxes(answer) | {"row": [row.pk for row in answer.context["desk"].rows if row.form]}
    assert press(clerk, "draft:all", again).status_code == 302
    assert report_of("S1").invested == 99


def test_a_row_one_did_not_touch_is_nobodys_business(clerk, district, street):
    page = opened(clerk)
    filed(street[0], None, "88", draft=True)
    assert press(clerk, "draft:all", page, S2__invested="10").status_code == 302
    assert report_of("S1").invested == 88


def test_what_a_colleague_filed_meanwhile_stays_filed(clerk, district, street):
    page = opened(clerk)
    filed(street[0], factories.user_with(Role.REPORTER, over=district.street), "88")
    answer = press(clerk, "submit:all", page, S1__invested="99")
    assert (report_of("S1").invested, report_of("S1").status) == (88, Status.SUBMITTED)
    assert row_of(answer, "S1").form["invested"].value() == "99"


# — after filing: withdraw, sign, return —


def test_the_clerk_takes_a_filing_back(clerk, district, street):
    filed(street[0], district.reporter)
    assert row_of(clerk.get(address()), "S1").withdraws
    send(clerk, "withdraw:S1")
    assert report_of("S1").status == Status.DRAFT


def test_the_head_signs_what_was_chosen(signed_in, district, street, head):
    for project in street[:3]:
        filed(project, district.reporter)
    client = signed_in(head)
    row = row_of(client.get(address()), "S1")
    assert (row.files, row.endorses, row.returns, row.withdraws) == (False, True, True, False)
    answer = send(client, "endorse:all", S1__chosen="on", S2__chosen="on")
    assert answer.status_code == 302
    assert [report_of(code).status for code in ("S1", "S2", "S3")] == ["endorsed", "endorsed", "submitted"]
    assert "2 项已签审" in said(client.get(answer.url))
    assert report_of("S1").endorsed_by == head


def test_the_head_returns_with_a_reason(signed_in, district, street, head):
    filed(street[0], district.reporter)
    client = signed_in(head)
    answer = send(client, "return:S1")
    assert "理由" in row_of(answer, "S1").form.errors["reason"][0]
    send(client, "return:S1", S1__reason="附件缺失", S1__fields_meant=["attachments"])
    found = report_of("S1")
    assert (found.status, found.return_reason, found.return_fields) == (Status.RETURNED, "附件缺失", ["attachments"])
    assert found.returned_by == head


def test_the_head_does_not_sign_what_changed_since_the_page_came(signed_in, district, street, head):
    report = filed(street[0], district.reporter)
    client = signed_in(head)
    page = opened(client)
    workflow.withdraw(report, by=district.reporter)
    filed(street[0], district.reporter, "5000")
    answer = press(client, "endorse:S1", page)
    assert report_of("S1").status == Status.SUBMITTED
    assert "5,000" in row_of(answer, "S1").form.non_field_errors()[0]


def test_the_head_sees_no_drafts(signed_in, district, street, head):
    filed(street[0], district.reporter, "7654", draft=True)
    answer = signed_in(head).get(address())
    assert row_of(answer, "S1").report is None
    assert "7,654" not in answer.content.decode()


def test_nobody_signs_their_own(signed_in, district, street):
    both = factories.user_with(Role.REPORTER, over=district.street)
    both.memberships.create(unit=district.street, role=Role.ENDORSER)
    filed(street[0], both)
    assert not row_of(signed_in(both).get(address()), "S1").endorses


# — the way there —


def test_the_workbench_leads_to_it(clerk, street):
    period(due_in=-1)
    page = clerk.get(reverse("admin:index"))
    assert page.context["my_month"].counts == {"late": 5}
    assert "state=late" in page.content.decode()


def test_missing_means_the_same_everywhere(clerk, district, street):
    """Filed is not missing; a draft, and what was returned, is."""
    filed(street[0], district.reporter)
    filed(street[1], district.reporter, draft=True)
    workflow.return_report(filed(street[2], district.reporter), by=district.reviewer, reason="核对")
    missing = {"S2", "S3", "S4", "S5"}
    assert set(Project.objects.unfiled(YEAR, MONTH).values_list("code", flat=True)) == missing
    listing = clerk.get(reverse("admin:projects_project_changelist"), {"year": YEAR, "month": MONTH, "gap": "report"})
    assert {project.code for project in listing.context["cl"].result_list} == missing
