"""Keeping ``ProjectMonth`` equal to the plans, reports and lights that it is made of.

Whoever writes one of these holds the project's row, and brings the months along before committing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest, Round

from erqi.core.fields import AmountField
from projects.models import AnnualPlan, Light, ProgressReport, Project, ProjectMonth
from projects.models.plan import MONTHS
from projects.models.project_month import DONE

from . import before
from .table import BATCH

# So many projects are read, or held, at a time.
PROJECTS = 500
UNKNOWN: dict[str, Any] = {**dict.fromkeys(ProjectMonth.MEASURES), "last": 0, "light": ""}

# Project, year and month.
MonthKey = tuple[int, int, int]


def expected(projects: Sequence[int], year: int | None = None) -> dict[MonthKey, dict[str, Any]]:
    """What the months of ``projects`` (keys), in ``year`` alone if given, are to say: three statements.

    The one definition of a month: changes are written by it, ``differences`` and ``rebuild`` compare with it.
    """
    months: dict[MonthKey, dict[str, Any]] = defaultdict(lambda: dict(UNKNOWN))
    for project, of_year, first, current, plan, month, to_date in _plans(projects, year):
        found = months[project, of_year, month]
        if current:
            found["plan"], found["scheduled"] = plan, to_date
        if first:
            found["original_plan"], found["original_scheduled"] = plan, to_date
    for project, of_year, reported, invested in _reports(projects, year):
        for month in MONTHS:
            found = months[project, of_year, month]
            if month >= reported:
                found["done"] = (found["done"] or Decimal(0)) + invested
                found["last"] = max(found["last"], reported)
    for *key, colour in _lights(projects, year):
        months[tuple(key)]["light"] = colour
    return months


def _of(rows: Any, projects: Sequence[int], year: int | None) -> Any:
    return rows.filter(project__in=projects, **({} if year is None else {"year": year})).order_by()


def _plans(projects: Sequence[int], year: int | None) -> Iterator[tuple]:
    current, first = Q(superseded_at=None), Q(version=1)
    rows = _of(AnnualPlan.objects.filter(current | first), projects, year)
    columns = ("version", "superseded_at", "planned_investment", "schedule__month", "schedule__to_date")
    for project, of_year, version, superseded_at, plan, month, to_date in rows.values_list("project", "year", *columns):
        yield project, of_year, version == 1, superseded_at is None, plan, month, to_date


def _reports(projects: Sequence[int], year: int | None) -> Any:
    rows = _of(ProgressReport.objects.in_force(), projects, year)
    return rows.values_list("project", "year", "month", "invested")


def _lights(projects: Sequence[int], year: int | None) -> Any:
    return _of(Light.objects.overall(), projects, year).values_list("project", "year", "month", "colour")


def settle(projects: Sequence[int], year: int | None = None) -> int:
    """Write the months of ``projects`` as they are to be; how many."""
    months = expected(projects, year)
    return _write((_row(key, **measures) for key, measures in months.items()), ProjectMonth.MEASURES)


def accept(report: ProgressReport, more: Decimal) -> None:
    """``report`` is in force now, and adds ``more`` (万元) to its month: ``settle``, mostly in one statement."""
    rest = ProjectMonth.objects.filter(project=report.project_id, year=report.year, month__gte=report.month)
    done, month = DONE + Value(more, output_field=AmountField()), Value(report.month)
    written = rest.update(done=Round(done, 4, output_field=AmountField()), last=Greatest(F("last"), month))
    if written < len(MONTHS) - report.month + 1:
        settle([report.project_id], report.year)


def light(lights: Iterable[Light]) -> None:
    """``lights``, overall ones, have just been written."""
    _write((_row((row.project_id, row.year, row.month), light=row.colour) for row in lights), ["light"])


def _row(key: MonthKey, **measures: Any) -> ProjectMonth:
    project, year, month = key
    return ProjectMonth(project_id=project, year=year, month=month, **measures)


def _write(rows: Iterable[ProjectMonth], measures: Sequence[str]) -> int:
    return len(
        ProjectMonth.objects.bulk_create(
            sorted(rows, key=lambda row: (row.project_id, row.year, row.month)),
            batch_size=BATCH,
            update_conflicts=True,
            unique_fields=list(ProjectMonth.KEY),
            update_fields=list(measures),
        )
    )


def batches() -> Iterator[list[int]]:
    """The keys of all projects, some at a time."""
    after = 0
    while pks := list(Project.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PROJECTS]):
        yield pks
        after = pks[-1]


def rewrite() -> int:
    """All months anew, and the colours before that lights remember; how many months there are then.

    Some projects at a time are held, nobody changes them meanwhile.
    """
    return sum(_rewrite(pks) for pks in batches())


@transaction.atomic
def _rewrite(pks: list[int]) -> int:
    list(Project.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    ProjectMonth.objects.filter(project__in=pks).delete()
    before.settle(pks)
    return settle(pks)
