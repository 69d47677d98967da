"""SQL budgets (tests/query_counts.json): what a call costs, and that it costs the same for 5 rows and for 50."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.models import HonourClaim, HonourUnit
from projects.models import ReportingPeriod
from projects.services.periods import create_periods, grant_extension
from projects.services.plan_changes import request_plan
from projects.services.progress import record_month
from tests.clients import API, client_for
from tests.factories import CommendationFactory, HonourFactory, ProjectFactory, UnitFactory, plan, report

BUDGETS = json.loads((Path(__file__).parents[1] / "query_counts.json").read_text())["api"]
BODIES = {
    "PUT /projects/S1/progress/2017/5/": {"invested": "1"},
    "POST /annual-plans/": {"project": "S1", "year": 2018, "planned_investment": "1"},
    "POST /plan-changes/": {"project": "S1", "year": 2019, "planned_investment": "1"},
    "PATCH /projects/S1/": {"note": "改", "supporting_units": ["town"]},
}


def add_rows(district, number: int) -> None:
    march, may = (
        ReportingPeriod.objects.create(year=2017, month=month, opens=date(2017, month, 1), due=date(2017, month, 25))
        for month in (3, 5)
    )
    create_periods(year=2016, by=None)
    homes = district.street_project.category
    for _ in range(number):
        unit = UnitFactory(parent=district.area)
        project = ProjectFactory(
            area=district.area, lead_unit=unit, parent=district.street_project, total_investment=90000, category=homes
        )
        project.supporting_units.add(district.town)
        plan(project, 2017, 1200)
        report(project, 2017, 1, 10)
        record_month(project=project, year=2017, month=2, invested=Decimal(20), by=None)
        request_plan(project=project, year=2018, planned_investment=Decimal(5), by=None)
        grant_extension(period=march, unit=unit, due=date(2017, 3, 27), reason="断网", by=None)
        grant_extension(period=may, unit=unit, due=date(2017, 5, 27), reason="断网", by=None)
        honour = HonourFactory(recipient=unit)
        HonourClaim.objects.create(honour=honour, kind="rank", words="第一")
        HonourUnit.objects.create(honour=honour, unit=unit, part="lead")
        CommendationFactory().recipients.create(unit=unit)


def cost(client, call: str, ids: dict[str, int]) -> int:
    method, path = call.split(" ")
    for name, pk in ids.items():
        path = path.replace(name, str(pk))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = getattr(client, method.lower())(API + path, BODIES.get(call))
    assert answer.status_code < 300, (call, answer.getvalue())
    # In a test the request's own transaction is a savepoint.
    return len([query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


@pytest.mark.parametrize("rows", [5, 50])
def test_calls_stay_within_their_budget_however_many_rows_there_are(district, rows):
    add_rows(district, rows)
    plan(district.street_project, 2017, 1200)
    report(district.street_project, 2017, 3, 10)
    ids = {
        "{filed}": filed(district, 6),
        "{asked}": request_plan(
            project=district.street_project, year=2020, planned_investment=Decimal(5), by=district.reporter
        ).change.pk,
    }
    client = client_for(district.reviewer)
    # The first call of the day notes that the token was used, and a process reads units and categories once.
    client.get(f"{API}/projects/?category=roads&unit=area&year=2017")
    client.get(f"{API}/statistics/overview/?year=2017&month=3")
    assert {call: cost(client, call, ids) for call in BUDGETS} == BUDGETS


def filed(district, month: int) -> int:
    values = {"project": district.street_project, "year": 2017, "month": month, "invested": Decimal(7)}
    return record_month(**values, by=district.reporter).report.pk
