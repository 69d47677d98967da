"""The months' way over the API: who may take which verb, what a refusal tells, and what the lists answer."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from erqi.accounts.roles import Role
from projects.models import ProgressReport, ReportingPeriod
from projects.services import workflow
from projects.services.progress import record_month
from tests.clients import API, client_for, paths
from tests.factories import report, user_with

REPORTS = f"{API}/progress-reports/"


@pytest.fixture
def head(district):
    """Signs for the street."""
    return user_with(Role.ENDORSER, over=district.street, username="head")


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer)


def filed(district, month=3, *, project=None, by=None, draft=False, **values) -> ProgressReport:
    values = {"invested": month * 10, "physical_percent": month * 5, **values}
    return record_month(
        project=project or district.street_project,
        year=2017,
        month=month,
        by=by or district.reporter,
        draft=draft,
        **values,
    ).report


def signed(month=3) -> ReportingPeriod:
    return ReportingPeriod.objects.create(
        year=2017, month=month, opens=date(2017, month, 1), due=date(2017, month, 25), endorsed=True
    )


def call(client, row, verb, **body):
    return client.post(f"{REPORTS}{row.pk}/{verb}/", body)


# The way


def test_from_draft_to_accepted_each_step_names_who_and_when(district, clerk, bureau, head):
    draft = filed(district, draft=True)
    assert call(clerk, draft, "submit").json()["status"] == "submitted"
    endorsed = call(client_for(head), draft, "endorse")
    assert (endorsed.status_code, endorsed.json()["endorsed_by"]) == (200, str(head))
    accepted = call(bureau, draft, "accept").json()
    assert (accepted["status"], accepted["accepted_by"]) == ("accepted", str(district.reviewer))
    assert (accepted["submitted_by"], accepted["recorded_by"]) == (str(district.reporter),) * 2
    assert accepted["accepted_at"] >= accepted["endorsed_at"] >= accepted["submitted_at"]
    assert accepted["allowed_actions"] == ["reopen"]


def test_a_return_gives_its_reason_and_fields_and_is_counted(district, clerk, bureau):
    row = filed(district)
    returned = call(bureau, row, "return", reason="与台账不符", fields=["invested", "note"]).json()
    assert (returned["status"], returned["returns"], returned["returned_by"]) == ("returned", 1, str(district.reviewer))
    assert (returned["return_reason"], returned["return_fields"]) == ("与台账不符", ["invested", "note"])
    first_filed = returned["filed_at"]
    again = clerk.put(f"{API}/projects/S1/progress/2017/3/", {"invested": "25"}).json()["report"]
    assert (again["status"], again["returns"], again["filed_at"]) == ("submitted", 1, first_filed)


def test_a_correction_is_a_revision_beside_what_is_in_force(district, bureau):
    accepted = report(district.street_project, 2017, 3, 30)
    correction = call(bureau, accepted, "reopen", reason="审计发现多报")
    assert correction.status_code == 201
    assert (correction.json()["revision"], correction.json()["status"]) == (2, "returned")
    assert correction.json()["id"] != accepted.pk
    assert bureau.get(f"{REPORTS}{accepted.pk}/").json()["status"] == "accepted"
    dropped = bureau.post(f"{REPORTS}{correction.json()['id']}/dismiss/", {"reason": "核对无误"})
    assert (dropped.status_code, dropped.json()["allowed_actions"]) == (200, [])


def test_withdrawn_it_is_a_draft_again(district, clerk, bureau):
    row = filed(district)
    assert call(clerk, row, "withdraw").json()["status"] == "draft"
    assert bureau.get(f"{REPORTS}{row.pk}/").status_code == 200  # the bureau may file for a unit without an account


@pytest.mark.parametrize("verb", ["return", "reopen", "dismiss"])
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": 5}])
def test_a_verb_that_needs_a_reason_names_it(district, bureau, verb, body):
    answer = call(bureau, filed(district), verb, **body)
    assert (answer.status_code, paths(answer)) == (400, ["/reason"])


def test_a_return_points_at_fields_there_are(district, bureau):
    answer = call(bureau, filed(district), "return", reason="改", fields=["note", "colour"])
    assert (answer.status_code, paths(answer)) == (400, ["/fields/1"])


def test_a_verb_takes_no_words_it_does_not_know(district, bureau):
    row = filed(district)
    assert paths(call(bureau, row, "accept", reason="好")) == ["/reason"]
    assert bureau.get(f"{REPORTS}{row.pk}/").json()["status"] == "submitted"


def test_submitting_may_explain_what_the_checks_ask_about(district, clerk):
    filed(district, 2)
    row = filed(district, 3, invested=20, draft=True)
    assert paths(call(clerk, row, "submit"))[0] == "/explanation"
    shown = call(clerk, row, "submit", explanation="月度均衡施工").json()
    assert (shown["explanation"], [finding["code"] for finding in shown["findings"]]) == (
        "月度均衡施工",
        ["same_as_last"],
    )


def test_findings_come_in_the_language_asked_for(district, clerk):
    filed(district, 2)
    row = filed(district, 3, invested=20, explanation="均衡")
    (finding,) = clerk.get(f"{REPORTS}{row.pk}/").json()["findings"]
    assert (finding["message"], finding["facts"]) == ("与上月完成的 20 万元相同。", {"invested": "20"})


# Refusals


def test_the_one_who_comes_second_is_told_who_was_first(district, bureau):
    row = filed(district)
    call(bureau, row, "accept")
    second = call(client_for(user_with(Role.REVIEWER, over=district.area)), row, "return", reason="晚了")
    told = second.json()
    assert (second.status_code, told["code"], told["state"]) == (409, "wrong_state", "accepted")
    assert told["by"] == str(district.reviewer)
    assert told["at"] == ProgressReport.objects.get().accepted_at.isoformat()
    assert str(district.reviewer) in told["detail"]


def test_nobody_accepts_or_signs_their_own(district, bureau, head):
    own = filed(district, by=district.reviewer)
    answer = call(bureau, own, "accept")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_work")
    district.reporter.memberships.create(unit=district.street, role=Role.ENDORSER)
    answer = call(client_for(district.reporter), filed(district, 4), "endorse")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_work")


@pytest.mark.parametrize(
    ("who", "verb", "expected"),
    [
        ("reporter", "accept", (403, "role_not_allowed")),
        ("reporter", "return", (403, "role_not_allowed")),
        ("leader", "accept", (403, "role_not_allowed")),
        ("head", "submit", (403, "role_not_allowed")),
        ("head", "accept", (403, "role_not_allowed")),
        ("nobody", "accept", (403, "role_not_allowed")),
        # Not seen by those who do not decide, so it does not exist for them.
        ("town_head", "endorse", (404, "not_found")),
        ("town_reporter", "withdraw", (404, "not_found")),
        # Seen, but decided elsewhere.
        ("seeing_head", "endorse", (403, "out_of_reach")),
    ],
)
def test_verbs_stay_within_roles_and_reach(district, head, who, verb, expected):
    row = filed(district)
    people = {
        "head": head,
        "town_head": user_with(Role.ENDORSER, over=district.town),
        "town_reporter": user_with(Role.REPORTER, over=district.town),
        "seeing_head": user_with(Role.ENDORSER, over=district.town),
    }
    people["seeing_head"].memberships.create(unit=district.street, role=Role.REPORTER)
    user = people.get(who) or getattr(district, who)
    answer = call(client_for(user), row, verb, **({"reason": "改"} if verb == "return" else {}))
    assert (answer.status_code, answer.json()["code"]) == expected
    row.refresh_from_db()
    assert row.status == "submitted"


def test_a_month_that_must_be_signed_is_not_accepted_before(district, bureau, head):
    signed()
    row = filed(district)
    workflow_says = bureau.get(f"{REPORTS}{row.pk}/").json()["allowed_actions"]
    assert "accept" not in workflow_says
    refused = call(bureau, row, "accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_endorsed")
    call(client_for(head), row, "endorse")
    assert call(bureau, row, "accept").status_code == 200


# allowed_actions


def test_each_row_says_what_this_person_may_do_with_it(district, clerk, bureau, head):
    rows = {
        "draft": filed(district, 1, draft=True),
        "submitted": filed(district, 2),
        "own": filed(district, 3, by=district.reviewer),
        "accepted": report(district.street_project, 2017, 4, 40),
    }
    signer = client_for(head)

    def allowed(client):
        shown = {row["id"]: row["allowed_actions"] for row in client.get(REPORTS).json()["results"]}
        return {name: shown.get(row.pk) for name, row in rows.items()}

    assert allowed(clerk) == {"draft": ["submit"], "submitted": ["withdraw"], "own": ["withdraw"], "accepted": []}
    assert allowed(signer) == {
        "draft": None,
        "submitted": ["endorse", "return"],
        "own": ["endorse", "return"],
        "accepted": [],
    }
    assert allowed(bureau)["submitted"] == ["return", "accept"]
    assert "accept" not in allowed(bureau)["own"]
    assert allowed(bureau)["accepted"] == ["reopen"]


@pytest.mark.parametrize("who", ["reporter", "head", "reviewer", "leader"])
def test_whatever_is_allowed_works_and_whatever_is_not_is_refused(district, head, who):
    user = head if who == "head" else getattr(district, who)
    client = client_for(user)
    rows = [filed(district, 1, draft=True), filed(district, 2), report(district.street_project, 2017, 4, 40)]
    for row in rows:
        seen = client.get(f"{REPORTS}{row.pk}/")
        allowed = seen.json()["allowed_actions"] if seen.status_code == 200 else []
        for step in workflow.STEPS:
            row.refresh_from_db()
            kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
            answer = call(client, row, step.verb, **({"reason": "改"} if step.words else {}))
            assert (answer.status_code in {200, 201}) == (step.verb in allowed), (row.status, step.verb, answer.content)
            ProgressReport.objects.filter(revision__gt=1).delete()
            ProgressReport.objects.filter(pk=row.pk).update(**kept)


# Lists


def ids(client, **query) -> set[int]:
    answer = client.get(REPORTS, query)
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def test_lists_answer_what_a_dashboard_asks(district, bureau):
    returned = filed(district, 2)
    workflow.return_report(returned, by=district.reviewer, reason="改")
    waiting, accepted = filed(district, 3), report(district.town_project, 2017, 3, 30)
    assert ids(bureau, status="submitted,returned") == {waiting.pk, returned.pk}
    assert ids(bureau, status="accepted") == {accepted.pk}
    assert ids(bureau, year=2017, month=3) == {waiting.pk, accepted.pk}
    assert ids(bureau, unit="street") == {returned.pk, waiting.pk}
    assert ids(bureau, category="homes") == ids(bureau, project="T1") == {accepted.pk}
    assert ids(bureau, returned="true") == {returned.pk}
    assert ids(bureau, returned="false") == {waiting.pk, accepted.pk}
    assert ids(bureau, waiting_for_review="true") == {waiting.pk}
    assert ids(bureau, waiting_for_review="false") == {returned.pk, accepted.pk}


def test_on_time_is_asked_of_months_with_a_deadline(district, bureau):
    for month in (3, 4):
        due = timezone.localdate() + timedelta(days=1 if month == 3 else -1)
        ReportingPeriod.objects.create(year=2017, month=month, opens=date(2017, month, 1), due=due)
    timely, late = filed(district, 3), filed(district, 4)
    filed(district, 5)
    assert ids(bureau, on_time="true") == {timely.pk}
    assert ids(bureau, on_time="false") == {late.pk}


def test_days_of_filing_and_acceptance_are_those_of_the_users_and_both_ends_count(district, bureau):
    row = report(district.street_project, 2017, 3, 30)
    # Half past midnight in Zhengzhou is still the day before in UTC.
    moment = timezone.make_aware(timezone.datetime(2017, 4, 2, 0, 30))
    ProgressReport.objects.update(filed_at=moment, accepted_at=moment)
    for name in ("filed", "accepted"):
        assert ids(bureau, **{f"{name}_from": "2017-04-02", f"{name}_to": "2017-04-02"}) == {row.pk}
        assert not ids(bureau, **{f"{name}_from": "2017-04-03"})
        assert not ids(bureau, **{f"{name}_to": "2017-04-01"})


def test_waiting_for_me_is_what_i_may_sign_or_accept(district, head):
    signed(3)
    signed(4)
    to_sign, to_accept, own = filed(district, 3), filed(district, 5), filed(district, 6, by=district.reviewer)
    endorsed = workflow.endorse(filed(district, 4), by=head)
    filed(district, 7, draft=True)
    filed(district, 3, project=district.town_project, by=district.reviewer)
    expected = {
        head: {to_sign.pk, to_accept.pk, own.pk},
        district.reviewer: {to_accept.pk, endorsed.pk},
        district.reporter: set(),
        district.leader: set(),
    }
    for user, waiting in expected.items():
        client = client_for(user)
        assert ids(client, waiting_for_me="true") == waiting
        shown = client.get(REPORTS).json()["results"]
        assert {row["id"] for row in shown if {"endorse", "accept"} & set(row["allowed_actions"])} == waiting
        assert ids(client, waiting_for_me="false") == {row["id"] for row in shown} - waiting


@pytest.mark.parametrize(("who", "sees"), [("reporter", 3), ("head", 2), ("reviewer", 3), ("leader", 1), ("other", 0)])
def test_drafts_and_filings_are_seen_by_those_who_handle_them(district, head, who, sees):
    filed(district, 1, draft=True)
    filed(district, 2)
    report(district.street_project, 2017, 3, 30)
    people = {"head": head, "other": user_with(Role.REPORTER, over=district.town)}
    client = client_for(people.get(who) or getattr(district, who))
    assert client.get(REPORTS).json()["count"] == sees
    statuses = [client.get(f"{REPORTS}{row.pk}/").status_code for row in ProgressReport.objects.all()]
    assert sorted(statuses) == [200] * sees + [404] * (3 - sees)
