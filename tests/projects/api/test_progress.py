from datetime import date, timedelta
from unittest import mock

import pytest
from django.utils import timezone

from erqi.accounts.roles import Role
from erqi.core.models import AuditEvent
from projects.models import ProgressReport, ReportingPeriod
from tests.clients import API, client_for, paths
from tests.factories import plan, report, user_with

MARCH = f"{API}/projects/S1/progress/2017/3/"


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


def test_the_first_call_files_the_month_and_the_same_call_again_changes_nothing(district, clerk):
    body = {"invested": "150.5", "physical_percent": "12.5", "note": "路基"}
    first, again = clerk.put(MARCH, body), clerk.put(MARCH, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["changed"], again.json()["changed"]) == (True, False)
    assert ProgressReport.objects.count() == 1
    assert AuditEvent.objects.filter(action="progress.submit").count() == 1
    assert first.json()["report"] == again.json()["report"]
    filed = first.json()["report"]
    assert (filed["status"], filed["status_display"]) == ("submitted", "已报送")
    assert filed["submitted_by"] == filed["recorded_by"] == str(district.reporter)
    assert filed["allowed_actions"] == ["withdraw"]


def test_a_month_that_was_filed_counts_only_when_it_is_accepted(district, clerk):
    filed = clerk.put(MARCH, {"invested": "100"}).json()["report"]
    assert clerk.get(f"{API}/projects/S1/progress/", {"year": 2017}).json()["months"][2]["invested"] is None
    client_for(district.reviewer).post(f"{API}/progress-reports/{filed['id']}/accept/")
    assert clerk.get(f"{API}/projects/S1/progress/", {"year": 2017}).json()["months"][2]["invested"] == "100.0000"


def test_a_draft_is_filed_by_the_same_values_without_draft(clerk):
    draft = clerk.put(MARCH, {"invested": "70", "draft": True})
    assert (draft.status_code, draft.json()["report"]["status"]) == (201, "draft")
    assert draft.json()["report"]["allowed_actions"] == ["submit"]
    filed = clerk.put(MARCH, {"invested": "70"})
    assert (filed.status_code, filed.json()["report"]["status"]) == (200, "submitted")


@pytest.mark.parametrize(
    ("steps", "state", "how"),
    [([], "submitted", "withdraw"), (["endorse"], "endorsed", "withdraw"), (["accept"], "accepted", "reopen")],
)
def test_what_is_on_its_way_or_in_force_is_not_overwritten(district, clerk, steps, state, how):
    people = {"endorse": user_with(Role.ENDORSER, over=district.street), "accept": district.reviewer}
    filed = clerk.put(MARCH, {"invested": "100"}).json()["report"]
    for step in steps:
        assert client_for(people[step]).post(f"{API}/progress-reports/{filed['id']}/{step}/").status_code == 200
    assert clerk.put(MARCH, {"invested": "100"}).status_code == 200
    refused = clerk.put(MARCH, {"invested": "90"})
    told = refused.json()
    assert (refused.status_code, told["code"], told["state"], told["how"]) == (409, "not_editable", state, how)
    assert told["by"] == str(people[steps[0]] if steps else district.reporter)
    assert told["at"]
    assert "100 万元" in told["detail"]


def test_a_correction_waits_beside_what_is_in_force(district, clerk):
    accepted = report(district.street_project, 2017, 3, 100)
    reopened = client_for(district.reviewer).post(
        f"{API}/progress-reports/{accepted.pk}/reopen/", {"reason": "与台账不符"}
    )
    assert (reopened.status_code, reopened.json()["revision"]) == (201, 2)
    clerk.put(MARCH, {"invested": "90", "explanation": "已核对"})
    month = clerk.get(MARCH).json()
    assert [row["invested"] for row in month["revisions"]] == ["90.0000", "100.0000"]
    assert (month["in_force"]["revision"], month["open"]["revision"]) == (1, 2)
    assert month["open"]["status"] == "submitted"


def test_the_year_to_date_may_be_given_instead_and_must_agree_with_both(clerk):
    clerk.put(f"{API}/projects/S1/progress/2017/2/", {"invested": "40"})
    derived = clerk.put(MARCH, {"invested_to_date": "100"})
    assert derived.json()["report"]["invested"] == "60.0000"
    assert clerk.put(MARCH, {"invested": "60", "invested_to_date": "100"}).json()["changed"] is False
    refused = clerk.put(MARCH, {"invested": "61", "invested_to_date": "100"})
    assert (refused.status_code, paths(refused)) == (400, ["/invested_to_date"])


def test_nothing_to_record_is_refused(clerk):
    assert paths(clerk.put(MARCH, {})) == ["/invested"]


def test_what_a_check_asks_about_is_explained_or_not_filed(clerk):
    clerk.put(f"{API}/projects/S1/progress/2017/2/", {"invested": "40"})
    refused = clerk.put(MARCH, {"invested": "-5"})
    assert (refused.status_code, set(paths(refused))) == (400, {"/explanation"})
    assert clerk.get(MARCH).status_code == 404
    filed = clerk.put(MARCH, {"invested": "-5", "explanation": "上月多报"})
    assert filed.status_code == 201
    (finding,) = filed.json()["report"]["findings"]
    assert (finding["code"], finding["facts"]) == ("negative", {"invested": "-5"})
    assert "-5" in finding["message"]
    assert filed.json()["warnings"] == [finding["message"]]


def test_a_check_that_blocks_names_the_field(clerk):
    refused = clerk.put(MARCH, {"invested": "-5", "explanation": "冲减"})
    assert (refused.status_code, paths(refused)) == (400, ["/invested"])


def test_a_draft_tells_what_the_checks_will_ask(clerk):
    answer = clerk.put(MARCH, {"invested": "-5", "draft": True})
    assert answer.status_code == 201
    assert any("-5" in warning for warning in answer.json()["warnings"])


def test_after_the_period_has_locked_nothing_is_filed(district, clerk):
    ReportingPeriod.objects.create(
        year=2017, month=3, opens=date(2017, 3, 20), due=date(2017, 3, 25), locks=date(2017, 3, 28)
    )
    refused = clerk.put(MARCH, {"invested": "5"})
    assert (refused.status_code, refused.json()["code"], refused.json()["locks"]) == (
        409,
        "period_locked",
        "2017-03-28",
    )
    assert clerk.get(MARCH).status_code == 404


@pytest.mark.parametrize("month", ["0", "13", "99"])
def test_a_month_outside_the_year_is_named(clerk, month):
    for answer in (
        clerk.put(f"{API}/projects/S1/progress/2017/{month}/", {"invested": "1"}),
        clerk.get(f"{API}/projects/S1/progress/2017/{month}/"),
    ):
        assert (answer.status_code, paths(answer)) == (400, ["/month"])


def test_a_month_that_has_not_begun_is_refused(clerk):
    ahead = timezone.localdate().replace(day=1) + timedelta(days=40)
    answer = clerk.put(f"{API}/projects/S1/progress/{ahead.year}/{ahead.month}/", {"invested": "1"})
    assert (answer.status_code, paths(answer)) == (400, ["/month"])


def test_a_draft_counts_nowhere_and_is_seen_only_by_those_who_may_report(district, clerk):
    assert clerk.put(MARCH, {"invested": "70", "draft": True}).status_code == 201
    assert clerk.get(MARCH).json()["open"]["invested"] == "70.0000"
    year = clerk.get(f"{API}/projects/S1/progress/", {"year": 2017}).json()
    assert year["months"][2]["invested"] is None
    leader = client_for(district.leader)
    assert leader.get(MARCH).status_code == 404
    assert leader.get(f"{API}/progress-reports/").json()["count"] == 0
    assert clerk.get(f"{API}/progress-reports/", {"status": "draft"}).json()["count"] == 1


def test_the_year_gives_plan_schedule_and_twelve_months(district, clerk):
    project = district.street_project
    plan(project, 2017, 1200)
    report(project, 2017, 1, 80)
    report(project, 2017, 3, 250, note="桥台", physical_percent=30)
    year = clerk.get(f"{API}/projects/S1/progress/", {"year": 2017}).json()
    assert year["plan"]["planned_investment"] == "1200.0000"
    assert year["plan"]["schedule"][2] == "300.0000"
    january, february, march, april = year["months"][:4]
    assert len(year["months"]) == 12
    assert (january["scheduled"], january["scheduled_to_date"], january["to_date"]) == (
        "100.0000",
        "100.0000",
        "80.0000",
    )
    assert (february["invested"], february["to_date"], february["status"]) == (None, "80.0000", None)
    assert (march["to_date"], march["rate"], march["ahead_points"]) == ("330.0000", "0.275000", "2.5000")
    assert (march["note"], march["physical_percent"], march["status"]) == ("桥台", "30.00", "accepted")
    assert (april["invested"], april["to_date"], april["rate"]) == (None, None, None)


def test_the_year_as_it_was_known(district, clerk):
    first = report(district.street_project, 2017, 1, 80)
    moment = first.accepted_at.isoformat()
    report(district.street_project, 2017, 1, 60, reason="复核")
    url = f"{API}/projects/S1/progress/"
    assert clerk.get(url, {"year": 2017}).json()["months"][0]["invested"] == "60.0000"
    then = clerk.get(url, {"year": 2017, "as_of": moment}).json()
    assert then["months"][0]["invested"] == "80.0000"
    assert then["as_of"]


def test_the_year_is_asked_for_by_name(clerk):
    answer = clerk.get(f"{API}/projects/S1/progress/")
    assert (answer.status_code, paths(answer)) == (400, ["/year"])


def test_a_month_without_any_record_does_not_exist_yet(clerk):
    assert clerk.get(MARCH).status_code == 404


def test_more_than_the_total_investment_is_explained(district, clerk):
    district.street_project.total_investment = 100
    district.street_project.save()
    assert paths(clerk.put(MARCH, {"invested": "150"}))[0] == "/explanation"
    answer = clerk.put(MARCH, {"invested": "150", "explanation": "概算调整"})
    assert answer.status_code == 201
    assert "超过计划总投资" in answer.json()["warnings"][0]


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_answered_is_not_recorded(clerk):
    with mock.patch("projects.services.workflow.allowed", side_effect=RuntimeError):
        assert clerk.put(MARCH, {"invested": "100"}).status_code == 500
    assert not ProgressReport.objects.exists()
    assert not AuditEvent.objects.exists()
