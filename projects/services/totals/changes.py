"""What one change adds to the totals. The caller holds the project's row from before the change to the commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import BigAutoField, IntegerField, QuerySet, Subquery

from erqi.core.keys import KeyList
from erqi.core.prepared import Param, Prepared
from erqi.core.services import audit
from projects.models import AnnualPlan, Light, ProgressReport, Project, ProjectMonth
from projects.models.cells import FINE
from projects.models.total import ALWAYS, MEASURES, TABLES, Total

from . import months
from .sums import NOTHING, Cells, Key, Measures, later, newest_of, of_table
from .table import add


def first_of(project: Project) -> Cells:
    """``contribution_of`` a project that has just come in: nothing was planned, reported or lit yet."""
    cell = tuple(getattr(project, f"{column}_id") for column in FINE)
    return {(ALWAYS, ALWAYS, *cell): {**NOTHING, "projects": 1}}


def move(before: Cells, after: Cells) -> None:
    """After ``audit.record``: the cells go from the one contribution of a project to the other."""
    for table in TABLES:
        _move(table, of_table(table, before), of_table(table, after))


def _move(table: type[Total], before: Cells, after: Cells) -> None:
    changes: Cells = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, NOTHING), after.get(key, NOTHING)
        if old != new:
            changes[key] = {**{name: new[name] - old[name] for name in MEASURES}, "newest": new["newest"]}
    add(table, changes)
    gone = {key: before[key]["newest"] for key in changes if _older(changes[key], before.get(key, NOTHING))}
    for cell in {(key[0], *key[2:]) for key in gone}:
        _find_newest(table, cell, gone)


def _older(new: Measures, old: Measures) -> bool:
    return later(new["newest"], old["newest"]) != new["newest"]


def _find_newest(table: type[Total], cell: tuple[Any, ...], gone: dict[Key, datetime]) -> None:
    """Of a cell and year that a project has left with its reports: where it was the newest, others are looked at."""
    year, *values = cell
    columns: Any = dict(zip(table.KEY[2:], values, strict=True))
    stored = table._default_manager.filter(**columns, year=year).values_list("month", "newest")
    wanted = [key for month, newest in stored if gone.get(key := (year, month, *values)) == newest and newest]
    if wanted:
        found = of_table(table, newest_of(Project.objects.filter(**columns), year))
        newest = {key: {**NOTHING, "newest": found.get(key, NOTHING)["newest"]} for key in wanted}
        add(table, newest, newest="EXCLUDED.newest")


@dataclass(frozen=True)
class Accepting:
    """What accepting a month meets: plans in force and first, and what the month counted so far (万元); None: none."""

    plan: Decimal | None
    original: Decimal | None
    replaced: Decimal | None


def _plans() -> QuerySet:
    """Of a project and year: what is planned now, and what was first."""
    project, year = Param("project", BigAutoField()), Param("year", IntegerField())
    plans = AnnualPlan.objects.filter(project=project, year=year).order_by()
    return (
        Project.objects.filter(pk=project)
        .order_by()
        .values_list(
            Subquery(plans.current().values("planned_investment")),
            Subquery(plans.filter(version=1).values("planned_investment")),
        )
    )


_plans_of = Prepared(_plans)


def before_accepting(report: ProgressReport, replaced: ProgressReport | None) -> Accepting:
    """One statement; ``replaced``: the month's figure in force, which gives way."""
    [(plan, original)] = _plans_of(project=report.project_id, year=report.year)
    return Accepting(plan, original, replaced.invested if replaced else None)


def accept(report: ProgressReport, met: Accepting) -> None:
    """After ``audit.record``: the same as ``move`` between two contributions, in one statement for each table, and the
    project's own months."""
    project, planned = report.project, met.plan is not None
    cell = tuple(getattr(project, f"{column}_id") for column in FINE)
    more = report.invested - (met.replaced or 0)
    to_date: Measures = {**NOTHING, "done" if planned else "unplanned": more, "newest": report.accepted_at}
    changes: Cells = {(report.year, month, *cell): to_date for month in range(report.month, 13)}
    if met.replaced is None:
        changes[report.year, report.month, *cell] = {**to_date, **_first(project, met)}
    for table in TABLES:
        add(table, of_table(table, changes))
    months.accept(report, more)


def light(lights: Sequence[Light]) -> None:
    """The overall ones among ``lights`` have just been written, of projects that are held.

    ``ProjectMonth`` still says which colours they had. Where any is another one now, the end of the audit chain is
    taken for the totals, as ``audit.record`` takes it.
    """
    overall = [light for light in lights if light.dimension == Light.Dimension.OVERALL]
    if not overall:
        return
    changes = _turned(overall)
    months.light(overall)
    if changes:
        audit.hold()
        for table in TABLES:
            add(table, of_table(table, changes))


_PROJECTS = Param("projects", KeyList())
_cells_of = Prepared(lambda: Project.objects.filter(pk__among=_PROJECTS).order_by().values_list("pk", *FINE))
_colours_of = Prepared(
    lambda: (
        ProjectMonth.objects.filter(project__among=_PROJECTS, year__among=Param("years", KeyList()))
        .order_by()
        .values_list(*ProjectMonth.KEY, "light")
    )
)


def _turned(lights: Sequence[Light]) -> Cells:
    """Two statements."""
    projects = {light.project_id for light in lights}
    cells = {pk: cell for pk, *cell in _cells_of(projects=projects)}
    rows = _colours_of(projects=projects, years={light.year for light in lights})
    before = {tuple(key): colour for *key, colour in rows}
    changes: Cells = {}
    for light in lights:
        old = before.get((light.project_id, light.year, light.month), "")
        if old != light.colour:
            measures = changes.setdefault((light.year, light.month, *cells[light.project_id]), dict(NOTHING))
            measures[light.colour] += 1
            if old:
                measures[old] -= 1
    return changes


def _first(project: Project, met: Accepting) -> Measures:
    """A month that had nothing in force before."""
    if met.plan is None:
        return {"reports": 1}
    planned = {"reports": 1, "planned_reports": 1}
    if project.stage in Project.NOT_REPORTING:
        return planned
    return {**planned, "reported": 1, "plan_reported": met.plan, "original_plan_reported": met.original or Decimal(0)}
