"""Figures as plain values, each defined where it is computed. Amounts in 万元, rates as fractions, gaps in points.

Only accepted reports in force count as done; ``as_of`` asks for everything as it was known at a moment.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from projects.models import (
    AnnualPlan,
    Category,
    Programme,
    ProgressReport,
    Project,
    PublishedFigure,
    ScheduledMonth,
    Unit,
)
from projects.models.plan import MONTHS

ZERO = Decimal(0)


def rate(done: Decimal, plan: Decimal) -> Decimal | None:
    """done ÷ plan as a fraction; unknown (None) without a plan. May exceed 1."""
    return done / plan if plan else None


def newest_year(years: Iterable[int]) -> int:
    """The newest that has begun, so that next year's plans do not push this year's progress aside."""
    this_year = timezone.localdate().year
    years = list(years)
    return max((year for year in years if year <= this_year), default=min(years, default=this_year))


def latest_month(year: int) -> int:
    """The last with accepted reports; in a year without any, the last that has begun."""
    month = ProgressReport.objects.in_force().filter(year=year).aggregate(month=Max("month"))["month"]
    today = timezone.localdate()
    return month or (12 if year < today.year else today.month if year == today.year else 1)


@dataclass(frozen=True)
class Figures:
    """What a group of projects planned and did from January to the month asked for.

    ``projects``     projects in scope, ``planned_projects`` those of them with a plan for the year
    ``plan``         annual plans in force;  ``scheduled`` their expected year to date
    ``done``         accepted year to date of the planned projects
    ``unplanned``    accepted year to date of projects without a plan: outside every rate, never hidden
    ``due``/``in_``  reports owed for the month (planned projects not suspended or removed) and accepted of them
    """

    projects: int = 0
    planned_projects: int = 0
    plan: Decimal = ZERO
    scheduled: Decimal = ZERO
    done: Decimal = ZERO
    unplanned: Decimal = ZERO
    due: int = 0
    in_: int = 0

    @property
    def rate(self) -> Decimal | None:
        """年度投资完成率: done ÷ plan."""
        return rate(self.done, self.plan)

    @property
    def scheduled_rate(self) -> Decimal | None:
        """时序进度: scheduled ÷ plan."""
        return rate(self.scheduled, self.plan)

    @property
    def ahead(self) -> Decimal | None:
        """超/欠时序 in percentage points: (rate − scheduled rate) × 100."""
        return (self.done - self.scheduled) / self.plan * 100 if self.plan else None

    def __add__(self, other: "Figures") -> "Figures":
        names = self.__dataclass_fields__
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class Group:
    """One line of a table; ``of`` is the category or unit, None where the projects name none."""

    of: Category | Unit | None
    figures: Figures


@dataclass(frozen=True)
class Overview:
    year: int
    month: int
    as_of: datetime | None
    total: Figures
    by_category: list[Group]
    by_unit: list[Group]
    # When the newest figure in this answer was accepted; None when there is none.
    newest: datetime | None


@dataclass(frozen=True)
class MonthLine:
    """One month of a project or of a group: scheduled and done, in the month and year to date (万元)."""

    month: int
    scheduled: Decimal | None
    scheduled_to_date: Decimal | None
    invested: Decimal | None
    to_date: Decimal | None
    rate: Decimal | None = None
    ahead: Decimal | None = None
    report: ProgressReport | None = field(default=None, compare=False)


Key = tuple[int, int | None]


def overview(
    *, year: int, month: int, projects: QuerySet[Project] | None = None, as_of: datetime | None = None
) -> Overview:
    """Totals, by category and by lead unit, for ``projects`` (all of them by default)."""
    scope = Project.objects.all() if projects is None else projects
    cells = _cells(scope.order_by(), year, month, as_of)
    categories = Category.objects.in_bulk()
    units = Unit.objects.without_tree_fields().in_bulk({unit for _category, unit in cells} - {None})
    by_category = _fold(cells, lambda key: key[0])
    by_unit = _fold(cells, lambda key: key[1])
    shown = sorted(categories.values(), key=lambda c: (c.order, c.code))
    return Overview(
        year=year,
        month=month,
        as_of=as_of,
        total=sum(cells.values(), Figures()),
        by_category=[Group(c, by_category.get(c.pk, Figures())) for c in shown if c.active or c.pk in by_category],
        by_unit=sorted((Group(units.get(pk), f) for pk, f in by_unit.items()), key=_leaders_first),
        newest=_reports(scope, year, month, as_of).aggregate(newest=Max("accepted_at"))["newest"],
    )


def _leaders_first(group: Group) -> tuple:
    ahead = group.figures.ahead
    return (ahead is None, -(ahead or 0), group.of is None, str(group.of or ""))


def _fold(cells: dict[Key, Figures], part: Callable[[Key], int | None]) -> dict[int | None, Figures]:
    folded: dict = {}
    for key, figures in cells.items():
        folded[part(key)] = folded.get(part(key), Figures()) + figures
    return folded


def _cells(scope: QuerySet[Project], year: int, month: int, as_of: datetime | None) -> dict[Key, Figures]:
    """Figures for each (category, lead unit): four statements, whatever the number of projects."""
    cells: dict[Key, Figures] = {}

    def put(rows: Iterable[Any], prefix: str = "") -> None:
        for row in rows:
            key = (row.pop(f"{prefix}category"), row.pop(f"{prefix}lead_unit"))
            known = cells.get(key, Figures())
            figures: dict[str, Any] = {name: ZERO if value is None else value for name, value in row.items()}
            cells[key] = replace(known, **figures)

    put(scope.values("category", "lead_unit").annotate(projects=Count("pk")))
    group = ("project__category", "project__lead_unit")
    plans = _plans(scope, year, as_of)
    reporting = ~Q(project__stage__in=Project.NOT_REPORTING)
    reported = Exists(_reports(None, year, month, as_of).filter(project=OuterRef("project"), month=month))
    put(
        plans.annotate(reported=reported)
        .values(*group)
        .annotate(
            planned_projects=Count("pk"),
            plan=Sum("planned_investment"),
            due=Count("pk", filter=reporting),
            in_=Count("pk", filter=reporting & Q(reported=True)),
        ),
        "project__",
    )
    schedule = ScheduledMonth.objects.filter(plan__in=plans, month=month).order_by()
    put(
        (
            {k.removeprefix("plan__"): v for k, v in row.items()}
            for row in schedule.values("plan__project__category", "plan__project__lead_unit").annotate(
                scheduled=Sum("to_date")
            )
        ),
        "project__",
    )
    planned = Exists(_plans(None, year, as_of).filter(project=OuterRef("project")))
    put(
        _reports(scope, year, month, as_of)
        .annotate(planned=planned)
        .values(*group)
        .annotate(done=Sum("invested", filter=Q(planned=True)), unplanned=Sum("invested", filter=Q(planned=False))),
        "project__",
    )
    return cells


def _plans(scope: QuerySet[Project] | None, year: int, as_of: datetime | None) -> QuerySet[AnnualPlan]:
    return _within(AnnualPlan.objects.as_of(as_of).filter(year=year), scope)


def _reports(
    scope: QuerySet[Project] | None, year: int, month: int, as_of: datetime | None
) -> QuerySet[ProgressReport]:
    return _within(ProgressReport.objects.in_force(as_of).filter(year=year, month__lte=month), scope)


def _within(rows: QuerySet, scope: QuerySet[Project] | None) -> QuerySet:
    """Only rows of projects in scope; an unfiltered scope costs no subquery."""
    rows = rows.order_by()
    return rows if scope is None or not scope.query.where else rows.filter(project__in=scope.values("pk"))


def monthly_curve(
    *, year: int, month: int, projects: QuerySet[Project] | None = None, as_of: datetime | None = None
) -> list[MonthLine]:
    """Plan and done of all planned projects month by month; months after ``month`` have no done (万元)."""
    plans = _plans(projects, year, as_of)
    scheduled = dict(
        ScheduledMonth.objects.filter(plan__in=plans).order_by().values_list("month").annotate(total=Sum("to_date"))
    )
    reports = _reports(projects, year, month, as_of).filter(
        Exists(_plans(None, year, as_of).filter(project=OuterRef("project")))
    )
    invested = dict(reports.values_list("month").annotate(total=Sum("invested")))
    return list(_lines(scheduled, invested, plan=scheduled.get(12), until=month))


def _lines(scheduled: dict, invested: dict, *, plan: Decimal | None, until: int) -> Iterator[MonthLine]:
    to_date = ZERO
    for month in MONTHS:
        due = scheduled.get(month)
        to_date += invested.get(month, ZERO)
        known = month <= until
        done_rate = rate(to_date, plan or ZERO) if known else None
        due_rate = rate(due, plan or ZERO) if due is not None else None
        yield MonthLine(
            month=month,
            scheduled=None if due is None else due - scheduled.get(month - 1, ZERO),
            scheduled_to_date=due,
            invested=invested.get(month),
            to_date=to_date if known else None,
            rate=done_rate,
            ahead=(done_rate - due_rate) * 100 if done_rate is not None and due_rate is not None else None,
        )


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
    lines = _lines(
        scheduled,
        {month: report.invested for month, report in reports.items()},
        plan=plan.planned_investment if plan else None,
        until=max(reports, default=0),
    )
    return ProjectYear(project, year, plan, [replace(line, report=reports.get(line.month)) for line in lines])


@dataclass(frozen=True)
class Comparison:
    """A published figure beside what the register holds, in the printed unit; the gap is held − published."""

    published: PublishedFigure
    registered: Decimal
    gap: Decimal | None


PER_UNIT = {"亿元": Decimal(10_000), "万元": Decimal(1)}


def published_against_registered(
    *, year: int, projects: QuerySet[Project] | None = None, as_of: datetime | None = None
) -> list[Comparison]:
    """What was announced for ``year`` and what the register holds, side by side; nothing is forced to agree.

    ``as_of`` reaches the plans; the list of projects is the present one.
    """
    figures = (
        PublishedFigure.objects.filter(year=year)
        .exclude(measure=PublishedFigure.Measure.RESULT)
        .select_related("category", "programme", "source")
    )
    held = _held(year, projects, as_of)
    return [_compared(figure, held) for figure in figures]


def _held(
    year: int, scope: QuerySet[Project] | None, as_of: datetime | None
) -> dict[tuple[str, int | None, int | None], Decimal]:
    """(measure, category, programme) → what the register holds: counts, 万元. A programme includes those inside it."""
    measure = PublishedFigure.Measure
    projects = (Project.objects.all() if scope is None else scope).order_by().values_list("category", "programme")
    plans = _plans(scope, year, as_of)
    rows: dict[str, QuerySet] = {
        measure.PROJECT_COUNT: projects.annotate(held=Count("pk")),
        measure.TOTAL_INVESTMENT: projects.annotate(held=Sum("total_investment")),
        measure.ANNUAL_PLAN: plans.values_list("project__category", "project__programme").annotate(
            held=Sum("planned_investment")
        ),
    }
    inside = dict(Programme.objects.values_list("pk", "parent"))
    held: dict = {}
    for name, cells in rows.items():
        for category, programme, value in cells:
            for key in product({None, category}, {None, *_with_parents(programme, inside)}):
                held[name, *key] = held.get((name, *key), ZERO) + (value or ZERO)
    return held


def _with_parents(programme: int | None, inside: dict[int, int | None]) -> Iterator[int]:
    while programme is not None:
        yield programme
        programme = inside.get(programme)


def _compared(figure: PublishedFigure, held: dict) -> Comparison:
    registered = held.get((figure.measure, figure.category_id, figure.programme_id), ZERO)
    registered /= PER_UNIT.get(figure.unit_of_measure, Decimal(1))
    gap = None if figure.value is None else registered - figure.value
    return Comparison(figure, registered, gap)
