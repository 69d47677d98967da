"""The statistics equal what anybody would count by hand from the rows."""

from collections import defaultdict
from copy import deepcopy
from decimal import Decimal
from random import Random

import pytest

from projects.models import LightRuleSet, Project
from projects.services import periods
from tests.clients import API, client_for, paths
from tests.factories import CategoryFactory, ProjectFactory, plan, report
from tests.factories import recount as recount_totals

pytestmark = pytest.mark.usefixtures("kept_district")
OVERVIEW = f"{API}/statistics/overview/"


@pytest.fixture(scope="class")
def kept_busy(kept_by_class, kept_district):
    """Two dozen projects with random plans and months; what was done is kept beside it, in plain Python."""
    district, random, rows = deepcopy(kept_district), Random(410103), []
    categories = CategoryFactory.create_batch(2)
    for number in range(24):
        unit = random.choice([district.street, district.station, district.town, None])
        project = ProjectFactory(
            code=f"R{number}",
            area=district.area,
            lead_unit=unit,
            category=random.choice(categories),
            stage=random.choice(["", Project.Stage.CONSTRUCTION, Project.Stage.SUSPENDED]),
        )
        row = {"project": project, "unit": unit, "plan": None, "months": {}}
        if random.random() < 0.8:
            row["plan"] = Decimal(random.randrange(12, 60_000_000)) / 10_000
            plan(project, 2017, row["plan"])
        for month in random.sample(range(1, 8), random.randrange(5)):
            row["months"][month] = Decimal(random.randrange(9_000_000)) / 10_000
            report(project, 2017, month, row["months"][month])
        rows.append(row)
    return rows


@pytest.fixture
def busy(kept_busy, db):
    return deepcopy(kept_busy)


def recount(rows: list[dict], month: int) -> dict:
    planned = [row for row in rows if row["plan"] is not None]
    due = [row for row in planned if row["project"].stage != Project.Stage.SUSPENDED]
    plans = sum((row["plan"] for row in planned), Decimal(0))
    # As the schedule is stored: each project's share to the yuan.
    scheduled = sum(
        ((row["plan"] * month / 12).quantize(Decimal("0.0001"), "ROUND_HALF_UP") for row in planned), Decimal(0)
    )
    done = sum((to_date(row, month) for row in planned), Decimal(0))
    return {
        "projects": len(rows),
        "planned_projects": len(planned),
        "plan": f"{plans:.4f}",
        "scheduled": f"{scheduled:.4f}",
        "done": f"{done:.4f}",
        "unplanned": f"{sum((to_date(row, month) for row in rows), Decimal(0)) - done:.4f}",
        "rate": rounded(done / plans, 6) if plans else None,
        "scheduled_rate": rounded(scheduled / plans, 6) if plans else None,
        "ahead_points": rounded((done - scheduled) / plans * 100, 4) if plans else None,
        "reports_due": len(due),
        "reports_in": len([row for row in due if month in row["months"]]),
    }


def to_date(row: dict, month: int) -> Decimal:
    return sum((amount for m, amount in row["months"].items() if m <= month), Decimal(0))


def rounded(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), 'ROUND_HALF_UP'):f}"


class TestBusy:
    @pytest.mark.parametrize("month", [1, 6, 12])
    def test_totals_categories_and_units_equal_a_recount(self, district, busy, month):
        Project.objects.exclude(code__startswith="R").delete()
        recount_totals()
        answer = client_for(district.leader).get(OVERVIEW, {"year": 2017, "month": month}).json()
        assert answer["total"] == recount(busy, month)
        by_category, by_unit = defaultdict(list), defaultdict(list)
        for row in busy:
            by_category[row["project"].category.code].append(row)
            by_unit[row["unit"].code if row["unit"] else None].append(row)
        categories = {g["code"]: g["figures"] for g in answer["by_category"] if g["figures"]["projects"]}
        units = {g["code"]: g["figures"] for g in answer["by_unit"]}
        assert categories == {code: recount(rows, month) for code, rows in by_category.items()}
        assert units == {code: recount(rows, month) for code, rows in by_unit.items()}
        assert {group["name"] for group in answer["by_unit"]} == {"某街道", "某站", "某镇", None}

    def test_a_reporter_counts_their_own_subtree(self, district, busy):
        own = [row for row in busy if row["unit"] in {district.street, district.station}]
        Project.objects.exclude(code__startswith="R").delete()
        recount_totals()
        answer = client_for(district.reporter).get(OVERVIEW, {"year": 2017, "month": 6}).json()
        assert answer["total"] == recount(own, 6)

    @pytest.mark.parametrize("path", ["overview/?year=2017&month=3", "months/?year=2017"])
    def test_one_statement_for_the_figures(self, district, busy, path, django_assert_max_num_queries):
        """However many rows there are: the caller, the version of the reference rows, and one for the figures."""
        client = client_for(district.leader)
        with django_assert_max_num_queries(10) as asked:
            assert client.get(f"{API}/statistics/{path}").status_code == 200
        tables = ("projects_project", "projects_annualplan", "projects_progressreport", "projects_scheduledmonth")
        read = [query["sql"] for query in asked.captured_queries]
        assert len([sql for sql in read if "projects_areatotal" in sql or "projects_monthlytotal" in sql]) == 1
        assert not [sql for sql in read if any(f'"{table}"' in sql for table in tables)]


def test_a_category_or_a_unit_narrows_it(district):
    leader = client_for(district.leader)

    def count(**query):
        return leader.get(OVERVIEW, {"year": 2017, "month": 6, **query}).json()["total"]["projects"]

    assert (count(), count(category="homes"), count(unit="street"), count(category="homes", unit="street")) == (
        3,
        2,
        1,
        0,
    )


def test_the_area_holds_also_what_nobody_leads_yet(district):
    for project in (district.street_project, district.unled_project):
        plan(project, 2017, 1200)
        report(project, 2017, 1, 80)
    leader = client_for(district.leader)
    overview = leader.get(OVERVIEW, {"year": 2017, "month": 6, "unit": "area"}).json()
    assert (overview["total"]["projects"], overview["total"]["plan"]) == (3, "2400.0000")
    for rows in ("annual-plans", "progress-reports"):
        for unit, codes in (("area", {"S1", "U1"}), ("street", {"S1"})):
            found = leader.get(f"{API}/{rows}/", {"unit": unit}).json()["results"]
            assert {row["project"] for row in found} == codes


def test_as_it_was_known(district):
    plan(district.street_project, 2017, 1200)
    first = report(district.street_project, 2017, 1, 80)
    report(district.street_project, 2017, 1, 60, reason="复核")
    query = {"year": 2017, "month": 1}
    reporter = client_for(district.reporter)
    now = reporter.get(OVERVIEW, query).json()
    then = reporter.get(OVERVIEW, {**query, "as_of": first.accepted_at.isoformat()}).json()
    assert (now["total"]["done"], then["total"]["done"]) == ("60.0000", "80.0000")
    assert now["newest"] > then["newest"]
    assert "万元" in now["basis"]
    assert "责任单位" in now["basis"]


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"month": 6}, ["/year"]),
        ({"year": 2017}, ["/month"]),
        ({"year": 2017, "month": 13}, ["/month"]),
        ({"year": "２０１７", "month": 6}, ["/year"]),
        ({"year": 2017, "month": 6, "unit": "none"}, ["/unit"]),
    ],
)
def test_the_question_is_checked(district, query, wrong):
    answer = client_for(district.leader).get(OVERVIEW, query)
    assert (answer.status_code, paths(answer)) == (400, wrong)


def test_against_the_original_plan(district):
    plan(district.street_project, 2017, 1200)
    plan(district.street_project, 2017, 600, reason="调减")
    report(district.street_project, 2017, 1, 50)
    reporter, query = client_for(district.reporter), {"year": 2017, "month": 1}
    current = reporter.get(OVERVIEW, query).json()
    original = reporter.get(OVERVIEW, {**query, "baseline": "original"}).json()
    assert (current["baseline"], current["total"]["plan"]) == ("current", "600.0000")
    assert (original["baseline"], original["total"]["plan"]) == ("original", "1200.0000")
    assert original["total"]["rate"] == "0.041667"
    wrong = reporter.get(OVERVIEW, {**query, "baseline": "first"})
    assert (wrong.status_code, paths(wrong)) == (400, ["/baseline"])


def test_a_projects_year_shows_rate_and_points_against_both(district):
    plan(district.street_project, 2017, 1200)
    plan(district.street_project, 2017, 600, reason="调减")
    report(district.street_project, 2017, 1, 50)
    url, reporter = f"{API}/projects/S1/progress/", client_for(district.reporter)
    current, original = (reporter.get(url, {"year": 2017, "baseline": b}).json() for b in ("current", "original"))
    first = current["months"][0]
    assert (current["baseline"], current["plan"]["version"], current["original"]["version"]) == ("current", 2, 1)
    assert (first["rate"], first["original_rate"]) == ("0.083333", "0.041667")
    assert (first["ahead_points"], first["original_ahead_points"]) == ("0.0000", "-4.1667")
    assert (original["plan"]["version"], original["months"][0]["rate"]) == (1, "0.041667")


@pytest.fixture(scope="class")
def two_months(kept_by_class, kept_district):
    district = deepcopy(kept_district)
    for project in (district.street_project, district.town_project):
        plan(project, 2017, 1200)
    plan(district.street_project, 2017, 600, reason="调减")
    report(district.street_project, 2017, 1, 60)
    report(district.town_project, 2017, 3, 30)


@pytest.mark.usefixtures("two_months")
class TestMonths:
    url = f"{API}/statistics/months/"

    def ask(self, user, **query):
        return client_for(user).get(self.url, {"year": 2017, **query})

    def test_in_total_and_by_category(self, district):
        answer = self.ask(district.leader, month=3).json()
        names = ("scheduled", "scheduled_to_date", "invested", "to_date", "rate")
        january, february, march, april = ([line[name] for name in names] for line in answer["total"][:4])
        assert january == ["150.0000", "150.0000", "60.0000", "60.0000", "0.033333"]
        assert february == ["150.0000", "300.0000", None, "60.0000", "0.033333"]
        assert march == ["150.0000", "450.0000", "30.0000", "90.0000", "0.050000"]
        assert april == ["150.0000", "600.0000", None, None, None]
        by_category = {group["code"]: [line["to_date"] for line in group["months"]] for group in answer["by_category"]}
        assert by_category["roads"][:4] == ["60.0000", "60.0000", "60.0000", None]
        assert by_category["homes"][:4] == ["0.0000", "0.0000", "30.0000", None]
        assert (answer["month"], answer["as_of"], answer["baseline"]) == (3, None, "current")
        assert "万元" in answer["basis"]

    def test_it_is_the_overview_month_by_month(self, district):
        lines = self.ask(district.leader).json()["total"]
        for line in lines:
            total = client_for(district.leader).get(OVERVIEW, {"year": 2017, "month": line["month"]}).json()["total"]
            assert (line["scheduled_to_date"], line["to_date"], line["rate"], line["ahead_points"]) == (
                total["scheduled"],
                total["done"],
                total["rate"],
                total["ahead_points"],
            )

    @pytest.mark.parametrize(
        ("query", "december"),
        [
            ({}, ("1800.0000", "90.0000")),
            ({"baseline": "original"}, ("2400.0000", "90.0000")),
            ({"category": "homes"}, ("1200.0000", "30.0000")),
            ({"unit": "street"}, ("600.0000", "60.0000")),
            ({"unit": "street", "category": "homes"}, (None, "0.0000")),
        ],
    )
    def test_narrowed_or_against_the_original(self, district, query, december):
        line = self.ask(district.leader, **query).json()["total"][11]
        assert (line["scheduled_to_date"], line["to_date"]) == december

    def test_as_it_was_known(self, district):
        first = report(district.street_project, 2017, 1, 45, reason="复核")
        report(district.street_project, 2017, 1, 50, reason="复核")
        answer = self.ask(district.leader, month=1, as_of=first.accepted_at.isoformat()).json()
        assert answer["total"][0]["invested"] == "45.0000"

    def test_a_reporter_sees_their_own_subtree(self, district):
        assert self.ask(district.reporter).json()["total"][11]["scheduled_to_date"] == "600.0000"

    def test_those_who_see_no_projects_are_refused(self, district):
        assert self.ask(district.honours).status_code == 403

    @pytest.mark.parametrize(
        ("query", "wrong"), [({"month": 0}, "/month"), ({"unit": "none"}, "/unit"), ({"year": "x"}, "/year")]
    )
    def test_the_question_is_checked(self, district, query, wrong):
        answer = self.ask(district.leader, **query)
        assert (answer.status_code, paths(answer)) == (400, [wrong])


TIMELINESS = f"{API}/statistics/timeliness/"


@pytest.fixture(scope="class")
def filed_late(kept_by_class, kept_district):
    """The street's project: January and February 2017 filed and accepted today, so late; March not filed."""
    periods.create_periods(year=2017, by=None, due_day=20, lock_days=0)
    district = deepcopy(kept_district)
    for project in (district.street_project, district.town_project):
        plan(project, 2017, 1200)
    for month in (1, 2):
        report(district.street_project, 2017, month, 100)


@pytest.mark.usefixtures("filed_late")
class TestTimeliness:
    def ask(self, user, **query):
        return client_for(user).get(TIMELINESS, {"year": 2017, "month": 3, "from_month": 1, **query})

    def test_totals_and_units(self, district):
        answer = self.ask(district.leader).json()
        total = answer["total"]
        assert [total[name] for name in ("due", "filed", "on_time", "late", "overdue", "accepted")] == [
            6,
            2,
            0,
            2,
            4,
            2,
        ]
        assert (total["filed_rate"], total["on_time_rate"]) == ("0.333333", "0.000000")
        assert (total["first_pass_rate"], total["review_mean"]) == ("1.000000", "0.0")
        assert {group["code"]: group["figures"]["filed"] for group in answer["groups"]} == {"station": 2, "town": 0}

    @pytest.mark.parametrize(
        ("by", "codes"),
        [("unit", ["station", "town"]), ("category", ["homes", "roads"]), ("month", ["1", "2", "3"])],
    )
    def test_by_what_was_asked_for(self, district, by, codes):
        answer = self.ask(district.leader, by=by).json()
        assert (answer["by"], sorted(group["code"] for group in answer["groups"])) == (by, codes)

    def test_units_rolled_up_to_a_level(self, district):
        answer = self.ask(district.leader, level=2).json()
        assert [group["code"] for group in answer["groups"]] == ["street", "town"]

    def test_one_month_alone_and_one_unit_alone(self, district):
        answer = client_for(district.leader).get(TIMELINESS, {"year": 2017, "month": 3, "unit": "town"}).json()
        assert (answer["from_month"], answer["total"]["due"], answer["total"]["filed"]) == (3, 1, 0)

    def test_a_reporter_counts_their_own_subtree(self, district):
        assert self.ask(district.reporter).json()["total"]["due"] == 3

    def test_those_who_see_no_projects_are_refused(self, district):
        assert self.ask(district.honours).status_code == 403

    @pytest.mark.parametrize(
        ("query", "wrong"),
        [
            ({"from_month": 4}, "/from_month"),
            ({"by": "colour"}, "/by"),
            ({"by": "month", "level": 2}, "/level"),
            ({"level": 0}, "/level"),
            ({"unit": "none"}, "/unit"),
            ({"as_of": "2017-06-30T18:00:00+08:00"}, "/as_of"),
        ],
    )
    def test_the_question_is_checked(self, district, query, wrong):
        answer = self.ask(district.leader, **query)
        assert (answer.status_code, paths(answer)) == (400, [wrong])


class TestRebaselined:
    url = f"{API}/statistics/rebaselined/"

    def test_who_when_why_and_both_baselines(self, district):
        plan(district.street_project, 2017, 1200)
        plan(district.street_project, 2017, 600, reason="征迁受阻", by=district.reviewer)
        report(district.street_project, 2017, 1, 50)
        LightRuleSet.objects.create(code="r", name="规则", status="in_force", investment_yellow=1, investment_red=3)
        answer = client_for(district.leader).get(self.url, {"year": 2017, "month": 1}).json()
        (line,) = answer["projects"]
        assert (line["project"], line["unit"], line["difference"]) == ("S1", "station", "-600.0000")
        assert (line["original"]["plan"], line["current"]["plan"]) == ("1200.0000", "600.0000")
        assert (line["original"]["ahead_points"], line["current"]["ahead_points"]) == ("-4.1667", "0.0000")
        assert (line["original_colour"], line["current_colour"]) == ("red", "green")
        assert answer["colours"] == {"original_red": 1, "original_yellow": 0, "current_red": 0, "current_yellow": 0}
        assert (answer["lowered"], answer["lowered_count"], answer["raised"]) == ("600.0000", 1, "0.0000")
        (change,) = line["changes"]
        assert (change["reason"], change["decided_by"], change["version"]) == ("征迁受阻", str(district.reviewer), 2)

    def test_without_rules_no_colour_is_claimed(self, district):
        answer = client_for(district.leader).get(self.url, {"year": 2017, "month": 1}).json()
        assert (answer["colours"], answer["projects"]) == (None, [])

    def test_a_plan_out_of_sight_is_not_told(self, district):
        plan(district.town_project, 2017, 1200)
        plan(district.town_project, 2017, 600, reason="调减")
        answer = client_for(district.reporter).get(self.url, {"year": 2017, "month": 1}).json()
        assert (answer["projects"], answer["original"]["plan"]) == ([], "0.0000")
