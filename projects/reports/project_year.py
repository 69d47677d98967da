"""One project's year."""

from dataclasses import dataclass, replace
from datetime import datetime

from projects.models import AnnualPlan, ProgressReport, Project

from .figures import MonthLine, month_lines


@dataclass(frozen=True)
class ProjectYear:
    """A project's year: the plan in force (None without one), the last month accepted, and twelve lines."""

    project: Project
    year: int
    plan: AnnualPlan | None
    months: list[MonthLine]

    @property
    def last_reported(self) -> MonthLine | None:
        return next((line for line in reversed(self.months) if line.report), None)


def project_year(*, project: Project, year: int, as_of: datetime | None = None) -> ProjectYear:
    """Plan, schedule, month, to date and rate for each month; to date is None after the last accepted month."""
    plan = AnnualPlan.objects.as_of(as_of).filter(project=project, year=year).first()
    scheduled = dict(plan.schedule.values_list("month", "to_date")) if plan else {}
    reports = {
        report.month: report
        for report in ProgressReport.objects.in_force(as_of)
        .filter(project=project, year=year)
        .select_related("accepted_by")
    }
    lines = month_lines(
        scheduled,
        {month: report.invested for month, report in reports.items()},
        plan=plan.planned_investment if plan else None,
        until=max(reports, default=0),
    )
    return ProjectYear(project, year, plan, [replace(line, report=reports.get(line.month)) for line in lines])
