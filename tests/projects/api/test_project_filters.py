"""Projects chosen by how they stand in a month: what the API, the register page and the export share."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from erqi.accounts.roles import Role
from projects.models import AnnualPlan, Light, LightRuleSet, ProgressReport, Project
from tests import factories
from tests.clients import API, client_for, paths

pytestmark = pytest.mark.usefixtures("kept_district")
PROJECTS = f"{API}/projects/"


def lit(project, colour, year=2017, month=2) -> None:
    rules, _new = LightRuleSet.objects.get_or_create(code="test", defaults={"name": "试行"})
    Light.objects.create(
        project=project,
        year=year,
        month=month,
        dimension=Light.Dimension.OVERALL,
        colour=colour,
        rules=rules,
        since_year=year,
        since_month=month,
        computed_at=timezone.now(),
    )


@pytest.fixture(scope="module")
def kept_district(kept_district):
    """To February 2017: S1 on schedule, T1 behind and red, U1 without plan; 2016 was another matter."""
    street, town, unled = kept_district.street_project, kept_district.town_project, kept_district.unled_project
    factories.plan(street, 2017, "1200", year_class="continued")
    factories.plan(town, 2017, "600", year_class="new_start")
    factories.plan(unled, 2016, "100", year_class="continued")
    for month in (1, 2):
        factories.report(street, 2017, month, "100")
    factories.report(town, 2017, 1, "99.9999")
    lit(street, "green")
    lit(street, "red", month=1)
    lit(town, "red")
    lit(unled, "grey", year=2016, month=12)
    return kept_district


@pytest.fixture
def found(district):
    client = client_for(district.leader)

    def get(**query):
        answer = client.get(PROJECTS, query)
        assert answer.status_code == 200, answer.json()
        return [row["code"] for row in answer.json()["results"]]

    return get


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"light": "red"}, ["T1"]),
        ({"light": "red,green"}, ["S1", "T1"]),
        ({"light": "red", "month": "1"}, ["S1"]),
        ({"light": "grey"}, []),
        ({"light": "grey", "year": "2016"}, ["U1"]),
        ({"gap": "plan"}, ["U1"]),
        ({"gap": "plan", "year": "2016"}, ["S1", "T1"]),
        ({"gap": "report"}, ["T1"]),
        ({"gap": "report", "month": "3"}, ["S1", "T1"]),
        ({"gap": "unit"}, ["U1"]),
        ({"year_class": "continued"}, ["S1"]),
        ({"year_class": "continued", "year": "2016"}, ["U1"]),
        ({"behind": "true"}, ["T1"]),
        ({"behind": "true", "month": "3"}, ["S1", "T1"]),
        ({"behind": "false"}, ["S1", "U1"]),
        ({"year": "2017", "month": "2"}, ["S1", "T1", "U1"]),
    ],
    ids=str,
)
def test_how_a_project_stands_in_a_month(found, query, codes):
    assert found(**query) == codes


def test_without_a_month_it_is_the_newest_of_what_the_reader_sees(district):
    """The town has reported January only; of what others reported, its clerk learns nothing."""
    clerk = client_for(factories.user_with(Role.REPORTER, over=district.town))
    assert [row["code"] for row in clerk.get(PROJECTS, {"gap": "report"}).json()["results"]] == []
    assert [row["code"] for row in clerk.get(PROJECTS, {"gap": "report", "month": 2}).json()["results"]] == ["T1"]


def test_on_schedule_to_the_yuan_is_not_behind(district, found):
    """0.1 + 0.2 is 0.3, in whatever way the database adds."""
    months = [Decimal(amount) for amount in ("0.1", "0.2", "0.6", *"000000000")]
    factories.plan(district.unled_project, 2017, "0.9", schedule=months)
    factories.report(district.unled_project, 2017, 1, "0.1")
    assert "U1" in found(behind="true", month="2")
    factories.report(district.unled_project, 2017, 2, "0.2")
    assert "U1" not in found(behind="true", month="2")


def test_a_plan_of_nothing_is_never_behind(district, found):
    factories.plan(district.unled_project, 2017, "0")
    assert "U1" not in found(behind="true")


def test_behind_the_original_plan_or_the_one_in_force(district, found):
    factories.plan(district.town_project, 2017, "300", year_class="continued", reason="下调")
    assert found(behind="true") == []
    assert found(behind="true", baseline="original") == ["T1"]
    assert found(year_class="new_start") == []
    assert found(year_class="new_start", baseline="original") == ["T1"]


def test_as_it_was_known(district, found):
    early = datetime(2017, 2, 1, tzinfo=UTC)
    AnnualPlan.objects.update(recorded_at=early)
    ProgressReport.objects.update(accepted_at=datetime(2017, 3, 10, tzinfo=UTC), recorded_at=early)
    asked = {"behind": "true", "year": "2017", "month": "2"}
    assert found(**asked, as_of="2017-03-01T00:00:00Z") == ["S1", "T1"]
    assert found(**asked, as_of="2017-03-11T00:00:00Z") == ["T1"]
    assert found(**asked, as_of="2017-01-01T00:00:00Z") == []


def test_behind_is_what_the_figures_say(district, found):
    """The filter and the columns are two readings of the same rows."""
    for month in range(1, 13):
        rows = Project.objects.with_progress(2017, month)
        late = [row.code for row in rows if row.plan and (row.done or 0) < row.scheduled]
        assert found(behind="true", year="2017", month=str(month)) == late


def test_a_programme_with_everything_inside_it(district, found):
    homes = district.town_project.category
    top = factories.ProgrammeFactory(code="top", category=homes)
    inner = factories.ProgrammeFactory(code="inner", category=homes, parent=top)
    innermost = factories.ProgrammeFactory(code="innermost", category=homes, parent=inner)
    Project.objects.filter(code="T1").update(programme=innermost)
    Project.objects.filter(code="U1").update(programme=top)
    assert found(programme_within="top") == ["T1", "U1"]
    assert found(programme_within="inner") == ["T1"]
    assert found(programme="top") == ["U1"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("light=orange", "/light"),
        ("light=red,orange", "/light"),
        ("light=red,", "/light"),
        ("light=red&light=green", "/light"),
        ("gap=everything", "/gap"),
        ("year_class=old", "/year_class"),
        ("behind=1", "/behind"),
        ("baseline=first", "/baseline"),
        ("as_of=2017-06-30", "/as_of"),
        ("programme_within=nothing", "/programme_within"),
        ("year=1999", "/year"),
        ("year=２０１７", "/year"),
        ("month=13", "/month"),
        ("month=", "/month"),
    ],
)
def test_what_is_not_understood_is_refused(district, query, path):
    answer = client_for(district.leader).get(f"{PROJECTS}?{query}")
    assert (answer.status_code, paths(answer)) == (400, [path]), answer.content


def test_nobody_sees_more_by_a_filter(district):
    clerk = client_for(district.reporter)
    for query in ({"behind": "false"}, {"gap": "unit"}, {"light": "red,green,grey,yellow"}):
        assert {row["code"] for row in clerk.get(PROJECTS, query).json()["results"]} <= {"S1"}


def test_the_schema_says_what_each_filter_means(root):
    schema = client_for(root).get(f"{API}/schema/", HTTP_ACCEPT="application/vnd.oai.openapi+json").json()
    described = {p["name"]: p.get("description") for p in schema["paths"][PROJECTS]["get"]["parameters"]}
    names = ("programme_within", "light", "gap", "year_class", "behind", "year", "month", "baseline", "as_of")
    assert all(described[name] for name in names)
