"""The statistics equal what anybody would count by hand from the rows."""

from collections import defaultdict
from decimal import Decimal
from random import Random

import pytest

from projects.models import Project
from tests.clients import API, client_for, paths
from tests.factories import CategoryFactory, ProjectFactory, plan, report

OVERVIEW = f"{API}/statistics/overview/"


@pytest.fixture
def busy(district):
    """Two dozen projects with random plans and months; what was done is kept beside it, in plain Python."""
    random, rows = Random(410103), []
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


@pytest.mark.parametrize("month", [1, 6, 12])
def test_totals_categories_and_units_equal_a_recount(district, busy, month):
    Project.objects.exclude(code__startswith="R").delete()
    answer = client_for(district.leader).get(OVERVIEW, {"year": 2017, "month": month}).json()
    assert answer["total"] == recount(busy, month)
    by_category, by_unit = defaultdict(list), defaultdict(list)
    for row in busy:
        by_category[row["project"].category.code].append(row)
        by_unit[row["unit"].code if row["unit"] else None].append(row)
    categories = {group["code"]: group["figures"] for group in answer["by_category"] if group["figures"]["projects"]}
    assert categories == {code: recount(rows, month) for code, rows in by_category.items()}
    assert {g["code"]: g["figures"] for g in answer["by_unit"]} == {c: recount(r, month) for c, r in by_unit.items()}
    assert {group["name"] for group in answer["by_unit"]} == {"某街道", "某站", "某镇", None}


def test_a_reporter_counts_their_own_subtree(district, busy):
    own = [row for row in busy if row["unit"] in {district.street, district.station}]
    Project.objects.exclude(code__startswith="R").delete()
    answer = client_for(district.reporter).get(OVERVIEW, {"year": 2017, "month": 6}).json()
    assert answer["total"] == recount(own, 6)


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
