"""Totals of a group of projects, by category and by unit, and month by month."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from erqi.core.models.reference import kept
from projects.models import Category, Project, Unit
from projects.models.choices import Baseline

from .cells import Course, cells_of, courses_in, figures_in
from .counted import courses_counted, figures_counted, newest_counted
from .districts import Districts
from .figures import ZERO, Figures, MonthLine, month_lines


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
    # By lead unit, or by district and whoever stands in none, where those were given.
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
    districts: Districts | None = None,
) -> Overview:
    """Totals, by category and by lead unit, for ``projects`` (all of them by default)."""
    unit = "under" if districts else "lead_unit"
    columns, about = ("category", unit), {"year": year, "month": month}
    cells = cells_of(projects, as_of, *columns)
    if cells is not None:
        figures, newest = figures_in(cells, columns, baseline=baseline, districts=districts, **about)
    else:
        figures = figures_counted(projects, columns, as_of=as_of, baseline=baseline, **about)
        figures[unit] = districts.taken(figures[unit]) if districts else figures[unit]
        newest = newest_counted(projects, as_of=as_of, **about)
    return Overview(
        as_of=as_of,
        baseline=baseline,
        total=sum(figures["category"].values(), Figures()),
        by_category=_categories(figures["category"]),
        by_unit=_units(figures[unit]),
        newest=newest,
        **about,
    )


def _categories(figures: dict[Any, Figures]) -> list[Group]:
    return [Group(category, figures.get(category.pk, Figures())) for category in _shown_categories(figures)]


def _shown_categories(found: Container[Any]) -> list[Category]:
    """All that are in use, and the others that were found to have something."""
    categories = kept(Category)
    shown = (category for category in categories if category.active or category.pk in found)
    return sorted(shown, key=lambda category: (category.order, category.code))


def _units(figures: dict[Any, Figures]) -> list[Group]:
    units = kept(Unit)
    return sorted((Group(units.get(pk), found) for pk, found in figures.items()), key=_leaders_first)


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
    cells = cells_of(projects, as_of, column)
    if cells is not None:
        return figures_in(cells, [column], year=year, month=month, baseline=baseline)[0][column]
    return figures_counted(projects, (column,), year=year, month=month, as_of=as_of, baseline=baseline)[column]


def _leaders_first(group: Group) -> tuple:
    ahead = group.figures.ahead
    return (ahead is None, -(ahead or 0), group.of is None, str(group.of or ""))


def monthly_curve(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> list[MonthLine]:
    """Plan and done of all planned projects month by month; months after ``month`` have no done (万元)."""
    found = _courses((), projects=projects, year=year, month=month, as_of=as_of, baseline=baseline)
    return _lines(found.get((), ({}, {})), month)


def monthly_curves(
    column: str,
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> dict[Any, list[MonthLine]]:
    """The same for each value of a column of ``Project`` that has a plan."""
    found = _courses((column,), projects=projects, year=year, month=month, as_of=as_of, baseline=baseline)
    return {value: _lines(course, month) for (value,), course in found.items()}


@dataclass(frozen=True)
class CategoryMonths:
    of: Category
    months: list[MonthLine]


@dataclass(frozen=True)
class Months:
    total: list[MonthLine]
    by_category: list[CategoryMonths]


def months_by_category(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> Months:
    """``monthly_curve`` of all and of each category, asked for at once."""
    about: dict[str, Any] = {"projects": projects, "year": year, "month": month, "as_of": as_of, "baseline": baseline}
    found = {category: course for (category,), course in _courses(("category",), **about).items()}
    total = _together(course[0] for course in found.values()), _together(course[1] for course in found.values())
    by_category = [
        CategoryMonths(category, _lines(found.get(category.pk, ({}, {})), month))
        for category in _shown_categories(found)
    ]
    return Months(_lines(total, month), by_category)


def _together(parts: Iterable[dict[int, Decimal]]) -> dict[int, Decimal]:
    """Month by month; a month that none of them has stays unknown."""
    total: dict[int, Decimal] = {}
    for months in parts:
        for month, amount in months.items():
            total[month] = total.get(month, ZERO) + amount
    return total


def _courses(
    columns: tuple[str, ...], *, projects: QuerySet[Project] | None, as_of: datetime | None, **about: Any
) -> dict[tuple, Course]:
    cells = cells_of(projects, as_of, *columns)
    if cells is not None:
        return courses_in(cells, columns, **about)
    return courses_counted(projects, columns, as_of=as_of, **about)


def _lines(course: Course, until: int) -> list[MonthLine]:
    scheduled, invested = course
    return list(month_lines(scheduled, invested, plan=scheduled.get(12), until=until))
