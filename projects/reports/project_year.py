"""One project's year."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache

from django.db.models import DateTimeField, IntegerField

from erqi.core.prepared import Param, Prepared
from projects.models import AnnualPlan, ProgressReport, Project, ScheduledMonth
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
        return self.original.to_date if self.original and self.rebaselined else {}

    def unaccepted(self, month: int) -> list[int]:
        """Months up to ``month`` that nobody accepted: what was done in them is in no figure."""
        return [line.month for line in self.months[:month] if line.report is None]

    def figures(self, month: int, plan: AnnualPlan | None) -> Figures:
        """The same as the register's line of this project: January to ``month`` against ``plan``, in 万元."""
        done = sum((line.invested or ZERO for line in self.months[:month]), ZERO)
        if plan is None:
            return Figures(projects=1, unplanned=done)
        scheduled = plan.to_date.get(month, ZERO)
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
    about = {"project": project.pk, "year": year, "as_of": as_of}
    reports = {report.month: report for report in _reports_asked(as_of is not None)(**about)}
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
    about = {"project": project.pk, "year": year, "as_of": as_of}
    rows = _plans_asked(baseline, as_of is not None)(**about)
    to_date: dict[int, dict[int, Decimal]] = {plan.pk: {} for plan in rows}
    for pk, month, amount in _schedules_asked(**about) if rows else ():
        to_date.get(pk, {})[month] = amount
    for plan in rows:
        plan.project, plan.to_date = project, to_date[plan.pk]
    return (rows[-1], rows[0]) if rows else (None, None)


PROJECT, YEAR, AS_OF = Param("project", IntegerField()), Param("year", IntegerField()), Param("as_of", DateTimeField())


@cache
def _plans_asked(baseline: str, then: bool) -> Prepared:  # noqa: FBT001 - what it is kept by
    names = (Baseline.ORIGINAL, baseline)
    original, chosen = (AnnualPlan.objects.baseline(name, AS_OF if then else None) for name in names)
    found = (original | chosen).filter(project=PROJECT, year=YEAR).order_by("version")
    return Prepared(lambda: found.select_related("recorded_by"))


@cache
def _reports_asked(then: bool) -> Prepared:  # noqa: FBT001 - what it is kept by
    found = ProgressReport.objects.in_force(AS_OF if then else None).filter(project=PROJECT, year=YEAR)
    return Prepared(lambda: found.select_related("accepted_by").order_by())


_schedules_asked = Prepared(
    lambda: (
        ScheduledMonth.objects.filter(plan__project=PROJECT, plan__year=YEAR)
        .order_by("plan", "month")
        .values_list("plan", "month", "to_date")
    )
)


def _lines(plan: AnnualPlan | None, reports: dict[int, ProgressReport]) -> list[MonthLine]:
    return list(
        month_lines(
            plan.to_date if plan else {},
            {month: report.invested for month, report in reports.items()},
            plan=plan.planned_investment if plan else None,
            until=max(reports, default=0),
        )
    )
