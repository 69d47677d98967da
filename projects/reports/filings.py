"""The rows that figures on timeliness are counted from: one for each month that a project owes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import QuerySet
from django.utils import timezone

from projects.models import AnnualPlan, PeriodExtension, ProgressReport, Project, ReportingPeriod

from .scope import within

Status = ProgressReport.Status
DAY = Decimal(24 * 60 * 60)


@dataclass(frozen=True, slots=True)
class Filing:
    """A month that a project owes, and what became of its first report. A correction later on changes nothing here.

    ``deadline``   that of the unit which answers for the project, extensions included; None without a period
    ``passed``     the deadline is behind us, so that the month is due
    ``filed_at``   when it was first submitted; None also while its unit has withdrawn it
    ``on_time``    None where no deadline was set, or nothing is filed
    ``returns``    how often it was sent back before it was accepted
    """

    project: int
    unit: int | None
    category: int
    plan: Decimal
    month: int
    deadline: date | None
    passed: bool
    filed: bool = False
    filed_at: datetime | None = None
    on_time: bool | None = None
    returns: int = 0
    submitted_at: datetime | None = None
    accepted_at: datetime | None = None

    @property
    def overdue(self) -> bool:
        return self.passed and not self.filed

    @property
    def late(self) -> bool:
        return self.filed and self.on_time is False

    @property
    def review_days(self) -> Decimal | None:
        """Days from the submission that was accepted to its acceptance, to one decimal."""
        if not (self.submitted_at and self.accepted_at):
            return None
        seconds = Decimal((self.accepted_at - self.submitted_at).total_seconds())
        return (seconds / DAY).quantize(Decimal("0.1"), ROUND_HALF_UP)


def filings(
    *, projects: QuerySet[Project], year: int, months: Iterable[int], today: date | None = None
) -> list[Filing]:
    """Every month of ``months`` owed by ``projects``, by project and month: five statements, whatever their number.

    Owing are the projects as they stand now: see ``Project.owes``.
    """
    months, today = list(months), today or timezone.localdate()
    owing = within(AnnualPlan.objects.current().filter(year=year), projects)
    owing = owing.filter(Project.owes("project")).order_by("project__code")
    columns = ("project", "project__lead_unit", "project__area", "project__category", "planned_investment")
    deadline_of, first = _deadlines(year, months), _first_reports(projects, year, months)
    return [
        Filing(
            *(project, unit, category, plan, month),
            *_deadline(deadline_of.get(month), unit or area, today),
            *first.get((project, month), ()),
        )
        for project, unit, area, category, plan in owing.values_list(*columns)
        for month in months
    ]


Deadline = tuple[date, dict[int, date]]


def _deadlines(year: int, months: list[int]) -> dict[int, Deadline]:
    """Month → its deadline, and by unit those that are later."""
    periods = list(ReportingPeriod.objects.filter(year=year, month__in=months).order_by())
    later = PeriodExtension.objects.deadlines(periods)
    return {period.month: (period.due, later[period.pk]) for period in periods}


def _deadline(period: Deadline | None, unit: int, today: date) -> tuple[date | None, bool]:
    if period is None:
        return None, False
    due = period[1].get(unit, period[0])
    return due, today > due


def _first_reports(projects: QuerySet[Project], year: int, months: list[int]) -> dict[tuple[int, int], tuple]:
    """(project, month) → the end of a ``Filing``, from the month's first report."""
    rows = within(ProgressReport.objects.filter(year=year, month__in=months), projects).order_by("-revision")
    columns = ("project", "month", "status", "filed_at", "on_time", "returns", "submitted_at", "accepted_at")
    return {(project, month): tuple(_standing(*row)) for project, month, *row in rows.values_list(*columns)}


def _standing(status, filed_at, on_time, returns, submitted_at, accepted_at) -> Iterator:
    """What a unit has withdrawn is a draft again, so nothing is filed. A month accepted before there was a workflow
    was filed, nobody knows when.
    """
    filed = status == Status.ACCEPTED or (filed_at is not None and status != Status.DRAFT)
    accepted = status == Status.ACCEPTED
    yield filed
    yield filed_at if filed else None
    yield on_time if filed else None
    yield returns
    yield submitted_at if accepted else None
    yield accepted_at if accepted else None
