"""What a set of projects adds to the totals of its cells."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any

from django.db.models import BigAutoField, Count, F, FilteredRelation, IntegerField, Max, Q, QuerySet, Sum

from erqi.core import money
from erqi.core.prepared import Param, Prepared
from projects.models import AnnualPlan, Light, ProgressReport, Project, ScheduledMonth
from projects.models.cells import FINE
from projects.models.plan import MONTHS
from projects.models.total import ALWAYS, AMOUNTS, COLOURS, COUNTS, Total

# Year, month, and the columns of a cell in their order.
Key = tuple[int | None, ...]
Measures = dict[str, Any]
Cells = dict[Key, Measures]
# None: every year.
Year = int | Param | None
Statement = Callable[[QuerySet[Project] | None, Year], QuerySet]

NOTHING: Measures = {**dict.fromkeys(COUNTS, 0), **dict.fromkeys(AMOUNTS, Decimal(0)), "newest": None}
# Of a month's reports these count in the later months of the year too.
TO_DATE = frozenset({"done", "unplanned", "newest"})
OF_THE_MONTH = NOTHING.keys() - TO_DATE


# A statement's rows.
Ask = Callable[[Statement], Iterable[Measures]]


def contribution() -> Cells:
    """What all projects add to their finest cells: six statements.

    The one definition of every total: changes are tracked by it, ``differences`` and ``rebuild`` count by it.
    """
    return _cells(lambda statement: statement(None, None).iterator(), always=True)


def contribution_of(project: Project, *, year: int | None = None) -> Cells:
    """The same of ``project`` alone, in ``year`` alone if given: as the database has it, none of one not yet saved."""
    if not project.pk:
        return {}
    return _cells(
        lambda statement: _of_one(statement, of_year=year is not None).dicts(project=project.pk, year=year),
        always=year is None,
    )


@cache
def _of_one(statement: Statement, *, of_year: bool) -> Prepared:
    project = Project.objects.filter(pk=Param("project", BigAutoField()))
    return Prepared(lambda: statement(project, Param("year", IntegerField()) if of_year else None))


def _cells(ask: Ask, *, always: bool) -> Cells:
    """``always``: with the rows of no year."""
    cells: Cells = {}
    for row in ask(_projects) if always else ():
        _add(cells, row, [ALWAYS])
    for row in ask(_plans):
        _add(cells, row, MONTHS)
    for row in ask(_schedules):
        _add(cells, row, [row["month"]])
    for row in chain(ask(_planned_reports), ask(_reports)):
        _add(cells, row, [row["month"]], OF_THE_MONTH)
        _add(cells, row, range(row["month"], 13), TO_DATE)
    for row in ask(_lights):
        _add(cells, row, [row["month"]], COLOURS)
    return {key: measures for key, measures in cells.items() if measures != NOTHING}


def newest_of(projects: QuerySet[Project], year: int | None) -> Cells:
    """Of what ``projects`` add the measure ``newest`` alone: one statement."""
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


def _projects(projects: QuerySet[Project] | None, _year: Year) -> QuerySet:
    """Of no year."""
    chosen = Project.objects.order_by() if projects is None else projects.order_by()
    return chosen.values(*FINE).annotate(projects=Count("pk"))


def _plans(projects: QuerySet[Project] | None, year: Year) -> QuerySet:
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


def _schedules(projects: QuerySet[Project] | None, year: Year) -> QuerySet:
    current, first = Q(plan__superseded_at=None), Q(plan__version=1)
    rows = _of(ScheduledMonth.objects.filter(current | first), projects, year, "plan__")
    return rows.values("month", **_cell("plan__project__"), year=F("plan__year")).annotate(
        scheduled=Sum("to_date", filter=current), original_scheduled=Sum("to_date", filter=first)
    )


def _planned_reports(projects: QuerySet[Project] | None, year: Year) -> QuerySet:
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


def _reports(projects: QuerySet[Project] | None, year: Year) -> QuerySet:
    rows = _of(ProgressReport.objects.in_force(), projects, year)
    return rows.values("year", "month", **_cell("project__")).annotate(
        unplanned=Sum("invested"), reports=Count("pk"), newest=Max("accepted_at")
    )


def _lights(projects: QuerySet[Project] | None, year: Year) -> QuerySet:
    rows = _of(Light.objects.overall(), projects, year).values("year", "month", **_cell("project__"))
    return rows.annotate(**{colour: Count("pk", filter=Q(colour=colour)) for colour in COLOURS})


def _of(rows: QuerySet, projects: QuerySet[Project] | None, year: Year, path: str = "") -> QuerySet:
    if projects is not None:
        rows = rows.filter(**{f"{path}project__in": projects.order_by().values("pk")})
    return rows.order_by() if year is None else rows.order_by().filter(**{f"{path}year": year})


def _cell(path: str) -> dict[str, F]:
    return {column: F(f"{path}{column}") for column in FINE}


def _first() -> FilteredRelation:
    """The plan that was the year's first, beside the present one."""
    first = Q(project__plans__version=1, project__plans__year=F("year"))
    return FilteredRelation("project__plans", condition=first)
