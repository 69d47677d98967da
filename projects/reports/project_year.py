"""One project's year."""

from dataclasses import dataclass, replace
from datetime import datetime

from projects.models import AnnualPlan, ProgressReport, Project
from projects.models.choices import Baseline

from .figures import MonthLine, month_lines


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
            {row.month: row.to_date for row in plan.schedule.all()} if plan else {},
            {month: report.invested for month, report in reports.items()},
            plan=plan.planned_investment if plan else None,
            until=max(reports, default=0),
        )
    )
