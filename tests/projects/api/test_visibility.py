"""Who sees and changes what: the matrix of roles and subtrees."""

import pytest

from tests.clients import API, client_for
from tests.factories import plan, report

READERS = {
    "reporter": {"S1"},
    "leader": {"S1", "T1", "U1"},
    "reviewer": {"S1", "T1", "U1"},
}
# (who, project) → what PATCH, asking for a plan, setting one and a month answer.
WRITES = {
    ("reporter", "S1"): (200, 201, 403, 201),
    ("reporter", "T1"): (404, 400, 403, 404),
    ("reporter", "U1"): (404, 400, 403, 404),
    ("leader", "S1"): (403, 403, 403, 403),
    ("reviewer", "S1"): (200, 201, 201, 201),
    ("reviewer", "U1"): (200, 201, 201, 201),
    ("honours", "S1"): (403, 403, 403, 403),
    ("nobody", "S1"): (403, 403, 403, 403),
}


@pytest.mark.parametrize("who", READERS)
def test_lists_details_plans_and_reports_show_the_visible_projects_only(district, who):
    for project in (district.street_project, district.town_project, district.unled_project):
        plan(project, 2017, 1200)
        report(project, 2017, 1, 50)
    client, seen = client_for(getattr(district, who)), READERS[who]
    assert {row["code"] for row in client.get(f"{API}/projects/").json()["results"]} == seen
    assert {row["project"] for row in client.get(f"{API}/annual-plans/").json()["results"]} == seen
    assert {row["project"] for row in client.get(f"{API}/progress-reports/").json()["results"]} == seen
    for code in ("S1", "T1", "U1"):
        answers = {
            client.get(f"{API}/projects/{code}/").status_code,
            client.get(f"{API}/projects/{code}/progress/?year=2017").status_code,
            client.get(f"{API}/projects/{code}/progress/2017/1/").status_code,
            client.get(f"{API}/annual-plans/{id_of(district, code)}/").status_code,
        }
        assert answers == ({200} if code in seen else {404})
    total = client.get(f"{API}/statistics/overview/?year=2017&month=1").json()["total"]
    assert (total["projects"], total["plan"]) == (len(seen), f"{len(seen) * 1200}.0000")


def id_of(district, code: str) -> int:
    projects = (district.street_project, district.town_project, district.unled_project)
    return next(project for project in projects if project.code == code).plans.get().pk


@pytest.mark.parametrize(("who", "code"), WRITES)
def test_writes_stay_within_reach(district, who, code):
    client = client_for(getattr(district, who))
    answers = (
        client.patch(f"{API}/projects/{code}/", {"note": "改"}).status_code,
        client.post(f"{API}/plan-changes/", {"project": code, "year": 2017, "planned_investment": 5}).status_code,
        client.post(f"{API}/annual-plans/", {"project": code, "year": 2018, "planned_investment": 5}).status_code,
        client.put(f"{API}/projects/{code}/progress/2017/1/", {"invested": "1"}).status_code,
    )
    assert answers == WRITES[who, code]


@pytest.mark.parametrize("who", ["honours", "nobody"])
def test_those_without_a_role_over_projects_are_told_so_whether_or_not_one_exists(district, who):
    client = client_for(getattr(district, who))
    assert {client.get(f"{API}/projects/{code}/").status_code for code in ("S1", "NONE")} == {403}


def test_not_visible_and_not_existing_look_the_same(district):
    client = client_for(district.reporter)
    assert client.get(f"{API}/projects/T1/").json() == client.get(f"{API}/projects/NONE/").json()


def test_visible_as_leader_of_one_unit_is_not_in_reach_as_reporter_of_another(district):
    district.reporter.memberships.create(unit=district.town, role="leader")
    client = client_for(district.reporter)
    assert client.get(f"{API}/projects/T1/").json()["may_change"] is False
    refused = client.put(f"{API}/projects/T1/progress/2017/1/", {"invested": "1"})
    assert (refused.status_code, refused.json()["code"]) == (403, "out_of_reach")
    assert "某镇" in refused.json()["detail"]


def test_an_ended_membership_reaches_nothing(district):
    district.reporter.memberships.update(active=False)
    assert client_for(district.reporter).get(f"{API}/projects/S1/").status_code == 403


def test_a_parent_out_of_sight_reads_as_none(district):
    district.street_project.parent = district.town_project
    district.street_project.save()
    shown = client_for(district.reporter).get(f"{API}/projects/S1/").json()
    assert (shown["parent"], shown["parent_name"]) == (None, None)
    assert client_for(district.reporter).get(f"{API}/projects/").json()["results"] == [shown]
    shown = client_for(district.leader).get(f"{API}/projects/S1/").json()
    assert (shown["parent"], shown["parent_name"]) == ("T1", "镇学校")
    # What is not shown is not lost.
    assert client_for(district.reporter).patch(f"{API}/projects/S1/", {"note": "改"}).json()["parent"] is None
    district.street_project.refresh_from_db()
    assert district.street_project.parent == district.town_project


def test_phone_numbers_are_for_those_who_may_change_the_project(district):
    def phone(user):
        return client_for(user).get(f"{API}/projects/S1/").json()["contact_phone"]

    assert phone(district.reporter) == phone(district.reviewer) == "13812345678"
    assert phone(district.leader) == "138****5678"


def test_published_against_registered_holds_only_visible_projects(district):
    from tests.factories import PublishedFigureFactory

    PublishedFigureFactory(value=1)
    plan(district.street_project, 2017, 10000)
    plan(district.town_project, 2017, 20000)
    url = f"{API}/statistics/published/?year=2017"
    assert client_for(district.reporter).get(url).json()["figures"][0]["registered"] == "1.0000"
    (figure,) = client_for(district.leader).get(url).json()["figures"]
    assert (figure["registered"], figure["gap"], figure["published"]["value"]) == ("3.0000", "2.0000", "1.0000")


def test_what_the_register_does_not_know_is_null_beside_the_published(district):
    from tests.factories import PublishedFigureFactory

    PublishedFigureFactory(value=3216, measure="total_investment")
    (figure,) = client_for(district.leader).get(f"{API}/statistics/published/?year=2017").json()["figures"]
    assert (figure["registered"], figure["gap"]) == (None, None)
