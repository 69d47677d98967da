import pytest

from projects.models import AnnualPlan
from tests.clients import API, client_for, paths

PLANS = f"{API}/annual-plans/"


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


def body(**changes) -> dict:
    return {"project": "S1", "year": 2017, "planned_investment": "1200", **changes}


def test_a_plan_is_set_once_and_changed_with_a_reason(clerk):
    first, again = clerk.post(PLANS, body()), clerk.post(PLANS, body())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert paths(clerk.post(PLANS, body(planned_investment="900"))) == ["/reason"]
    changed = clerk.post(PLANS, body(planned_investment="900", reason="资金未到位"))
    assert (changed.status_code, changed.json()["version"]) == (201, 2)
    assert [row["version"] for row in clerk.get(PLANS).json()["results"]] == [2]
    versions = clerk.get(PLANS, {"history": "true", "project": "S1"}).json()["results"]
    assert [row["planned_investment"] for row in versions] == ["900.0000", "1200.0000"]
    then = clerk.get(PLANS, {"as_of": AnnualPlan.objects.get(version=1).recorded_at.isoformat()}).json()["results"]
    assert [row["version"] for row in then] == [1]


def test_twelve_months_add_up_to_the_plan(clerk):
    curve = [0, 0, "50", "150"] + [125] * 8
    shown = clerk.post(PLANS, body(schedule=curve)).json()
    assert (shown["linear"], shown["schedule"][3], shown["schedule"][11]) == (False, "200.0000", "1200.0000")
    assert paths(clerk.post(PLANS, body(schedule=curve[:11]))) == ["/schedule"]
    assert paths(clerk.post(PLANS, body(schedule=[*curve[:11], "124"]))) == ["/schedule"]
    assert paths(clerk.post(PLANS, body(schedule=[*curve[:11], "x"]))) == ["/schedule/11"]


def test_a_project_out_of_sight_cannot_be_planned(clerk):
    assert paths(clerk.post(PLANS, body(project="T1"))) == ["/project"]


@pytest.mark.parametrize("year", ["1999", 2101, "２０１７", 2017.5, True])
def test_the_year_is_a_plain_number_in_range(clerk, year):
    assert paths(clerk.post(PLANS, body(year=year))) == ["/year"]
