"""What a reviewer compares a filed month with, as plain values (万元), and how far each period has come."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Count, OuterRef, Q

from projects.models import AnnualPlan, ProgressReport, Project, ReportingPeriod, ScheduledMonth

from .figures import ZERO, rate

Month = tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """A filed month beside what is already in force.

    ``last``       the newest accepted month before it, of whatever year;  ``replaces``  the accepted row it corrects
    ``plan``       the year's plan in force;  ``scheduled``/``scheduled_to_date``  its share for the month and up to it
    ``before``     accepted from January to the month before;  ``missing``  months since the last accepted one of the
                   year that nobody accepted yet: ``to_date`` does not have them
    """

    report: ProgressReport
    last: ProgressReport | None = None
    replaces: ProgressReport | None = None
    plan: Decimal | None = None
    scheduled: Decimal | None = None
    scheduled_to_date: Decimal | None = None
    before: Decimal = ZERO
    missing: list[int] = field(default_factory=list)

    @property
    def change(self) -> Decimal | None:
        """Against the last accepted month."""
        return None if self.last is None else self.report.invested - self.last.invested

    @property
    def against_schedule(self) -> Decimal | None:
        return None if self.scheduled is None else self.report.invested - self.scheduled

    @property
    def corrected(self) -> Decimal | None:
        """Against the row in force that it would replace."""
        return None if self.replaces is None else self.report.invested - self.replaces.invested

    @property
    def physical_change(self) -> Decimal | None:
        if self.last is None or self.last.physical_percent is None or self.report.physical_percent is None:
            return None
        return self.report.physical_percent - self.last.physical_percent

    @property
    def same_text(self) -> bool | None:
        """None where there is nothing to compare."""
        if self.last is None or not self.report.note:
            return None
        return "".join(self.last.note.split()) == "".join(self.report.note.split())

    @property
    def to_date(self) -> Decimal:
        """Year to date once it is accepted."""
        return self.before + self.report.invested

    @property
    def rate(self) -> Decimal | None:
        return None if self.plan is None else rate(self.to_date, self.plan)

    @property
    def scheduled_rate(self) -> Decimal | None:
        if self.plan is None or self.scheduled_to_date is None:
            return None
        return rate(self.scheduled_to_date, self.plan)

    @property
    def ahead(self) -> Decimal | None:
        """超/欠时序 in points, once it is accepted."""
        if self.rate is None or self.scheduled_rate is None:
            return None
        return (self.rate - self.scheduled_rate) * 100


def compared(reports: Sequence[ProgressReport]) -> list[Compared]:
    """Each of ``reports`` with what it is compared with: three statements for however many."""
    projects = {report.project_id for report in reports}
    in_force: dict[int, dict[Month, ProgressReport]] = defaultdict(dict)
    for row in ProgressReport.objects.in_force().filter(project__in=projects).order_by("year", "month"):
        in_force[row.project_id][row.year, row.month] = row
    years = {report.year for report in reports}
    plans = {
        (plan.project_id, plan.year): plan
        for plan in AnnualPlan.objects.current().filter(project__in=projects, year__in=years)
    }
    schedule: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for plan, month, to_date in ScheduledMonth.objects.filter(
        plan__in=[plan.pk for plan in plans.values()]
    ).values_list("plan", "month", "to_date"):
        schedule[plan][month] = to_date
    return [_compared(r, in_force[r.project_id], plans.get((r.project_id, r.year)), schedule) for r in reports]


def _compared(
    report: ProgressReport,
    in_force: dict[Month, ProgressReport],
    plan: AnnualPlan | None,
    schedules: dict[int, dict[int, Decimal]],
) -> Compared:
    key = (report.year, report.month)
    earlier = [row for month, row in in_force.items() if month < key]
    same_year = [row for row in earlier if row.year == report.year]
    months = schedules[plan.pk] if plan else {}
    to_date = months.get(report.month)
    replaces = in_force.get(key)
    return Compared(
        report=report,
        last=earlier[-1] if earlier else None,
        replaces=replaces if replaces and replaces.pk != report.pk else None,
        plan=plan.planned_investment if plan else None,
        scheduled=None if to_date is None else to_date - months.get(report.month - 1, ZERO),
        scheduled_to_date=to_date,
        before=sum((row.invested for row in same_year), ZERO),
        missing=list(range(max((row.month for row in same_year), default=0) + 1, report.month)),
    )


@dataclass(frozen=True)
class Progress:
    """How far a period has come, in projects.

    ``due``  those that owe it as they stand now (``Project.owes``);  of them ``filed`` (submitted and not withdrawn,
    or accepted), ``on_time``, ``waiting`` (under way at present) and ``accepted``.
    """

    due: int = 0
    filed: int = 0
    on_time: int = 0
    waiting: int = 0
    accepted: int = 0

    @property
    def share(self) -> Decimal | None:
        return rate(Decimal(self.accepted), Decimal(self.due))


def period_progress(periods: Iterable[ReportingPeriod]) -> dict[int, Progress]:
    """By primary key, in two statements for however many."""
    periods = list(periods)
    years = {period.year for period in periods}
    owing = AnnualPlan.objects.current().filter(Project.owes("project"), year__in=years)
    due = dict(owing.order_by().values_list("year").annotate(Count("pk")))
    found = {(year, month): counts for year, month, *counts in _counted(years)}
    return {
        period.pk: Progress(due.get(period.year, 0), *found.get((period.year, period.month), ())) for period in periods
    }


def _counted(years: set[int]) -> Iterator[tuple[int, ...]]:
    """(year, month, filed, on time, waiting, accepted)"""
    status = ProgressReport.Status
    owing = Project.owes("project", plans=AnnualPlan.objects.current().filter(year=OuterRef("year")))
    rows = ProgressReport.objects.current().filter(owing, year__in=years)

    def projects(**only):
        return Count("project", distinct=True, filter=Q(**only))

    submitted = Q(filed_at__isnull=False) & ~Q(status=status.DRAFT)
    filed = Count("project", distinct=True, filter=submitted | Q(status=status.ACCEPTED))
    counts = (
        filed,
        Count("project", distinct=True, filter=submitted & Q(on_time=True)),
        projects(status__in=[status.SUBMITTED, status.ENDORSED]),
        projects(status=status.ACCEPTED),
    )
    named = dict(zip(("n_filed", "n_on_time", "n_waiting", "n_accepted"), counts, strict=True))
    yield from rows.order_by().values("year", "month").annotate(**named).values_list("year", "month", *named)
