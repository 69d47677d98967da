"""Figures read from monthly totals: the answers that rows give, at a cost that does not know how many rows there are.

Totals know the present only, and only projects chosen by what totals are kept by (``models.cells``). Of anything else
``cells_of`` is None, and it is counted from rows.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, QuerySet, Sum, Value

from erqi.core import money
from projects.models import Project
from projects.models.cells import CHOOSING, Cells
from projects.models.choices import Baseline
from projects.models.plan import MONTHS
from projects.models.total import ALWAYS, AMOUNTS, COLOURS, TABLES

from .districts import Districts
from .figures import ZERO, Figures

FIGURES = ("projects", "planned_projects", "plan", "scheduled", "done", "unplanned", "due", "reported")
CURVE = ("scheduled", "done", "planned_projects", "planned_reports")
# Month → year to date that plans expect, and what was done in the month itself (万元); months without any are absent.
Course = tuple[dict[int, Decimal], dict[int, Decimal]]


def cells_of(projects: QuerySet[Project] | None, as_of: datetime | None, *columns: str) -> Cells | None:
    """The totals of ``projects`` (all by default), if they can answer a question by ``columns``."""
    if as_of is not None or not set(columns) <= CHOOSING:
        return None
    chosen: Any = Project.objects.all() if projects is None else projects
    return chosen.cells


def figures_in(
    cells: Cells, columns: Iterable[str], *, year: int, month: int, baseline: str, districts: Districts | None = None
) -> tuple[dict[str, dict[Any, Figures]], datetime | None]:
    """Column → its values, None among them → figures of their projects; and when the newest of all was accepted.

    One statement, whatever the number of columns. ``under`` is taken by ``districts`` where these are given.
    """
    # No other rows than these have either year and either month, and so an index finds both at once.
    when: Any = {"year__in": [ALWAYS, year], "month__in": [ALWAYS, month]}
    sums = _sums(FIGURES, baseline)
    parts = [
        _rows(cells, [column])
        .filter(**when)
        .values(value=_value(column, districts))
        .annotate(column=Value(column), latest=Max("newest"), **sums)
        .filter(sum_projects__gt=0)
        .values_list("column", "value", "latest", *sums)
        for column in columns
    ]
    found: dict[str, dict[Any, Figures]] = {column: {} for column in columns}
    newest = None
    for column, value, latest, *measures in parts[0].union(*parts[1:], all=True):
        found[column][value] = Figures(*map(_exact, measures))
        newest = max(newest, latest) if newest and latest else newest or latest
    return found, newest


def sums_in(cells: Cells, *names: str, year: int, month: int, baseline: str) -> list[Any]:
    """Single totals of one month, in the order asked for."""
    rows = _rows(cells).filter(year=year, month=month)
    return [_exact(value) for value in rows.aggregate(**_sums(names, baseline)).values()]


def courses_in(cells: Cells, columns: Iterable[str], *, year: int, month: int, baseline: str) -> dict[Any, Course]:
    """The values of ``columns``, as a tuple, that have a plan → the year's course, done until ``month``."""
    rows = _rows(cells, columns).filter(year=year).values_list("month", *columns)
    found: dict[Any, dict[int, list[Any]]] = {}
    for here, *key, scheduled, done, planned, reports in rows.annotate(**_sums(CURVE, baseline)):
        found.setdefault(tuple(key), {})[here] = [_exact(scheduled), _exact(done), planned, reports]
    # With a plan there is something in every month. A month that has lights and nothing else stands alone.
    return {key: _course(months, month) for key, months in found.items() if 12 in months and months[12][2]}


def _course(months: dict[int, list[Any]], until: int) -> Course:
    done = {0: ZERO, **{month: months[month][1] for month in MONTHS}}
    invested = {month: done[month] - done[month - 1] for month in range(1, until + 1) if months[month][3]}
    return {month: months[month][0] for month in MONTHS}, invested


def accepted_in(cells: Cells, *, year: int, month: int) -> tuple[int, Decimal]:
    """Accepted reports of the month itself, and what was done in it (万元)."""
    rows = _rows(cells).filter(year=year, month__in=[month - 1, month]).values_list("month")
    sums = _sums(("reports", "done", "unplanned"), Baseline.CURRENT)
    to_date = {here: (reports, _exact(done + unplanned)) for here, reports, done, unplanned in rows.annotate(**sums)}
    nothing = (0, ZERO)
    reports, done = to_date.get(month, nothing)
    return reports, done - to_date.get(month - 1, nothing)[1]


def lights_in(
    cells: Cells, column: str, *, year: int, month: int, districts: Districts | None = None
) -> Iterator[tuple[Any, dict[str, int]]]:
    """The values of ``column`` whose projects have overall lights in the month, each with colour → how many.

    ``under`` is taken by ``districts`` where these are given.
    """
    rows = _rows(cells, [column]).filter(year=year, month=month).values(value=_value(column, districts))
    sums = _sums(COLOURS, Baseline.CURRENT)
    for value, *numbers in rows.annotate(**sums).values_list("value", *sums):
        if any(numbers):
            yield value, {colour: number for colour, number in zip(COLOURS, numbers, strict=True) if number}


def reported_months(cells: Cells, year: int) -> Iterator[tuple[int, int, int]]:
    """(month, projects that owe it, accepted of them) of the months that have any accepted report."""
    rows = _rows(cells).filter(year=year).values_list("month")
    sums = _sums(("reports", "due", "reported"), Baseline.CURRENT)
    for month, reports, due, reported in rows.annotate(**sums):
        if reports:
            yield month, due, reported


def _rows(cells: Cells, columns: Iterable[str] = ()) -> Any:
    wanted = cells.columns.union(columns)
    table = next(table for table in TABLES if wanted <= table.KNOWS)
    return table._default_manager.filter(cells.condition).order_by()


def _value(column: str, districts: Districts | None) -> Any:
    return districts.column if districts and column == "under" else F(column)


def _sums(names: Iterable[str], baseline: str) -> dict[str, Any]:
    return {f"sum_{name}": Sum(_against(name, baseline), default=0) for name in names}


def _against(name: str, baseline: str) -> str:
    original = f"original_{name}"
    return original if baseline == Baseline.ORIGINAL and original in AMOUNTS else name


def _exact(value: Any) -> Any:
    return value if isinstance(value, int) else money.yuan(value)
