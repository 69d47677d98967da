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

# The values by which rows are grouped; None where the projects name none.
Key = tuple[Any, ...]


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
    units = Unit.objects.without_tree_fields().in_bulk({unit for _category, unit in cells if unit})
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


def figures_by(
    column: str,
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> dict[Any, Figures]:
    """Figures for each value of a column of ``Project`` ("programme", "lead_unit", "pk"), None where it is empty."""
    scope = Project.objects.all() if projects is None else projects
    cells = _cells(scope.order_by(), year, month, as_of, baseline, (column,))
    return {value: figures for (value,), figures in cells.items()}


def _leaders_first(group: Group) -> tuple:
    ahead = group.figures.ahead
    return (ahead is None, -(ahead or 0), group.of is None, str(group.of or ""))


def _fold(cells: dict[Key, Figures], part: Callable[[Key], Any]) -> dict[Any, Figures]:
    folded: dict = {}
    for key, figures in cells.items():
        folded[part(key)] = folded.get(part(key), Figures()) + figures
    return folded


def _cells(
    scope: QuerySet[Project],
    year: int,
    month: int,
    as_of: datetime | None,
    baseline: str,
    columns: tuple[str, ...] = ("category", "lead_unit"),
) -> dict[Key, Figures]:
    """Figures for each combination of ``columns``: four statements, whatever the number of projects."""
    cells: dict[Key, Figures] = {}

    def put(rows: Iterable[Any], prefix: str = "") -> None:
        for row in rows:
            key = tuple(row.pop(f"{prefix}{column}") for column in columns)
            known = cells.get(key, Figures())
            figures: dict[str, Any] = {k: v if isinstance(v, int) else money.yuan(v) for k, v in row.items()}
            cells[key] = replace(known, **figures)

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
    reports = _reports_with_plan(projects, year, month, as_of)
    invested = _by_month(reports.values_list("month").annotate(total=Sum("invested")))
    return list(month_lines(scheduled, invested, plan=scheduled.get(12), until=month))


def monthly_curves(
    column: str,
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> dict[Any, list[MonthLine]]:
    """The same for each value of a column of ``Project`` that has a plan, in two statements."""
    due = ScheduledMonth.objects.filter(plan__in=plans_of(projects, year, as_of, baseline)).order_by()
    scheduled = _apart(due.values_list(f"plan__project__{column}", "month").annotate(total=Sum("to_date")))
    reports = _reports_with_plan(projects, year, month, as_of)
    invested = _apart(reports.values_list(f"project__{column}", "month").annotate(total=Sum("invested")))
    return {
        value: list(month_lines(months, invested.get(value, {}), plan=months.get(12), until=month))
        for value, months in scheduled.items()
    }


def _reports_with_plan(scope: QuerySet[Project] | None, year: int, month: int, as_of: datetime | None) -> QuerySet:
    planned = Exists(plans_of(None, year, as_of).filter(project=OuterRef("project")))
    return reports_of(scope, year, month, as_of).filter(planned)


def _by_month(rows: Iterable[tuple[int, Decimal]]) -> dict[int, Decimal]:
    return {month: money.yuan(total) for month, total in rows}


def _apart(rows: Iterable[tuple[Any, int, Decimal]]) -> dict[Any, dict[int, Decimal]]:
    found: dict[Any, dict[int, Decimal]] = {}
    for value, month, total in rows:
        found.setdefault(value, {})[month] = money.yuan(total)
    return found
