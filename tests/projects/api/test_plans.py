import pytest

from erqi.accounts.roles import Role
from projects.models import AnnualPlan
from tests.clients import API, client_for, paths
from tests.factories import plan, user_with

PLANS = f"{API}/annual-plans/"


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer)


def body(**changes) -> dict:
    return {"project": "S1", "year": 2017, "planned_investment": "1200", **changes}


def test_the_bureau_sets_a_plan_for_a_year_that_has_none(bureau):
    first, again = bureau.post(PLANS, body()), bureau.post(PLANS, body())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


def test_a_plan_in_force_is_changed_by_a_request_only(district, bureau):
    bureau.post(PLANS, body())
    refused = bureau.post(PLANS, body(planned_investment="900", reason="资金未到位"))
    told = refused.json()
    assert (refused.status_code, told["code"], told["how"]) == (409, "plan_in_force", "request_change")
    assert (told["version"], told["by"]) == (1, str(district.reviewer))
    assert "1,200 万元" in told["detail"]
    assert AnnualPlan.objects.get().planned_investment == 1200


def test_versions_are_listed_as_they_were_known_and_as_the_year_began(district, bureau):
    first = plan(district.street_project, 2017, 1200)
    plan(district.street_project, 2017, 900, reason="资金未到位")

    def shown(**query):
        return [row["planned_investment"] for row in bureau.get(PLANS, query).json()["results"]]

    assert shown() == shown(baseline="current") == ["900.0000"]
    assert shown(history="true", project="S1") == ["900.0000", "1200.0000"]
    assert shown(as_of=first.recorded_at.isoformat()) == ["1200.0000"]
    assert shown(baseline="original") == ["1200.0000"]
    assert shown(baseline="original", as_of=first.recorded_at.isoformat()) == ["1200.0000"]
    assert shown(baseline="original", as_of="2017-01-01T00:00:00Z") == []


def test_one_plan_of_each_year_and_every_version_exclude_each_other(bureau):
    answer = bureau.get(PLANS, {"baseline": "original", "history": "true"})
    assert (answer.status_code, paths(answer)) == (400, ["/baseline"])


def test_twelve_months_add_up_to_the_plan(bureau):
    curve = [0, 0, "50", "150"] + [125] * 8
    shown = bureau.post(PLANS, body(schedule=curve)).json()
    assert (shown["linear"], shown["schedule"][3], shown["schedule"][11]) == (False, "200.0000", "1200.0000")
    assert paths(bureau.post(PLANS, body(schedule=curve[:11]))) == ["/schedule"]
    assert paths(bureau.post(PLANS, body(schedule=[*curve[:11], "124"]))) == ["/schedule"]
    assert paths(bureau.post(PLANS, body(schedule=[*curve[:11], "x"]))) == ["/schedule/11"]


def test_a_project_out_of_sight_cannot_be_planned(district):
    client = client_for(user_with(Role.REVIEWER, over=district.street))
    assert paths(client.post(PLANS, body(project="T1"))) == ["/project"]


@pytest.mark.parametrize("year", ["1999", 2101, "２０１７", 2017.5, True])
def test_the_year_is_a_plain_number_in_range(bureau, year):
    assert paths(bureau.post(PLANS, body(year=year))) == ["/year"]
