"""The versions of a project's annual plans, and what was asked for and not granted."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from erqi.dashboard.basis import Basis
from projects.models import AnnualPlan, PlanChange, Project


@dataclass(frozen=True)
class Version:
    """``change`` against the original plan of the year; None for the original itself."""

    plan: AnnualPlan
    change: Decimal | None
    in_force: bool


@dataclass(frozen=True)
class Asked:
    """A request for a plan; ``decided`` by the moment that the page is about."""

    request: PlanChange
    decided: bool


@dataclass(frozen=True)
class Plans:
    versions: list[Version]
    requests: list[Asked]

    def __bool__(self) -> bool:
        return bool(self.versions or self.requests)


def plans_of(project: Project, basis: Basis) -> Plans:
    """Of all years, the newest first, as known at ``basis.as_of``; a granted request is the version it made."""
    rows = project.plans.select_related("recorded_by").order_by("-year", "-version")
    asked = PlanChange.objects.visible_to(basis.user).filter(project=project)
    asked = asked.select_related("requested_by", "decided_by")
    if basis.as_of:
        rows, asked = rows.filter(recorded_at__lte=basis.as_of), asked.filter(requested_at__lte=basis.as_of)
    requests = [Asked(row, _by(row.decided_at, basis.as_of)) for row in asked]
    granted = PlanChange.Status.APPROVED
    return Plans(
        _versions(list(rows), basis.as_of),
        [found for found in requests if not (found.decided and found.request.status == granted)],
    )


def _versions(rows: list[AnnualPlan], as_of: datetime | None) -> list[Version]:
    originals = {plan.year: plan.planned_investment for plan in rows if plan.version == 1}
    return [
        Version(
            plan,
            plan.planned_investment - originals[plan.year] if plan.version > 1 and plan.year in originals else None,
            in_force=not _by(plan.superseded_at, as_of),
        )
        for plan in rows
    ]


def _by(moment: datetime | None, as_of: datetime | None) -> bool:
    """Whether it had happened."""
    return moment is not None and (as_of is None or moment <= as_of)
