"""How much of a month is in, by count and by money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from erqi.core import money
from projects.models import AnnualPlan, ProgressReport, Project
from projects.models.choices import Baseline

from .cells import cells_of, sums_in
from .figures import ZERO, rate
from .scope import plans_of, reports_of
from .timeliness import share


@dataclass(frozen=True)
class Coverage:
    """``due`` projects that owe the month, ``accepted`` of them, and the annual plans of both (万元)."""

    due: int = 0
    accepted: int = 0
    plan_due: Decimal = ZERO
    plan_accepted: Decimal = ZERO

    @property
    def count_rate(self) -> Decimal | None:
        """Accepted ÷ due."""
        return share(self.accepted, self.due)

    @property
    def money_rate(self) -> Decimal | None:
        """Annual plans of the accepted ÷ annual plans of the due."""
        return rate(self.plan_accepted, self.plan_due)


def coverage(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> Coverage:
    """The month alone, in one statement.

    Here a month is due as soon as it is owed, whether its deadline has passed, is still to come, or was never set: as
    in ``Figures.due``. Once the deadline has passed these are the rates of ``Timeliness``.
    """
    cells = cells_of(projects, as_of)
    if cells is not None:
        names = ("due", "reported", "plan_due", "plan_reported")
        return Coverage(*sums_in(cells, *names, year=year, month=month, baseline=baseline))
    accepted = reports_of(None, year, month, as_of).filter(project=OuterRef("project"), month=month)
    owing = plans_of(projects, year, as_of, baseline).filter(Project.owes("project"))
    found = owing.annotate(is_in=Exists(accepted)).aggregate(
        due=Count("pk"),
        n_in=Count("pk", filter=Q(is_in=True)),
        plan_due=Sum("planned_investment"),
        plan_in=Sum("planned_investment", filter=Q(is_in=True)),
    )
    return Coverage(found["due"], found["n_in"], money.yuan(found["plan_due"]), money.yuan(found["plan_in"]))


def unfiled(*, year: int, month: int, projects: Any) -> int:
    """How many ``projects.unfiled`` finds, in two statements: owed, less what is accepted or on its way for the first
    time.
    """
    found, status = coverage(year=year, month=month, projects=projects), ProgressReport.Status
    about = {"year": year, "month": month}
    owing = Project.owes("project", plans=AnnualPlan.objects.current().filter(year=year))
    accepted = ProgressReport.objects.in_force().filter(project=OuterRef("project"), **about)
    waiting = ProgressReport.objects.open().filter(projects.about(), owing, **about)
    first = waiting.filter(~Exists(accepted), status__in=[status.SUBMITTED, status.ENDORSED])
    return found.due - found.accepted - first.order_by().count()
