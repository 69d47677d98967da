"""What writing a month costs in SQL statements: the same beside 5 others and beside 50, whatever was filed before."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.models import PeriodExtension, ProgressReport, Project
from projects.services import workflow
from projects.services.periods import create_periods
from tests.clients import API, client_for
from tests.factories import ProjectFactory, UnitFactory, plan

pytestmark = pytest.mark.usefixtures("kept_district")
# Who calls, with roles; the project, held; the month's period, held; all that the month is compared with.
READ = 4
# The report; the end of the audit trail, held; the event; the end moved.
WRITTEN = 4
BRACKETS = {"SAVEPOINT", "RELEASE", "ROLLBACK"}


def accepted(project: Project, month: int) -> ProgressReport:
    return ProgressReport(
        project=project, year=2017, month=month, invested=Decimal(month), status="accepted", accepted_at=timezone.now()
    )


@pytest.fixture(params=[5, 50])
def clerk(request, district):
    """Files for S1, beside so many units with an extension and a project each, and after up to ten months."""
    may = create_periods(year=2017, by=None, lock_days=0)[4]
    units = [UnitFactory(parent=district.area) for _ in range(request.param)]
    extended = [PeriodExtension(period=may, unit=unit, due=date(2017, 5, 27), reason="断网") for unit in units]
    PeriodExtension.objects.bulk_create(extended)
    others = [ProjectFactory(area=district.area, lead_unit=unit) for unit in units]
    past = [accepted(district.street_project, month) for month in range(1, min(request.param, 12)) if month != 5]
    ProgressReport.objects.bulk_create([*past, *(accepted(project, 5) for project in others)])
    plan(district.street_project, 2017, 1200, opening_cumulative=10)
    client = client_for(district.reporter)
    # Notes that the token was used today, and reads the units into memory.
    client.put(f"{API}/projects/S1/progress/2017/12/", {"invested": "1", "draft": True})
    return client


def put(clerk, status: int, **values) -> int:
    """The statements of one call, but for the brackets of its one transaction."""
    with CaptureQueriesContext(connection) as queries:
        answer = clerk.put(f"{API}/projects/S1/progress/2017/5/", values)
    assert answer.status_code == status, answer.content
    words = [query["sql"].split()[0] for query in queries.captured_queries]
    assert words.count("SAVEPOINT") == 1
    return len([word for word in words if word not in BRACKETS])


def test_a_month_costs_eight_statements_however_it_is_filed(clerk, district):
    assert READ + WRITTEN == 8
    assert put(clerk, 201, invested="7", draft=True) == 8
    assert put(clerk, 200, invested_to_date="9999", draft=True) == 8
    assert put(clerk, 200, invested="9", physical_percent="20") == 8


def test_the_same_again_is_only_read(clerk):
    assert put(clerk, 201, invested="7") == 8
    assert put(clerk, 200, invested="7") == READ
    assert put(clerk, 409, invested="8") == READ


def test_what_others_had_in_hand_costs_one_more_for_their_names(clerk, district):
    assert put(clerk, 201, invested="7") == 8
    filed = workflow.accept(district.street_project.reports.get(month=5), by=district.reviewer)
    assert put(clerk, 200, invested="7") == READ + 1
    workflow.reopen(filed, by=district.reviewer, reason="核减")
    assert put(clerk, 200, invested="6") == 8 + 1
