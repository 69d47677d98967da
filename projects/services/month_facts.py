"""What a month of a project is filed and checked against, in one statement; its writers read it after their locks."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import DateField, FilteredRelation, IntegerField, Q, QuerySet, Subquery
from django.utils import timezone

from erqi.core import money
from erqi.core.exceptions import Conflict
from erqi.core.keys import KeyList
from erqi.core.models.reference import kept
from erqi.core.prepared import Param, Prepared
from projects.models import AnnualPlan, PeriodExtension, ProgressReport, Project, ReportingPeriod, ScheduledMonth, Unit

from .periods import answering_unit, closed, hold_period

Status = ProgressReport.Status
ZERO = Decimal(0)
COLUMNS = [column.attname for column in ProgressReport._meta.concrete_fields]
PROJECT, YEAR, MONTH = (Param(name, IntegerField()) for name in ("project", "year", "month"))
PERIOD, BEFORE = Param("period", IntegerField()), Param("before", IntegerField())


@dataclass(frozen=True)
class MonthFacts:
    """``reports``: the current ones of all months and every revision of this one, oldest first. Amounts in 万元.

    ``opening``: the latest opening figure up to this year, with its year; ``scheduled``: what the plan in force expects
    of this month alone; ``due``: the project's deadline, None where the month has no period.
    """

    project: Project
    year: int
    month: int
    period: ReportingPeriod | None
    due: date | None
    reports: list[ProgressReport]
    opening: tuple[int, Decimal] | None
    scheduled: Decimal | None

    @cached_property
    def revisions(self) -> list[ProgressReport]:
        """All that was ever recorded of this month."""
        return [row for row in self.reports if (row.year, row.month) == (self.year, self.month)]

    @property
    def in_force(self) -> ProgressReport | None:
        return next((row for row in self._current if row.status == Status.ACCEPTED), None)

    @property
    def open(self) -> ProgressReport | None:
        """On its way to being accepted; at most one."""
        return next((row for row in self._current if row.status != Status.ACCEPTED), None)

    @property
    def _current(self) -> list[ProgressReport]:
        return [row for row in self.revisions if row.superseded_at is None]

    def revision(self, report: ProgressReport) -> ProgressReport:
        """``report`` as it is now."""
        return next(row for row in self.revisions if row.pk == report.pk)

    def new_revision(self) -> ProgressReport:
        revision = max((row.revision for row in self.revisions), default=0) + 1
        report = ProgressReport(project=self.project, year=self.year, month=self.month, revision=revision)
        report.held = self
        return report

    @cached_property
    def others(self) -> list[ProgressReport]:
        """What counts for every other month: the one being filed before the one in force."""
        own = (self.year, self.month)
        filed = [row for row in self.reports if (row.year, row.month) != own and row.status != Status.DRAFT]
        return list({(row.year, row.month): row for row in filed}.values())

    @cached_property
    def earlier(self) -> list[ProgressReport]:
        return [row for row in self.others if (row.year, row.month) < (self.year, self.month)]

    @property
    def filed_before(self) -> Decimal:
        """Year to date by the end of the month before, as its unit has filed it (万元): what waits for review counts
        in the place of what is in force, for whoever states a year to date has already counted it.
        """
        return money.yuan(sum((row.invested for row in self.earlier if row.year == self.year), ZERO))

    @property
    def later_in_force(self) -> list[int]:
        """The months of the year after this one that are accepted."""
        rows = (row for row in self.reports if row.year == self.year and row.month > self.month)
        return [row.month for row in rows if row.status == Status.ACCEPTED]

    def require_open(self, *, now: date | None = None, asked_back: bool = False) -> None:
        """Refuses before the period opens, and after it has locked for the project's unit.

        Not what was ``asked_back``: it was filed once, and is filed again because its reader wants it.
        """
        refused = None if asked_back else self.closed(now or timezone.localdate())
        if refused:
            raise refused

    def closed(self, on: date) -> Conflict | None:
        """Why the unit can file nothing on that day; None while it can."""
        return closed(self.period, due=self.due, on=on) if self.period and self.due else None


def hold_month(project: Project, year: int, month: int) -> MonthFacts:
    """The month as it is now; the caller holds the project, and from here on its period too."""
    facts = read_month(project, year, month, hold_period(year, month))
    for report in facts.revisions:
        report.held = facts
    return facts


def read_month(project: Project, year: int, month: int, period: ReportingPeriod | None = None) -> MonthFacts:
    rows = facts_of(
        project=project.pk,
        year=year,
        month=month,
        before=month - 1,
        period=period.pk if period else 0,
        units=_answering(project),
    )
    *_columns, opening_year, opening, to_date, before_date, extended = rows[0]
    return MonthFacts(
        project=project,
        year=year,
        month=month,
        period=period,
        due=max(period.due, extended or period.due) if period else None,
        reports=_reports(project, rows),
        opening=None if opening is None else (opening_year, money.yuan(opening)),
        scheduled=None if to_date is None else money.yuan(to_date) - money.yuan(before_date),
    )


def _reports(project: Project, rows: list[tuple]) -> list[ProgressReport]:
    found = [ProgressReport.from_db("default", COLUMNS, row[: len(COLUMNS)]) for row in rows if row[0] is not None]
    for report in found:
        report.project = project
    return sorted(found, key=lambda report: (report.year, report.month, report.revision))


def _answering(project: Project) -> list[int]:
    """The unit whose deadline holds and those above it: an extension is given to a whole subtree."""
    units, found = kept(Unit), [answering_unit(project)]
    while (unit := units.get(found[-1])) and unit.parent_id and unit.parent_id not in found:
        found.append(unit.parent_id)
    return found


def _facts() -> QuerySet[Project, Any]:
    """A row for each report, or one without any."""
    wanted = Q(reports__superseded_at=None) | Q(reports__year=YEAR, reports__month=MONTH)
    plans = AnnualPlan.objects.current().filter(project=PROJECT)
    opening = plans.filter(year__lte=YEAR, opening_cumulative__isnull=False).order_by("-year")
    schedule = ScheduledMonth.objects.filter(plan__in=plans.filter(year=YEAR).order_by().values("pk")).order_by()
    extended = PeriodExtension.objects.filter(unit__among=Param("units", KeyList()), period=PERIOD).order_by("-due")
    return (
        Project.objects.filter(pk=PROJECT)
        .order_by()
        .annotate(
            report=FilteredRelation("reports", condition=wanted),
            opening_year=Subquery(opening.values("year")[:1]),
            opening=Subquery(opening.values("opening_cumulative")[:1]),
            by_now=Subquery(schedule.filter(month=MONTH).values("to_date")[:1]),
            by_then=Subquery(schedule.filter(month=BEFORE).values("to_date")[:1]),
            extended=Subquery(extended.values("due")[:1], output_field=DateField()),
        )
        .values_list(
            *(f"report__{name}" for name in COLUMNS), "opening_year", "opening", "by_now", "by_then", "extended"
        )
    )


facts_of = Prepared(_facts)
