"""One project's year."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from projects.models import AnnualPlan, ProgressReport, Project
from projects.models.choices import Baseline

from .figures import ZERO, Figures, MonthLine, month_lines


@dataclass(frozen=True)
class ProjectYear:
    """A project's year: the plan it is measured against (None without one), the last month accepted, twelve lines.

    ``original`` is version 1 of the year's plan; it is ``plan`` itself until the plan is changed.
    """

    project: Project
    year: int
    plan: AnnualPlan | None
    original: AnnualPlan | None
    months: list[MonthLine]

    @property
    def rebaselined(self) -> bool:
        return self.plan != self.original

    @property
    def original_to_date(self) -> dict[int, Decimal]:
        """Month → what the original plan expects by its end; empty while it is the plan itself."""
        return _schedule(self.original) if self.original and self.rebaselined else {}

    def unaccepted(self, month: int) -> list[int]:
        """Months up to ``month`` that nobody accepted: what was done in them is in no figure."""
        return [line.month for line in self.months[:month] if line.report is None]

    def figures(self, month: int, plan: AnnualPlan | None) -> Figures:
        """The same as the register's line of this project: January to ``month`` against ``plan``, in 万元."""
        done = sum((line.invested or ZERO for line in self.months[:month]), ZERO)
        if plan is None:
            return Figures(projects=1, unplanned=done)
        scheduled = _schedule(plan).get(month, ZERO)
        return Figures(projects=1, planned_projects=1, plan=plan.planned_investment, scheduled=scheduled, done=done)

    @property
    def last_reported(self) -> MonthLine | None:
        return next((line for line in reversed(self.months) if line.report), None)


def project_year(
    *, project: Project, year: int, as_of: datetime | None = None, baseline: str = Baseline.CURRENT
) -> ProjectYear:
    """Plan, schedule, month, to date and rate for each month; to date is None after the last accepted month.

    Each line says its rate and points against ``baseline``, and beside them those against the original plan.
    """
    plan, original = _plans(project, year, as_of, baseline)
    reports = {
        report.month: report
        for report in ProgressReport.objects.in_force(as_of)
        .filter(project=project, year=year)
        .select_related("accepted_by")
    }
    lines, originals = (_lines(chosen, reports) for chosen in (plan, original))
    months = [
        replace(line, original_rate=first.rate, original_ahead=first.ahead, report=reports.get(line.month))
        for line, first in zip(lines, originals, strict=True)
    ]
    return ProjectYear(project, year, plan, original, months)


def _plans(
    project: Project, year: int, as_of: datetime | None, baseline: str
) -> tuple[AnnualPlan | None, AnnualPlan | None]:
    """The plan measured against and the original, with their schedules: at most two, the original first."""
    original, chosen = (AnnualPlan.objects.baseline(name, as_of) for name in (Baseline.ORIGINAL, baseline))
    found = (original | chosen).filter(project=project, year=year).order_by("version")
    rows = list(found.select_related("recorded_by").prefetch_related("schedule"))
    for plan in rows:
        plan.project = project
    return (rows[-1], rows[0]) if rows else (None, None)


def _lines(plan: AnnualPlan | None, reports: dict[int, ProgressReport]) -> list[MonthLine]:
    return list(
        month_lines(
            _schedule(plan) if plan else {},
            {month: report.invested for month, report in reports.items()},
            plan=plan.planned_investment if plan else None,
            until=max(reports, default=0),
        )
    )


def _schedule(plan: AnnualPlan) -> dict[int, Decimal]:
    return {row.month: row.to_date for row in plan.schedule.all()}
