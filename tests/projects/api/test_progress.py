from datetime import timedelta
from threading import Barrier, Thread
from unittest import mock

import pytest
from django.db import connection
from django.utils import timezone

from erqi.core.models import AuditEvent
from projects.models import ProgressReport
from tests.clients import API, client_for, paths
from tests.factories import plan, report

MARCH = f"{API}/projects/S1/progress/2017/3/"


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


def test_the_first_call_creates_and_the_same_call_again_changes_nothing(district, clerk):
    plan(district.street_project, 2017, 1200)
    body = {"invested": "150.5", "physical_percent": "12.5", "note": "路基"}
    first, again = clerk.put(MARCH, body), clerk.put(MARCH, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["changed"], again.json()["changed"]) == (True, False)
    assert ProgressReport.objects.count() == 1
    assert AuditEvent.objects.filter(action="progress.record").count() == 1
    assert first.json()["report"] == again.json()["report"]
    answer = first.json()
    assert (answer["to_date"], answer["rate"], answer["ahead_points"]) == ("150.5000", "0.125417", "-12.4583")
    assert answer["report"]["status_display"] == "已认定"
    assert answer["report"]["accepted_by"] == str(district.reporter)


def test_an_accepted_month_is_revised_only_with_a_reason_that_names_who_and_when(clerk):
    clerk.put(MARCH, {"invested": "100"})
    refused = clerk.put(MARCH, {"invested": "90"})
    assert (refused.status_code, paths(refused)) == (400, ["/reason"])
    assert "100 万元" in refused.json()["errors"][0]["message"]
    revised = clerk.put(MARCH, {"invested": "90", "reason": "复核"})
    assert (revised.status_code, revised.json()["report"]["revision"]) == (200, 2)
    month = clerk.get(MARCH).json()
    assert [row["invested"] for row in month["revisions"]] == ["90.0000", "100.0000"]
    assert (month["in_force"]["revision"], month["draft"]) == (2, None)


def test_the_year_to_date_may_be_given_instead_and_must_agree_with_both(clerk):
    clerk.put(f"{API}/projects/S1/progress/2017/2/", {"invested": "40"})
    derived = clerk.put(MARCH, {"invested_to_date": "100"})
    assert derived.json()["report"]["invested"] == "60.0000"
    assert clerk.put(MARCH, {"invested": "60", "invested_to_date": "100"}).json()["changed"] is False
    refused = clerk.put(MARCH, {"invested": "61", "invested_to_date": "100", "reason": "改"})
    assert (refused.status_code, paths(refused)) == (400, ["/invested_to_date"])


def test_nothing_to_record_is_refused(clerk):
    assert paths(clerk.put(MARCH, {})) == ["/invested"]


def test_a_negative_month_needs_a_reason(clerk):
    assert paths(clerk.put(MARCH, {"invested": "-5"})) == ["/reason"]
    assert clerk.put(MARCH, {"invested": "-5", "reason": "上月多报"}).status_code == 201


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
    assert clerk.get(MARCH).json()["draft"]["invested"] == "70.0000"
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


def test_more_than_the_total_investment_is_a_warning(district, clerk):
    district.street_project.total_investment = 100
    district.street_project.save()
    answer = clerk.put(MARCH, {"invested": "150"})
    assert answer.status_code == 201
    assert "已超过计划总投资" in answer.json()["warnings"][0]


@pytest.mark.django_db(transaction=True)
def test_what_cannot_be_answered_is_not_recorded(clerk):
    with mock.patch("projects.api.progress.project_year", side_effect=RuntimeError):
        assert clerk.put(MARCH, {"invested": "100"}).status_code == 500
    assert not ProgressReport.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_calls_at_the_same_moment_leave_one_row_in_force(district):
    together, answers = Barrier(2), []

    def call(amount):
        client = client_for(district.reporter)
        together.wait()
        try:
            answers.append(client.put(MARCH, {"invested": amount}).status_code)
        finally:
            connection.close()

    threads = [Thread(target=call, args=[amount]) for amount in ("10", "20")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The one that came second met an accepted month and gave no reason.
    assert sorted(answers) == [201, 400]
    assert ProgressReport.objects.in_force().count() == 1
