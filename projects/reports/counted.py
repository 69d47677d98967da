"""Figures counted from the rows: as they were known at a moment, or of projects chosen by whatever else."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from erqi.core import money
from projects.models import Project, ScheduledMonth

from .cells import Course
from .figures import Figures
from .scope import plans_of, reports_of

# The values by which rows are grouped; None where the projects name none.
Key = tuple[Any, ...]


def figures_counted(
    scope: QuerySet[Project] | None,
    columns: tuple[str, ...],
    *,
    year: int,
    month: int,
    as_of: datetime | None,
    baseline: str,
) -> dict[str, dict[Any, Figures]]:
    """Column → its values, None among them → figures of their projects; four statements."""
    chosen = (Project.objects.all() if scope is None else scope).order_by()
    groups = _groups(chosen, columns, year, month, as_of, baseline)
    return {column: _fold(groups, at) for at, column in enumerate(columns)}


def newest_counted(
    scope: QuerySet[Project] | None, *, year: int, month: int, as_of: datetime | None
) -> datetime | None:
    return reports_of(scope, year, month, as_of).aggregate(newest=Max("accepted_at"))["newest"]


def _fold(groups: dict[Key, Figures], at: int) -> dict[Any, Figures]:
    folded: dict = {}
    for key, figures in groups.items():
        folded[key[at]] = folded.get(key[at], Figures()) + figures
    return folded


def _groups(
    scope: QuerySet[Project],
    columns: tuple[str, ...],
    year: int,
    month: int,
    as_of: datetime | None,
    baseline: str,
) -> dict[Key, Figures]:
    """Figures for each combination of ``columns``."""
    groups: dict[Key, Figures] = {}

    def put(rows: Iterable[Any], prefix: str = "") -> None:
        for row in rows:
            key = tuple(row.pop(f"{prefix}{column}") for column in columns)
            known = groups.get(key, Figures())
            figures: dict[str, Any] = {k: v if isinstance(v, int) else money.yuan(v) for k, v in row.items()}
            groups[key] = replace(known, **figures)

    put(scope.values(*columns).annotate(projects=Count("pk")))
    group = [f"project__{column}" for column in columns]
    plans = plans_of(scope, year, as_of, baseline)
    owing = Project.owes("project")
    reported = Exists(reports_of(None, year, month, as_of).filter(project=OuterRef("project"), month=month))
    put(
        plans.annotate(reported=reported)
        .values(*group)
        .annotate(
            planned_projects=Count("pk"),
            plan=Sum("planned_investment"),
            due=Count("pk", filter=owing),
            in_=Count("pk", filter=owing & Q(reported=True)),
        ),
        "project__",
    )
    schedule = ScheduledMonth.objects.filter(plan__in=plans, month=month).order_by()
    put(
        (
            {k.removeprefix("plan__"): v for k, v in row.items()}
            for row in schedule.values(*(f"plan__{column}" for column in group)).annotate(scheduled=Sum("to_date"))
        ),
        "project__",
    )
    planned = Exists(plans_of(None, year, as_of).filter(project=OuterRef("project")))
    put(
        reports_of(scope, year, month, as_of)
        .annotate(planned=planned)
        .values(*group)
        .annotate(done=Sum("invested", filter=Q(planned=True)), unplanned=Sum("invested", filter=Q(planned=False))),
        "project__",
    )
    return groups


def courses_counted(
    scope: QuerySet[Project] | None,
    columns: tuple[str, ...],
    *,
    year: int,
    month: int,
    as_of: datetime | None,
    baseline: str,
) -> dict[Key, Course]:
    """The values of ``columns`` that have a plan → the year's course, done until ``month``; two statements."""
    due = ScheduledMonth.objects.filter(plan__in=plans_of(scope, year, as_of, baseline)).order_by()
    scheduled = due.values_list(*(f"plan__project__{column}" for column in columns), "month")
    planned = Exists(plans_of(None, year, as_of).filter(project=OuterRef("project")))
    reports = reports_of(scope, year, month, as_of).filter(planned)
    invested = reports.values_list(*(f"project__{column}" for column in columns), "month")
    done = _apart(invested.annotate(total=Sum("invested")))
    return {
        key: (months, done.get(key, {})) for key, months in _apart(scheduled.annotate(total=Sum("to_date"))).items()
    }


def _apart(rows: Iterable[tuple]) -> dict[Key, dict[int, Decimal]]:
    found: dict[Key, dict[int, Decimal]] = {}
    for *key, month, total in rows:
        found.setdefault(tuple(key), {})[month] = money.yuan(total)
    return found
