"""What was announced beside what the register holds."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import product

from django.db.models import Count, QuerySet, Sum

from erqi.core import money
from projects.models import Programme, Project, PublishedFigure

from .figures import ZERO
from .scope import plans_of

# (measure, category, programme) → a sum or a number; None for all categories or programmes.
Held = dict[tuple[str, int | None, int | None], Decimal]


@dataclass(frozen=True)
class Comparison:
    """A published figure beside what the register holds, in the printed unit; the gap is held − published.

    ``registered`` is None while the register knows no amount at all for it, or the printed unit is not one of ours.
    """

    published: PublishedFigure
    registered: Decimal | None
    gap: Decimal | None


def published_against_registered(
    *, year: int, projects: QuerySet[Project] | None = None, as_of: datetime | None = None
) -> list[Comparison]:
    """What was announced for ``year`` and what the register holds, side by side; nothing is forced to agree.

    ``as_of`` reaches the plans; the list of projects is the present one.
    """
    figures = (
        PublishedFigure.objects.filter(year=year)
        .exclude(measure=PublishedFigure.Measure.RESULT)
        .select_related("category", "programme", "source")
    )
    held = _held({figure.measure for figure in figures}, year, projects, as_of)
    return [_compared(figure, held) for figure in figures]


def _held(measures: Set[str], year: int, scope: QuerySet[Project] | None, as_of: datetime | None) -> Held:
    """What the register holds of each of ``measures``: counts, 万元."""
    measure = PublishedFigure.Measure
    projects = (Project.objects.all() if scope is None else scope).order_by().values_list("category", "programme")
    plans = plans_of(scope, year, as_of).values_list("project__category", "project__programme")
    found = {
        measure.PROJECT_COUNT: projects.annotate(held=Count("pk")),
        measure.TOTAL_INVESTMENT: projects.annotate(held=Sum("total_investment")),
        measure.ANNUAL_PLAN: plans.annotate(held=Sum("planned_investment")),
    }
    return folded({name: rows for name, rows in found.items() if name in measures})


def folded(cells: Mapping[str, Iterable[tuple]]) -> Held:
    """Rows of (category, programme, value) by measure, summed; a programme includes those inside it."""
    inside = dict(Programme.objects.values_list("pk", "parent"))
    held: Held = {}
    for measure, rows in cells.items():
        for category, programme, value in rows:
            if value is not None:
                for key in product({None, category}, {None, *_with_parents(programme, inside)}):
                    held[measure, *key] = held.get((measure, *key), ZERO) + value
    return held


def _with_parents(programme: int | None, inside: dict[int, int | None]) -> set[int]:
    found: set[int] = set()
    while programme is not None and programme not in found:
        found.add(programme)
        programme = inside.get(programme)
    return found


def _compared(figure: PublishedFigure, held: Held) -> Comparison:
    counted = figure.measure == PublishedFigure.Measure.PROJECT_COUNT
    registered = held.get((figure.measure, figure.category_id, figure.programme_id), ZERO if counted else None)
    if not counted:
        unit = money.UNITS.get(figure.unit_of_measure)
        registered = money.yuan(registered) / unit if registered is not None and unit else None
    gap = None if figure.value is None or registered is None else registered - figure.value
    return Comparison(figure, registered, gap)
