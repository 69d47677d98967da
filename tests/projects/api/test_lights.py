"""Lights over the API: found by what leaders ask for, worded in the reader's language, within the caller's reach."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Light, LightRuleSet
from projects.services import lights
from tests.clients import API, client_for, paths
from tests.factories import ProjectFactory, plan, report

pytestmark = pytest.mark.usefixtures("kept_district")
RULES = {"measure": "points", "investment_yellow": 10, "investment_red": 30, "start_yellow": 1}


@pytest.fixture(scope="module")
def kept_district(kept_district):
    """February: the street is behind (yellow), the town is not (green), nobody knows of the third (grey)."""
    LightRuleSet.objects.create(code="ours", name="规则", status="in_force", **RULES)
    for project, amount in ((kept_district.street_project, "60"), (kept_district.town_project, "200")):
        plan(project, 2017, 1200)
        report(project, 2017, 2, amount)
    lights.compute(months=[(2017, 1), (2017, 2)])
    return kept_district


@pytest.fixture
def get(district):
    def get(path="/lights/", who="leader", **query):
        return client_for(getattr(district, who)).get(API + path, query)

    return get


def found(answer) -> set[tuple[str, str]]:
    return {(row["project"], row["colour"]) for row in answer.json()["results"]}


def test_a_light_explains_itself(get):
    [row] = get(project="S1", month=2, dimension="investment").json()["results"]
    assert (row["colour"], row["colour_display"], row["rules"], row["rules_version"]) == ("yellow", "黄灯", "ours", 1)
    assert row["why"].startswith("累计完成 60 万元，时序 200 万元")
    assert row["threshold_words"] == "欠时序 10 个百分点起为黄；超过 30 个百分点为红"
    assert row["remedy_words"] == "再完成 20.0001 万元"
    assert (row["since_year"], row["since_month"], row["months_running"]) == (2017, 2, 1)
    assert get(f"/lights/{row['id']}/").json() == row


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"colour": "yellow"}, {("S1", "yellow")}),
        ({"colour": "yellow,green"}, {("S1", "yellow"), ("T1", "green")}),
        ({"unit": "street"}, {("S1", "yellow")}),
        ({"category": "homes"}, {("T1", "green"), ("U1", "grey")}),
        ({"months_running_min": 2}, {("U1", "grey")}),
        ({"project": "T1"}, {("T1", "green")}),
    ],
)
def test_filters(get, query, expected):
    assert found(get(year=2017, month=2, dimension="investment", **query)) == expected


def test_the_worst_dimension_can_be_asked_for(get):
    assert found(get(month=2, dimension="overall", worst="investment")) == {("S1", "yellow")}


@pytest.mark.parametrize("query", [{"colour": "blue"}, {"colour": "red,blue"}, {"dimension": "x"}, {"month": 13}])
def test_a_filter_that_means_nothing_is_refused(get, query):
    assert paths(get(**query)) == [f"/{next(iter(query))}"]


def test_only_of_visible_projects(get, district):
    assert {row["project"] for row in get(who="reporter").json()["results"]} == {"S1"}
    hidden = Light.objects.filter(project=district.town_project).first()
    assert get(f"/lights/{hidden.pk}/", who="reporter").status_code == 404
    assert get(who="honours").status_code == 403


def test_rule_sets_are_read_by_code_and_version(get):
    [row] = get("/light-rule-sets/").json()["results"]
    assert (row["code"], row["version"], row["investment_red"]) == ("ours", 1, "30.00")
    assert get("/light-rule-sets/ours/1/").json() == row
    assert get("/light-rule-sets/ours/2/").status_code == 404


class TestTrial:
    ADDRESS = "/light-rule-sets/ratio/1/trial/"

    @pytest.fixture(autouse=True)
    def ratio(self, db):
        LightRuleSet.objects.create(code="ratio", name="比例", measure="ratio", investment_yellow=0, investment_red=50)

    def test_shows_counts_and_what_would_change(self, get):
        answer = get(self.ADDRESS, year=2017, month=2).json()
        by_dimension = {row["dimension"]: row for row in answer["dimensions"]}
        assert by_dimension["investment"]["before"] == {"green": 1, "grey": 1, "yellow": 1, "red": 0}
        assert by_dimension["investment"]["after"] == {"green": 1, "grey": 1, "yellow": 0, "red": 1}
        [change] = [row for row in answer["changes"] if row["dimension"] == "investment"]
        assert (change["project"], change["before"], change["after"]) == ("S1", "yellow", "red")
        assert change["remedy_words"] == "再完成 140 万元"
        assert get(who="leader", month=2, project="S1", colour="red").json()["count"] == 0

    def test_counts_only_what_the_caller_sees(self, get):
        assert get(self.ADDRESS, who="reporter", year=2017, month=2).json()["projects"] == 1

    def test_needs_a_month(self, get):
        assert set(paths(get(self.ADDRESS))) == {"/year", "/month"}


class TestCounts:
    ADDRESS = "/statistics/lights/"

    def test_by_category_and_by_unit(self, get):
        answer = get(self.ADDRESS, year=2017, month=2, by="category", dimension="investment").json()
        assert answer["total"] == {"green": 1, "grey": 1, "yellow": 1, "red": 0}
        assert [(row["code"], row["yellow"], row["grey"]) for row in answer["groups"]] == [
            ("homes", 0, 1),
            ("roads", 1, 0),
        ]
        units = get(self.ADDRESS, year=2017, month=2, by="unit").json()["groups"]
        assert [row["code"] for row in units] == ["station", "town", None]

    def test_within_reach(self, get):
        answer = get(self.ADDRESS, who="reporter", year=2017, month=2, by="unit").json()
        assert sum(answer["total"].values()) == 1

    def test_a_grouping_that_is_not_there_is_refused(self, get):
        assert paths(get(self.ADDRESS, year=2017, month=2, by="street")) == ["/by"]


BUDGETS = {
    "/lights/?limit=200": 8,
    "/light-rule-sets/": 5,
    "/light-rule-sets/ours/1/trial/?year=2017&month=2": 16,
    "/statistics/lights/?year=2017&month=2&by=unit": 7,
    "/statistics/lights/?year=2017&month=2&by=category": 7,
}


@pytest.mark.parametrize("rows", [5, 50])
def test_calls_cost_the_same_for_any_number_of_projects(district, rows):
    for _ in range(rows):
        plan(ProjectFactory(area=district.area, lead_unit=district.town), 2017, 1200)
    lights.compute(months=[(2017, 2)], projects=None)
    client = client_for(district.leader)
    client.get(f"{API}/me/")
    for path, budget in BUDGETS.items():
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(API + path)
        assert answer.status_code == 200
        assert len(queries) <= budget, (path, len(queries))
