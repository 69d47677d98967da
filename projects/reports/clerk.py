"""A clerk's month: the projects that owe a report, where each stands, and what its boxes are compared with (万元).

What the unit has filed counts here, whether or not it is accepted yet: whoever fills in a month goes on from there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from projects.models import AnnualPlan, PeriodExtension, ProgressReport, Project, ReportingPeriod, ScheduledMonth, Unit
from projects.models.project import ProjectQuerySet

from .figures import ZERO, Figures
from .periods import newest_year

Status = ProgressReport.Status


class State(models.TextChoices):
    """Where a project's month stands; the first is what to look at first."""

    RETURNED = "returned", _("已退回")
    # Nothing filed, or only a draft, after the deadline of the project's unit.
    LATE = "late", _("逾期未报")
    DUE = "due", _("未填")
    DRAFT = "draft", _("草稿")
    WAITING = "waiting", _("待审")
    ACCEPTED = "accepted", _("已认定")


TO_DO = (State.RETURNED, State.LATE, State.DUE, State.DRAFT)
URGENCY = {state: place for place, state in enumerate(State)}
STATE_OF = {
    Status.RETURNED: State.RETURNED,
    Status.SUBMITTED: State.WAITING,
    Status.ENDORSED: State.WAITING,
    Status.ACCEPTED: State.ACCEPTED,
}


@dataclass(frozen=True)
class Standing:
    """``project`` by its id; ``due``: the last day for its unit, None where the month has no period."""

    project: int
    state: State
    due: date | None


@dataclass(frozen=True)
class Entry:
    """One project's month with what it is compared with.

    ``report``          the open report, else the one in force, as far as the reader may see it
    ``last``            what was filed for the month before
    ``before``          filed from January to the month before
    ``scheduled``       what the plan in force expects of the month, ``scheduled_to_date`` by its end
    """

    project: Project
    state: State
    due: date | None
    report: ProgressReport | None
    last: ProgressReport | None
    before: Decimal
    plan: Decimal
    scheduled: Decimal | None
    scheduled_to_date: Decimal | None

    def figures(self, invested: Decimal | None) -> Figures:
        """The year to date as it would stand with ``invested`` in the month."""
        done = self.before + (invested or ZERO)
        return Figures(
            projects=1, planned_projects=1, plan=self.plan, scheduled=self.scheduled_to_date or ZERO, done=done
        )


def month_to_file(today: date | None = None) -> tuple[int, int]:
    """Year and month that a clerk most likely comes for.

    The newest period that is open; else the newest that was; where the newest year with plans has no periods, the last
    of its months that has begun.
    """
    today = today or timezone.localdate()
    plans = AnnualPlan.objects.current().order_by()
    opened = list(
        ReportingPeriod.objects.filter(Exists(plans.filter(year=OuterRef("year"))), opens__lte=today)
        .order_by("-year", "-month")
        .values_list("year", "month", "locks")[:24]
    )
    still_open = [(year, month) for year, month, locks in opened if locks is None or locks >= today]
    if still_open:
        return still_open[0]
    year = newest_year(plans.values_list("year", flat=True).distinct())
    if opened and opened[0][0] >= year:
        return opened[0][:2]
    return year, 12 if year < today.year else today.month if year == today.year else 1


def standings(
    *,
    projects: ProjectQuerySet,
    year: int,
    month: int,
    reports: QuerySet[ProgressReport],
    period: ReportingPeriod | None,
    today: date | None = None,
) -> list[Standing]:
    """Of each of ``projects`` that owes the month, in a few statements; the most urgent first, then by unit and code.

    ``reports``: those that the reader may see.
    """
    today = today or timezone.localdate()
    found = _statuses(reports.filter(superseded_at=None, year=year, month=month))
    later = PeriodExtension.objects.deadlines([period])[period.pk] if period else {}
    owing = (
        projects.owing(year)
        .order_by("lead_unit__order", "lead_unit__code", "code")
        .values_list("pk", "lead_unit", "area")
    )
    rows = []
    for pk, unit, area in owing:
        due = later.get(unit or area, period.due) if period else None
        rows.append(Standing(pk, _state(found.get(pk), due, today), due))
    return sorted(rows, key=lambda row: URGENCY[row.state])


def _statuses(reports: QuerySet[ProgressReport]) -> dict[int, str]:
    """Project id → status of its open report, else of the one in force."""
    rows = list(reports.order_by().values_list("project", "status"))
    in_force = {project: status for project, status in rows if status == Status.ACCEPTED}
    return in_force | {project: status for project, status in rows if status != Status.ACCEPTED}


def _state(status: str | None, due: date | None, today: date) -> State:
    if status in STATE_OF:
        return STATE_OF[Status(status)]
    if due and today > due:
        return State.LATE
    return State.DRAFT if status else State.DUE


def entries(rows: Sequence[Standing], *, year: int, month: int, reports: QuerySet[ProgressReport]) -> list[Entry]:
    """The same rows with everything beside their boxes: five statements, however many they are."""
    pks = [row.project for row in rows]
    projects = Project.objects.with_names().in_bulk(pks)
    plans, scheduled = _plans(pks, year, month)
    standing = _standing(reports, pks, year, month)
    before, last = _filed(pks, year, month)
    return [
        Entry(
            project=projects[row.project],
            state=row.state,
            due=row.due,
            report=standing.get(row.project),
            last=last.get(row.project),
            before=before.get(row.project, ZERO),
            plan=plans.get(row.project, ZERO),
            scheduled=_of_month(scheduled.get(row.project, {}), month),
            scheduled_to_date=scheduled.get(row.project, {}).get(month),
        )
        for row in rows
    ]


def _plans(pks: Iterable[int], year: int, month: int) -> tuple[dict[int, Decimal], dict[int, dict[int, Decimal]]]:
    plans = AnnualPlan.objects.current().filter(project__in=pks, year=year).order_by()
    months = ScheduledMonth.objects.filter(plan__in=plans, month__in=(month - 1, month)).order_by()
    scheduled: dict[int, dict[int, Decimal]] = {}
    for project, number, to_date in months.values_list("plan__project", "month", "to_date"):
        scheduled.setdefault(project, {})[number] = to_date
    return dict(plans.values_list("project", "planned_investment")), scheduled


def _of_month(scheduled: dict[int, Decimal], month: int) -> Decimal | None:
    return scheduled[month] - scheduled.get(month - 1, ZERO) if month in scheduled else None


def _standing(
    reports: QuerySet[ProgressReport], pks: Iterable[int], year: int, month: int
) -> dict[int, ProgressReport]:
    rows = reports.filter(project__in=pks, year=year, month=month, superseded_at=None).select_related(
        "project", *ProgressReport.PEOPLE
    )
    # An open report is a later revision than the one in force.
    return {row.project_id: row for row in rows.order_by("revision")}


def _filed(pks: Iterable[int], year: int, month: int) -> tuple[dict[int, Decimal], dict[int, ProgressReport]]:
    """The year before the month, and the month before: what waits for review in the place of what is in force."""
    last_year, last_month = (year, month - 1) if month > 1 else (year - 1, 12)
    earlier = Q(year=year, month__lt=month) | Q(year=last_year, month=last_month)
    rows = ProgressReport.objects.current().filter(earlier, project__in=pks).exclude(status=Status.DRAFT)
    newest: dict[tuple[int, int, int], ProgressReport] = {}
    for row in rows.order_by("revision"):
        newest[row.project_id, row.year, row.month] = row
    before: dict[int, Decimal] = {}
    for (project, of_year, _month), row in newest.items():
        if of_year == year:
            before[project] = before.get(project, ZERO) + row.invested
    last = {project: row for (project, *when), row in newest.items() if tuple(when) == (last_year, last_month)}
    return before, last


def extensions_for(units: Iterable[int], period: ReportingPeriod | None) -> list[PeriodExtension]:
    """The extensions of ``period`` that hold for any of ``units`` (ids), the longest first."""
    given = list(period.extensions.select_related("unit").order_by("-due", "unit")) if period else []
    subtrees = Unit.objects.subtrees({row.unit_id for row in given}) if given else {}
    wanted = set(units)
    return [row for row in given if wanted & subtrees[row.unit_id]]
