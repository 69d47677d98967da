"""The rows that figures are counted from."""

from datetime import datetime

from django.db.models import QuerySet

from projects.models import AnnualPlan, ProgressReport, Project
from projects.models.choices import Baseline


def plans_of(
    scope: QuerySet[Project] | None, year: int, as_of: datetime | None, baseline: str = Baseline.CURRENT
) -> QuerySet[AnnualPlan]:
    return within(AnnualPlan.objects.baseline(baseline, as_of).filter(year=year), scope)


def reports_of(
    scope: QuerySet[Project] | None, year: int, month: int, as_of: datetime | None
) -> QuerySet[ProgressReport]:
    return within(ProgressReport.objects.in_force(as_of).filter(year=year, month__lte=month), scope)


def within(rows: QuerySet, scope: QuerySet[Project] | None) -> QuerySet:
    """Only rows of projects in scope; an unfiltered scope costs no subquery."""
    rows = rows.order_by()
    return rows if scope is None or not scope.query.where else rows.filter(project__in=scope.values("pk"))
