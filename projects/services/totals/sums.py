"""What a set of projects adds to the totals of its cells."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import Count, F, FilteredRelation, Max, Q, QuerySet, Sum

from erqi.core import money
from projects.models import AnnualPlan, Light, ProgressReport, Project, ScheduledMonth
from projects.models.cells import FINE
from projects.models.plan import MONTHS
from projects.models.total import ALWAYS, AMOUNTS, COLOURS, COUNTS, Total

# Year, month, and the columns of a cell in their order.
Key = tuple[int | None, ...]
Measures = dict[str, Any]
Cells = dict[Key, Measures]

NOTHING: Measures = {**dict.fromkeys(COUNTS, 0), **dict.fromkeys(AMOUNTS, Decimal(0)), "newest": None}
# Of a month's reports these count in the later months of the year too.
TO_DATE = frozenset({"done", "unplanned", "newest"})
OF_THE_MONTH = NOTHING.keys() - TO_DATE


def contribution(projects: QuerySet[Project] | None = None, *, year: int | None = None) -> Cells:
    """What ``projects`` (all by default) add to their finest cells, in ``year`` alone if given: six statements.

    The one definition of every total: changes are tracked by it, ``differences`` and ``rebuild`` count by it.
    """
    cells: Cells = {}
    if year is None:
        for row in _projects(projects).iterator():
            _add(cells, row, [ALWAYS])
    for row in _plans(projects, year).iterator():
        _add(cells, row, MONTHS)
    for row in _schedules(projects, year).iterator():
        _add(cells, row, [row["month"]])
    for row in chain(_planned_reports(projects, year).iterator(), _reports(projects, year).iterator()):
        _add(cells, row, [row["month"]], OF_THE_MONTH)
        _add(cells, row, range(row["month"], 13), TO_DATE)
    for row in _lights(projects, year).iterator():
        _add(cells, row, [row["month"]], COLOURS)
    return {key: measures for key, measures in cells.items() if measures != NOTHING}


def newest_of(projects: QuerySet[Project], year: int | None) -> Cells:
    """Of ``contribution`` the measure ``newest`` alone: one statement."""
    cells: Cells = {}
    for row in _reports(projects, year).iterator():
        _add(cells, row, range(row["month"], 13), ["newest"])
    return cells


def of_table(table: type[Total], cells: Cells) -> Cells:
    """In the cells of ``table``: those that it does not tell apart, together."""
    together: Cells = {}
    for key, measures in cells.items():
        coarse = key[: len(table.KEY)]
        known = together.get(coarse)
        together[coarse] = _plus(known, measures) if known else measures
    return together


def _plus(one: Measures, other: Measures) -> Measures:
    return {name: later(one[name], other[name]) if name == "newest" else one[name] + other[name] for name in NOTHING}


def later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _add(cells: Cells, row: Measures, months: Iterable[int], names: Iterable[str] = NOTHING) -> None:
    cell = tuple(row[column] for column in FINE)
    found = {name: _exact(row[name]) for name in names if row.get(name)}
    for month in months:
        measures = cells.setdefault((row.get("year", ALWAYS), month, *cell), dict(NOTHING))
        for name, value in found.items():
            known = measures[name]
            measures[name] = later(known, value) if name == "newest" else known + value


def _exact(value: Any) -> Any:
    return money.yuan(value) if isinstance(value, Decimal) else value


# The six statements -------------------------------------------------------------------------------


def _projects(projects: QuerySet[Project] | None) -> QuerySet:
    chosen = Project.objects.order_by() if projects is None else projects.order_by()
    return chosen.values(*FINE).annotate(projects=Count("pk"))


def _plans(projects: QuerySet[Project] | None, year: int | None) -> QuerySet:
    owing = Project.owes("project")
    rows = _of(AnnualPlan.objects.current(), projects, year).annotate(first=_first())
    return rows.values("year", **_cell("project__")).annotate(
        planned_projects=Count("pk"),
        plan=Sum("planned_investment"),
        original_plan=Sum("first__planned_investment"),
        due=Count("pk", filter=owing),
        plan_due=Sum("planned_investment", filter=owing),
        original_plan_due=Sum("first__planned_investment", filter=owing),
    )


def _schedules(projects: QuerySet[Project] | None, year: int | None) -> QuerySet:
    current, first = Q(plan__superseded_at=None), Q(plan__version=1)
    rows = _of(ScheduledMonth.objects.filter(current | first), projects, year, "plan__")
    return rows.values("month", **_cell("plan__project__"), year=F("plan__year")).annotate(
        scheduled=Sum("to_date", filter=current), original_scheduled=Sum("to_date", filter=first)
    )


def _planned_reports(projects: QuerySet[Project] | None, year: int | None) -> QuerySet:
    """Takes from ``unplanned``, where ``_reports`` puts everything, what has a plan."""
    owing = Project.owes("project")
    in_force = Q(project__reports__status=ProgressReport.Status.ACCEPTED, project__reports__superseded_at=None)
    report = FilteredRelation("project__reports", condition=in_force & Q(project__reports__year=F("year")))
    rows = _of(AnnualPlan.objects.current(), projects, year).annotate(report=report, first=_first())
    rows = rows.filter(report__isnull=False)
    return rows.values("year", **_cell("project__"), month=F("report__month")).annotate(
        done=Sum("report__invested"),
        unplanned=Sum("report__invested") * -1,
        planned_reports=Count("pk"),
        reported=Count("pk", filter=owing),
        plan_reported=Sum("planned_investment", filter=owing),
        original_plan_reported=Sum("first__planned_investment", filter=owing),
    )


def _reports(projects: QuerySet[Project] | None, year: int | None) -> QuerySet:
    rows = _of(ProgressReport.objects.in_force(), projects, year)
    return rows.values("year", "month", **_cell("project__")).annotate(
        unplanned=Sum("invested"), reports=Count("pk"), newest=Max("accepted_at")
    )


def _lights(projects: QuerySet[Project] | None, year: int | None) -> QuerySet:
    rows = _of(Light.objects.overall(), projects, year).values("year", "month", **_cell("project__"))
    return rows.annotate(**{colour: Count("pk", filter=Q(colour=colour)) for colour in COLOURS})


def _of(rows: QuerySet, projects: QuerySet[Project] | None, year: int | None, path: str = "") -> QuerySet:
    if projects is not None:
        rows = rows.filter(**{f"{path}project__in": projects.order_by().values("pk")})
    return rows.order_by() if year is None else rows.order_by().filter(**{f"{path}year": year})


def _cell(path: str) -> dict[str, F]:
    return {column: F(f"{path}{column}") for column in FINE}


def _first() -> FilteredRelation:
    """The plan that was the year's first, beside the present one."""
    first = Q(project__plans__version=1, project__plans__year=F("year"))
    return FilteredRelation("project__plans", condition=first)
