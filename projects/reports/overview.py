"""Totals of a group of projects, by category and by unit, and month by month."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from erqi.core import money
from projects.models import Category, Project, ScheduledMonth, Unit
from projects.models.choices import Baseline

from .figures import Figures, MonthLine, month_lines
from .scope import plans_of, reports_of

Key = tuple[int, int | None]


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
    # Which plan everything here is measured against: ``models.choices.Baseline``.
    baseline: str
    total: Figures
    by_category: list[Group]
    by_unit: list[Group]
    # When the newest figure in this answer was accepted; None when there is none.
    newest: datetime | None


def overview(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> Overview:
    """Totals, by category and by lead unit, for ``projects`` (all of them by default)."""
    scope = Project.objects.all() if projects is None else projects
    cells = _cells(scope.order_by(), year, month, as_of, baseline)
    categories = Category.objects.in_bulk()
    units = Unit.objects.without_tree_fields().in_bulk({unit for _category, unit in cells} - {None})
    by_category = _fold(cells, lambda key: key[0])
    by_unit = _fold(cells, lambda key: key[1])
    shown = sorted(categories.values(), key=lambda c: (c.order, c.code))
    return Overview(
        year=year,
        month=month,
        as_of=as_of,
        baseline=baseline,
        total=sum(cells.values(), Figures()),
        by_category=[Group(c, by_category.get(c.pk, Figures())) for c in shown if c.active or c.pk in by_category],
        by_unit=sorted((Group(units.get(pk), f) for pk, f in by_unit.items()), key=_leaders_first),
        newest=reports_of(scope, year, month, as_of).aggregate(newest=Max("accepted_at"))["newest"],
    )


def _leaders_first(group: Group) -> tuple:
    ahead = group.figures.ahead
    return (ahead is None, -(ahead or 0), group.of is None, str(group.of or ""))


def _fold(cells: dict[Key, Figures], part: Callable[[Key], int | None]) -> dict[int | None, Figures]:
    folded: dict = {}
    for key, figures in cells.items():
        folded[part(key)] = folded.get(part(key), Figures()) + figures
    return folded


def _cells(
    scope: QuerySet[Project], year: int, month: int, as_of: datetime | None, baseline: str
) -> dict[Key, Figures]:
    """Figures for each (category, lead unit): four statements, whatever the number of projects."""
    cells: dict[Key, Figures] = {}

    def put(rows: Iterable[Any], prefix: str = "") -> None:
        for row in rows:
            key = (row.pop(f"{prefix}category"), row.pop(f"{prefix}lead_unit"))
            known = cells.get(key, Figures())
            figures: dict[str, Any] = {k: v if isinstance(v, int) else money.yuan(v) for k, v in row.items()}
            cells[key] = replace(known, **figures)

    put(scope.values("category", "lead_unit").annotate(projects=Count("pk")))
    group = ("project__category", "project__lead_unit")
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
            for row in schedule.values("plan__project__category", "plan__project__lead_unit").annotate(
                scheduled=Sum("to_date")
            )
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
    return cells


def monthly_curve(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> list[MonthLine]:
    """Plan and done of all planned projects month by month; months after ``month`` have no done (万元)."""
    plans = plans_of(projects, year, as_of, baseline)
    due = ScheduledMonth.objects.filter(plan__in=plans).order_by()
    scheduled = _by_month(due.values_list("month").annotate(total=Sum("to_date")))
    reports = reports_of(projects, year, month, as_of).filter(
        Exists(plans_of(None, year, as_of).filter(project=OuterRef("project")))
    )
    invested = _by_month(reports.values_list("month").annotate(total=Sum("invested")))
    return list(month_lines(scheduled, invested, plan=scheduled.get(12), until=month))


def _by_month(rows: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    return {month: money.yuan(total) for month, total in rows}
