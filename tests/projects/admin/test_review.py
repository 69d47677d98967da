"""The bureau's queue: what stands in it, what it says, and what deciding one or many months does."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from erqi.accounts.roles import Role
from projects.models import ProgressReport, ReportingPeriod
from projects.services import workflow
from projects.services.progress import record_month
from tests import factories
from tests.core.admin.pages import address

QUEUE = "/admin/review/"


@pytest.fixture
def file(district):
    """Submits a month of a project, by the street's reporter unless somebody else is named."""

    def call(project, month, amount, *, by=..., explanation="已核对", **content):
        by = district.reporter if by is ... else by
        given = {"invested": amount, "by": by, "explanation": explanation, **content}
        return record_month(project=project, year=2017, month=month, **given).report

    return call


@pytest.fixture
def quiet(project, file):
    """March of the street's project: nothing to object to."""
    return file(project, 3, 95, physical_percent=30, note="路基完成，路面开工", explanation="")


@pytest.fixture
def doubtful(district, file):
    """A month that a check fired on: the same amount as the month before."""
    factories.plan(district.town_project, 2017, "600")
    factories.report(district.town_project, 2017, 2, "66", note="主体封顶")
    return file(district.town_project, 3, 66, by=None, explanation="合同按季支付")


@pytest.fixture
def reviewer(signed_in, district):
    return signed_in(district.reviewer)


def text_of(response) -> str:
    """What is read of a page, tags and line breaks aside."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def chosen(*reports) -> list[str]:
    return [f"{report.pk}|{report.submitted_at.isoformat()}" for report in reports]


def post(client, verb, *reports, page=QUEUE, **given):
    return client.post(page, {"verb": verb, "chosen": chosen(*reports), **given}, follow=True)


def decide(client, report, verb, query="", **given):
    page = reverse("admin:review_report", args=[report.pk]) + query
    return client.post(page, {"verb": verb, "seen": report.submitted_at.isoformat(), **given}, follow=True)


def status_of(report) -> str:
    return ProgressReport.objects.get(pk=report.pk).status


# — who —


@pytest.mark.parametrize(("who", "status"), [("reviewer", 200), ("reporter", 403), ("leader", 403), ("honours", 403)])
def test_only_those_who_review_have_the_queue(signed_in, district, quiet, who, status):
    client = signed_in(getattr(district, who))
    assert client.get(QUEUE).status_code == status
    assert client.get(reverse("admin:review_report", args=[quiet.pk])).status_code == status
    assert (QUEUE in client.get("/admin/").content.decode()) == (status == 200)


def test_a_streets_reviewer_has_only_the_streets_months(signed_in, district, quiet, doubtful):
    client = signed_in(factories.user_with(Role.REVIEWER, over=district.street))
    page = client.get(QUEUE)
    assert [row.report for row in page.context["rows"]] == [quiet]
    assert "镇学校" not in text_of(page)
    assert client.get(reverse("admin:review_report", args=[doubtful.pk])).status_code == 404
    post(client, "accept", doubtful)
    assert status_of(doubtful) == "submitted"


def test_drafts_and_months_not_yet_signed_do_not_wait(reviewer, district, project, quiet):
    ReportingPeriod.objects.create(year=2017, month=3, opens="2017-03-01", due="2017-03-25", endorsed=True)
    draft = factories.report(project, 2017, 4, "10", draft=True)
    assert not reviewer.get(QUEUE).context["rows"]
    assert reviewer.get(reverse("admin:review_report", args=[draft.pk])).status_code == 404
    workflow.endorse(quiet, by=factories.user_with(Role.ENDORSER, over=district.street))
    assert len(reviewer.get(QUEUE).context["rows"]) == 1


# — what a row says —


def test_a_row_compares_the_month_with_the_last_accepted_and_the_schedule(reviewer, quiet):
    (row,) = reviewer.get(QUEUE).context["rows"]
    found = row.compared
    assert (found.last.month, str(found.change), str(found.scheduled)) == (2, "14.5000", "100.0000")
    assert (found.to_date, round(found.ahead, 1)) == (275.5, -2)
    assert (found.same_text, found.missing) == (False, [])
    text = text_of(reviewer.get(QUEUE))
    assert "较 2 月 +14.5" in text
    assert "文字已改" in text


def test_a_row_says_which_months_its_year_to_date_does_not_have(reviewer, project, file):
    file(project, 5, 90)
    assert "3–4 月 尚未认定，未计入" in text_of(reviewer.get(QUEUE))


def test_findings_are_words_with_the_units_explanation(reviewer, doubtful):
    text = text_of(reviewer.get(QUEUE))
    assert "与上月完成的 66 万元相同" in text
    assert "合同按季支付" in text


def test_the_oldest_filing_is_first(reviewer, quiet, doubtful):
    assert [row.report for row in reviewer.get(QUEUE).context["rows"]] == [quiet, doubtful]


def test_the_queue_costs_the_same_with_many_rows(reviewer, district, project, file):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get(QUEUE).status_code == 200
        return len(captured)

    def more(n):
        for _number in range(n):
            other = factories.ProjectFactory(lead_unit=factories.UnitFactory(parent=district.area))
            factories.plan(other, 2017, "120")
            factories.report(other, 2017, 2, "10")
            file(other, 3, 10, by=None)

    more(5)
    few = statements()
    more(43)
    assert statements() == few


# — filters —


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("findings=with", ["doubtful"]),
        ("findings=without", ["quiet"]),
        ("q=jdl", ["quiet"]),
        ("month=2017-03", ["quiet", "doubtful"]),
        ("month=2017-04", []),
        ("late=on", []),
        ("again=on", []),
        ("month=2017-13", ["quiet", "doubtful"]),
        ("month=9999999999&unit=x&category=99999999999999999999999&p=abc", ["quiet", "doubtful"]),
    ],
)
def test_filters(reviewer, quiet, doubtful, query, rows):
    page = reviewer.get(f"{QUEUE}?{query}")
    assert page.status_code == 200
    known = {"quiet": quiet, "doubtful": doubtful}
    assert [row.report for row in page.context["rows"]] == [known[name] for name in rows]


def test_filters_by_unit_reach_the_units_below(reviewer, district, quiet, doubtful):
    page = reviewer.get(f"{QUEUE}?unit={district.street.pk}&category={district.street_project.category_id}")
    assert [row.report for row in page.context["rows"]] == [quiet]


def test_a_filter_that_is_not_understood_says_so(reviewer, quiet):
    assert "月份应写作 2017-03" in text_of(reviewer.get(f"{QUEUE}?month=2017-13"))


def test_filters_late_and_filed_again(reviewer, district, quiet, doubtful):
    ProgressReport.objects.filter(pk=quiet.pk).update(on_time=False)
    workflow.return_report(doubtful, by=district.reviewer, reason="请附合同")
    workflow.submit(doubtful, by=None, explanation="已附")
    assert [row.report for row in reviewer.get(f"{QUEUE}?late=on").context["rows"]] == [quiet]
    assert [row.report for row in reviewer.get(f"{QUEUE}?again=on").context["rows"]] == [doubtful]


# — many at once —


def test_bulk_acceptance_leaves_out_what_has_findings_and_names_it(reviewer, quiet, doubtful):
    page = post(reviewer, "accept", quiet, doubtful)
    assert (status_of(quiet), status_of(doubtful)) == ("accepted", "submitted")
    text = text_of(page)
    assert "已认定 1 项：街道路 3 月" in text
    assert "镇学校 3 月 有 1 项疑点，须单独审核" in text


def test_a_month_that_somebody_else_decided_first_does_not_lose_the_others(reviewer, district, project, file, quiet):
    april = file(project, 4, 77, note="路面")
    other = factories.user_with(Role.REVIEWER, over=district.area, display_name="早到者")
    workflow.accept(quiet, by=other)
    text = text_of(post(reviewer, "accept", quiet, april))
    assert status_of(april) == "accepted"
    assert "现为“已认定”（早到者，" in text


def test_one_cannot_accept_ones_own_filing_in_bulk(reviewer, district, project, file):
    own = file(project, 3, 95, by=district.reviewer)
    page = reviewer.get(QUEUE)
    assert "本人经手，须他人认定" in text_of(page)
    assert not page.context["rows"][0].acceptable
    assert "须由他人“认定”" in text_of(post(reviewer, "accept", own))
    assert status_of(own) == "submitted"


def test_a_month_filed_again_since_the_page_was_opened_is_not_accepted_unseen(reviewer, district, project, file, quiet):
    workflow.withdraw(quiet, by=district.reporter)
    file(project, 3, 96)
    text = text_of(post(reviewer, "accept", quiet))
    assert status_of(quiet) == "submitted"
    assert "重新报送（96 万元）" in text


def test_bulk_return_takes_one_reason_and_the_fields_meant(reviewer, quiet, doubtful):
    post(reviewer, "return", quiet, doubtful, reason="请附现场照片", fields_meant=["attachments", "note"])
    for report in (quiet, doubtful):
        report.refresh_from_db()
        assert (report.status, report.return_reason) == ("returned", "请附现场照片")
        assert report.return_fields == ["attachments", "note"]


def test_bulk_return_without_a_reason_returns_nothing_and_keeps_the_choice(reviewer, quiet):
    page = post(reviewer, "return", quiet, reason=" ", fields_meant=["note"])
    assert status_of(quiet) == "submitted"
    assert "退回须写明理由" in text_of(page)
    assert page.context["chosen"] == chosen(quiet)
    assert re.search(r'value="note"[^>]*checked', page.content.decode())


@pytest.mark.parametrize("values", [[], ["x"], ["9999999999999999999999|"], ["-1|"], ["१|"]])
def test_boxes_that_name_no_row_decide_nothing(reviewer, quiet, values):
    assert reviewer.post(QUEUE, {"verb": "accept", "chosen": values}, follow=True).status_code == 200
    assert status_of(quiet) == "submitted"


# — one month —


def test_the_page_of_a_month_marks_what_changed_in_the_words_and_escapes_them(reviewer, project, file):
    report = file(project, 3, 95, note="路基<b>完成")
    page = reviewer.get(reverse("admin:review_report", args=[report.pk])).content.decode()
    assert "路基<ins>&lt;b&gt;完成</ins>" in page


def test_the_page_tells_returns_and_who_acted(reviewer, district, quiet):
    workflow.return_report(quiet, by=district.reviewer, reason="请附照片", fields=["attachments"])
    workflow.submit(quiet, by=district.reporter)
    text = text_of(reviewer.get(reverse("admin:review_report", args=[quiet.pk])))
    for words in ("退回月度进度", "报送月度进度", "请附照片", str(district.reporter), "退回 1 次"):
        assert words in text


def test_accepting_goes_on_to_the_next_of_the_filtered_queue(reviewer, project, file, quiet, doubtful):
    april = file(project, 4, 77, note="路面")
    page = decide(reviewer, quiet, "accept", "?findings=without")
    assert status_of(quiet) == "accepted"
    assert page.context["report"] == april
    assert page.redirect_chain[-1][0].endswith("?findings=without")
    page = decide(reviewer, april, "accept", "?findings=without")
    assert page.redirect_chain[-1][0] == f"{QUEUE}?findings=without"


def test_neighbours_keep_the_filters(reviewer, project, file, quiet, doubtful):
    april = file(project, 4, 77, note="路面")
    page = reviewer.get(reverse("admin:review_report", args=[april.pk]) + "?findings=without")
    assert page.context["previous"] == reverse("admin:review_report", args=[quiet.pk]) + "?findings=without"
    assert page.context["next"] == ""


def test_the_later_of_two_reviewers_is_told_who_and_when_and_goes_on(reviewer, district, quiet, doubtful):
    workflow.accept(quiet, by=factories.user_with(Role.REVIEWER, over=district.area, display_name="早到者"))
    page = decide(reviewer, quiet, "accept")
    assert "现为“已认定”（早到者，" in text_of(page)
    assert page.context["report"] == doubtful


def test_a_month_filed_again_is_shown_again_instead_of_decided(reviewer, district, project, file, quiet, doubtful):
    workflow.withdraw(quiet, by=district.reporter)
    file(project, 3, 9500)
    for verb in ("accept", "return"):
        page = decide(reviewer, quiet, verb, reason="太多")
        assert page.context["report"].pk == quiet.pk
        assert "重新报送（9,500 万元）" in text_of(page)
    assert status_of(quiet) == "submitted"


def test_returning_without_a_reason_names_the_box(reviewer, quiet):
    page = decide(reviewer, quiet, "return", reason="")
    assert page.context["form"].errors["reason"] == ["退回须写明理由，单位据此修改。"]
    assert status_of(quiet) == "submitted"


def test_a_month_with_findings_is_accepted_by_itself(reviewer, doubtful):
    decide(reviewer, doubtful, "accept")
    assert status_of(doubtful) == "accepted"


def test_ones_own_month_offers_no_acceptance_and_refuses_it(reviewer, district, project, file):
    own = file(project, 3, 95, by=district.reviewer)
    page = reviewer.get(reverse("admin:review_report", args=[own.pk]))
    assert 'value="accept"' not in page.content.decode()
    assert "须由他人“认定”" in text_of(decide(reviewer, own, "accept"))
    assert status_of(own) == "submitted"


def test_a_month_to_be_signed_says_so_and_stays(reviewer, quiet):
    ReportingPeriod.objects.create(year=2017, month=3, opens="2017-03-01", due="2017-03-25", endorsed=True)
    page = decide(reviewer, quiet, "accept")
    assert "须先由单位负责人签审" in text_of(page)
    assert page.context["report"] == quiet


# — an accepted month —


def test_an_accepted_month_is_reopened_from_its_ledger_page_with_a_reason(reviewer, project):
    february = project.reports.get(month=2)
    page = reviewer.get(address(february, "change")).content.decode()
    assert 'value="reopen"' in page
    where = reverse("admin:review_report", args=[february.pk])
    assert f'action="{where}"' in page
    answer = reviewer.post(where, {"verb": "reopen", "reason": ""})
    assert answer.context["form"].errors
    assert reviewer.post(where, {"verb": "reopen", "reason": "漏计一笔"}).status_code == 302
    correction = project.reports.get(month=2, revision=2)
    assert (correction.status, correction.return_reason) == ("returned", "漏计一笔")
    assert status_of(february) == "accepted"
    assert 'value="reopen"' not in reviewer.get(address(february, "change")).content.decode()


def test_a_reporter_is_not_offered_to_reopen(signed_in, district, project):
    page = signed_in(district.reporter).get(address(project.reports.get(month=2), "change"))
    assert 'value="reopen"' not in page.content.decode()


def test_a_correction_is_compared_with_what_it_replaces_and_can_be_dismissed(reviewer, district, project, file):
    february = project.reports.get(month=2)
    workflow.reopen(february, by=district.reviewer, reason="漏计")
    correction = file(project, 2, 81)
    text = text_of(reviewer.get(reverse("admin:review_report", args=[correction.pk])))
    assert "本月原认定" in text
    assert "+0.5" in text
    decide(reviewer, correction, "dismiss", reason="原数无误")
    correction.refresh_from_db()
    assert correction.superseded_at is not None
    assert status_of(february) == "accepted"
