"""Asking for a plan and deciding it over the API."""

import pytest

from erqi.accounts.roles import Role
from projects.models import AnnualPlan, PlanChange
from tests.clients import API, client_for, paths
from tests.factories import plan, user_with

CHANGES = f"{API}/plan-changes/"


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer)


def body(**changes) -> dict:
    return {"project": "S1", "year": 2017, "planned_investment": "900", "reason": "资金未到位", **changes}


def call(client, change: dict, verb: str, **words):
    return client.post(f"{CHANGES}{change['id']}/{verb}/", words)


def test_a_plan_is_asked_for_by_the_unit_and_approved_by_the_bureau(district, clerk, bureau):
    plan(district.street_project, 2017, 1200)
    asked = clerk.post(CHANGES, body())
    assert asked.status_code == 201
    change = asked.json()
    assert (change["status"], change["requested_by"]) == ("pending", str(district.reporter))
    assert (change["basis"]["version"], change["basis"]["planned_investment"]) == (1, "1200.0000")
    assert (change["result"], change["allowed_actions"]) == (None, ["withdraw"])
    assert AnnualPlan.objects.current().get().planned_investment == 1200
    approved = call(bureau, change, "approve", note="同意").json()
    assert (approved["status"], approved["decided_by"]) == ("approved", str(district.reviewer))
    assert approved["decision_note"] == "同意"
    assert (approved["result"]["version"], approved["result"]["planned_investment"]) == (2, "900.0000")
    assert AnnualPlan.objects.current().get().pk == approved["result"]["id"]
    assert clerk.get(f"{CHANGES}{change['id']}/").json() == {**approved, "allowed_actions": []}


def test_the_same_request_again_changes_nothing(clerk):
    first, again = clerk.post(CHANGES, body()), clerk.post(CHANGES, body())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_another_request_waits_for_the_first(district, clerk):
    clerk.post(CHANGES, body())
    refused = clerk.post(CHANGES, body(planned_investment="800"))
    told = refused.json()
    assert (refused.status_code, told["code"], told["state"]) == (409, "plan_change_pending", "pending")
    assert told["by"] == str(district.reporter)


def test_what_is_in_force_already_is_not_asked_for(district, clerk):
    plan(district.street_project, 2017, 900)
    refused = clerk.post(CHANGES, body())
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_unchanged")
    assert not PlanChange.objects.exists()


def test_changing_a_plan_takes_a_reason(district, clerk):
    plan(district.street_project, 2017, 1200)
    assert paths(clerk.post(CHANGES, body(reason=""))) == ["/reason"]


def test_twelve_months_are_kept_as_they_were_asked_for(clerk, bureau):
    curve = ["0", "0", "50", "50"] + ["100"] * 8
    change = clerk.post(CHANGES, body(schedule=curve)).json()
    assert change["schedule"] == [f"{amount}.0000" for amount in curve]
    assert paths(clerk.post(CHANGES, body(year=2018, schedule=[*curve[:11], "99"]))) == ["/schedule"]
    plan_id = call(bureau, change, "approve").json()["result"]["id"]
    assert bureau.get(f"{API}/annual-plans/{plan_id}/").json()["schedule"][3] == "100.0000"


def test_nobody_decides_their_own_request(bureau):
    own = bureau.post(CHANGES, body()).json()
    assert own["allowed_actions"] == ["withdraw"]
    for verb, words in (("approve", {}), ("reject", {"reason": "不"})):
        answer = call(bureau, own, verb, **words)
        assert (answer.status_code, answer.json()["code"]) == (403, "own_work")


def test_a_refusal_gives_its_reason(clerk, bureau):
    change = clerk.post(CHANGES, body()).json()
    assert paths(call(bureau, change, "reject")) == ["/reason"]
    rejected = call(bureau, change, "reject", reason="依据不足").json()
    assert (rejected["status"], rejected["decision_note"]) == ("rejected", "依据不足")


def test_the_one_who_comes_second_is_told_who_was_first(district, clerk, bureau):
    change = clerk.post(CHANGES, body()).json()
    call(bureau, change, "approve")
    colleague = client_for(user_with(Role.REVIEWER, over=district.area))
    for client, verb, words in ((colleague, "reject", {"reason": "不"}), (clerk, "withdraw", {})):
        refused = call(client, change, verb, **words)
        assert (refused.status_code, refused.json()["state"]) == (409, "approved")
        assert refused.json()["by"] == str(district.reviewer)


def test_a_request_may_be_withdrawn_until_it_is_decided(clerk):
    change = clerk.post(CHANGES, body()).json()
    assert call(clerk, change, "withdraw").json()["status"] == "withdrawn"
    assert clerk.post(CHANGES, body(planned_investment="800")).status_code == 201


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("reporter", "approve", 403),
        ("leader", "approve", 403),
        ("leader", "withdraw", 403),
        ("town", "withdraw", 404),
        ("nobody", "approve", 403),
    ],
)
def test_verbs_stay_within_roles_and_reach(district, clerk, who, verb, status):
    change = clerk.post(CHANGES, body()).json()
    user = user_with(Role.REPORTER, over=district.town) if who == "town" else getattr(district, who)
    assert call(client_for(user), change, verb).status_code == status
    assert PlanChange.objects.get().status == "pending"


def test_requests_are_found_by_state_year_project_unit_and_category(district, clerk, bureau):
    mine = clerk.post(CHANGES, body()).json()["id"]
    theirs = bureau.post(CHANGES, body(project="T1", year=2018)).json()
    call(bureau, theirs, "withdraw")

    def ids(**query):
        return {row["id"] for row in bureau.get(CHANGES, query).json()["results"]}

    assert ids() == ids(status="pending,withdrawn") == {mine, theirs["id"]}
    assert ids(status="pending") == ids(year=2017) == ids(project="S1") == ids(unit="street") == {mine}
    assert ids(category="homes") == {theirs["id"]}
    assert {row["id"] for row in clerk.get(CHANGES).json()["results"]} == {mine}
