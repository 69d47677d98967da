"""What runs every night without anybody asking; each one can be repeated."""

import json
import logging
from datetime import date

from django.db.models import Max, QuerySet
from django.utils import timezone

from erqi.core.models import AuditEvent
from projects.models import Light, Milestone, PeriodExtension, Project, ReportingPeriod
from projects.services import lights, totals
from projects.services.light_facts import Month, shifted

logger = logging.getLogger(__name__)

DONE = "lightruleset.compute"
# More than these say nothing new.
TOLD = 20


def compute_lights() -> str:
    """The newest due month by the rules in force, and what changed since the last time in the months before it.

    Most changes ask nobody for new lights: a milestone met, a date moved, a stage, a deadline, a month filed.
    """
    if lights.in_force() is None:
        logger.info("没有施行中的亮灯规则，不计算 / no light rules in force, nothing computed")
        return "no rules in force"
    since = AuditEvent.objects.filter(action=DONE).aggregate(at=Max("sequence"))["at"] or 0
    newest = newest_due_month()
    again = _again(since, newest)
    months = _missing(newest)
    written = again + sum(lights.compute_month(year=y, month=m, by=None).written for y, m in months)
    return f"{months[-1][0]}-{months[-1][1]:02d}: {written} written"


def verify_totals() -> str:
    problems = 0
    for problems, difference in enumerate(totals.differences(), 1):
        if problems <= TOLD:
            logger.error("月度汇总与登记的行不符 / totals and rows disagree: %s", difference)
    return f"{problems} difference(s)"


def newest_due_month(today: date | None = None) -> Month:
    """The newest whose deadline has passed; where no periods are kept, the last calendar month that is over."""
    today = today or timezone.localdate()
    period = ReportingPeriod.objects.filter(due__lt=today, year__lte=today.year).order_by("-year", "-month").first()
    due = (period.year, period.month) if period else shifted((today.year, today.month), -1)
    return min(due, (today.year, today.month))


def _missing(newest: Month) -> list[Month]:
    """Up to ``newest``, from the month after the last one computed: also the nights when the worker was down."""
    done = [json.loads(after) for after in AuditEvent.objects.filter(action=DONE).values_list("after", flat=True)]
    last = max((month for row in done if (month := (int(row["year"]), int(row["month"]))) <= newest), default=None)
    months = [newest]
    while last and shifted(months[0], -1) > last:
        months.insert(0, shifted(months[0], -1))
    return months


def _again(since: int, newest: Month) -> int:
    """The other months of these two years, by the rules they were lit by, where something changed after that event."""
    lit = Light.objects.filter(year__gte=newest[0] - 1).order_by().values_list("year", "month").distinct()
    months = sorted(set(lit) - {newest})
    changed = AuditEvent.objects.filter(sequence__gt=since)
    projects, moved = _changed_projects(changed), _moved_deadlines(changed)
    written = lights.compute(months=months, projects=projects).written if months else 0
    months = [month for month in months if month in moved]
    return written + (lights.compute(months=months).written if months else 0)


def _changed_projects(changed: QuerySet[AuditEvent]) -> QuerySet[Project]:
    """Those whose own events are new, and those of changed milestones."""
    codes = _keys(changed, "projects.project")
    steps = Milestone.objects.filter(pk__in=map(int, _keys(changed, "projects.milestone")))
    pks = {*steps.values_list("project", flat=True)}
    pks |= {*Project.objects.filter(code__in=codes).values_list("pk", flat=True)}
    return Project.objects.filter(pk__in=pks)


def _moved_deadlines(changed: QuerySet[AuditEvent]) -> set[Month]:
    periods = ReportingPeriod.objects.filter(pk__in=map(int, _keys(changed, "projects.reportingperiod")))
    given = PeriodExtension.objects.filter(pk__in=map(int, _keys(changed, "projects.periodextension")))
    return {*periods.values_list("year", "month"), *given.values_list("period__year", "period__month")}


def _keys(changed: QuerySet[AuditEvent], model: str) -> set[str]:
    return {*changed.filter(model=model).values_list("object_key", flat=True)}
