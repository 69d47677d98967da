"""Keeping ``ProjectMonth`` equal to the plans, reports and lights that it is made of.

Whoever writes one of these holds the project's row, and brings the months along before committing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.db.models import F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Greatest, Round

from erqi.core.fields import AmountField
from erqi.core.keys import KeyList
from erqi.core.prepared import Param, Prepared
from projects.models import AnnualPlan, Light, ProgressReport, Project, ProjectMonth
from projects.models.plan import MONTHS
from projects.models.project_month import DONE

from . import before
from .table import BATCH, STATEMENT_TIMEOUT, unlimited

# So many projects are read, or held, at a time.
PROJECTS = 500
UNKNOWN: dict[str, Any] = {**dict.fromkeys(ProjectMonth.MEASURES), "last": 0, "light": ""}

# Project, year and month.
MonthKey = tuple[int, int, int]
Statement = Callable[[], QuerySet]


def expected(projects: Sequence[int], year: int | None = None) -> dict[MonthKey, dict[str, Any]]:
    """What the months of ``projects`` (keys), in ``year`` alone if given, are to say: three statements.

    The one definition of a month: changes are written by it, ``differences`` and ``rebuild`` compare with it.
    """
    ask = partial(_ask, projects, year)
    months: dict[MonthKey, dict[str, Any]] = defaultdict(lambda: dict(UNKNOWN))
    for project, of_year, version, superseded_at, plan, month, to_date in ask(_plans):
        found = months[project, of_year, month]
        if superseded_at is None:
            found["plan"], found["scheduled"] = plan, to_date
        if version == 1:
            found["original_plan"], found["original_scheduled"] = plan, to_date
    for project, of_year, reported, invested in ask(_reports):
        for month in MONTHS:
            found = months[project, of_year, month]
            if month >= reported:
                found["done"] = (found["done"] or Decimal(0)) + invested
                found["last"] = max(found["last"], reported)
    for *key, colour in ask(_lights):
        months[tuple(key)]["light"] = colour
    return months


def _ask(projects: Sequence[int], year: int | None, statement: Statement) -> list[tuple]:
    return _asked(statement, of_year=year is not None)(projects=projects, year=year)


@cache
def _asked(statement: Statement, *, of_year: bool) -> Prepared:
    chosen: dict[str, Param] = {"project__among": Param("projects", KeyList())}
    if of_year:
        chosen["year"] = Param("year", IntegerField())
    return Prepared(lambda: statement().filter(**chosen).order_by())


def _plans() -> QuerySet:
    """A row for each month of its schedule."""
    rows = AnnualPlan.objects.filter(Q(superseded_at=None) | Q(version=1))
    plan = ("project", "year", "version", "superseded_at", "planned_investment")
    return rows.values_list(*plan, "schedule__month", "schedule__to_date")


def _reports() -> QuerySet:
    return ProgressReport.objects.in_force().values_list("project", "year", "month", "invested")


def _lights() -> QuerySet:
    return Light.objects.overall().values_list("project", "year", "month", "colour")


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
    # Not the other limit: whoever is gone in the middle of a batch must not keep its projects.
    unlimited(STATEMENT_TIMEOUT)
    list(Project.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    ProjectMonth.objects.filter(project__in=pks).delete()
    before.settle(pks)
    return settle(pks)
