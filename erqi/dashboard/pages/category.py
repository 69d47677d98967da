"""The categories compared, and one of them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404

from erqi.accounts.roles import Area
from erqi.core.money import WAN_PER_YI
from erqi.dashboard.basis import Basis
from erqi.dashboard.groups import Shining, group_values, shining
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects import reports
from projects.models import Category, Programme, PublishedFigure
from projects.models.choices import Qualifier
from projects.reports.lights import light_counts
from projects.reports.targets import standings

from .targets import compared_by_category, notes_of

ABOUT = ("baseline", "unit", "as_of")


@dataclass(frozen=True)
class CategoryLine:
    """``announced``: figures of its own, or where it was given none, those of its programmes."""

    category: Category
    figures: reports.Figures
    rows: str
    curve: list[reports.MonthLine]
    lights: list[Shining]
    announced: list[PublishedFigure]
    programmes: int


@dataclass(frozen=True)
class Said:
    """An amount as a programme announced it, for the ``announced`` filter; ``of``: what was counted."""

    value: Decimal
    unit_of_measure: str
    qualifier: str = Qualifier.EXACT
    of: str = ""


@dataclass(frozen=True)
class ProgrammeLine:
    """A programme with those inside it, so many levels down; None gathers what is in no programme."""

    programme: Programme | None
    depth: int
    figures: reports.Figures
    said: list[Said]
    rows: str


@dataclass(frozen=True)
class UnitLine:
    unit: Any
    figures: reports.Figures
    lights: list[Shining]
    rows: str


@page("dashboard/categories.html", area=Area.PROJECT, about=ABOUT)
def every(_request, basis: Basis) -> dict[str, Any]:
    rows, found = Rows(basis), reports.overview(**basis.arguments)
    return {
        "found": found,
        "total": found.total,
        "all_rows": rows.projects(),
        "lines": list(category_lines(basis, found.by_category, rows)),
    }


def category_lines(basis: Basis, groups: Iterable[reports.Group], rows: Rows) -> Iterator[CategoryLine]:
    curves = reports.monthly_curves("category", **basis.arguments)
    lights = light_counts(**basis.period, by="category", projects=basis.projects)
    colours = {group.of: group.colours for group in lights.groups}
    published = PublishedFigure.objects.filter(year=basis.year).exclude(measure=PublishedFigure.Measure.RESULT)
    announced = list(published)
    programmes = list(Programme.objects.filter(active=True, parent=None).values_list("category", flat=True))
    for group in groups:
        category: Any = group.of
        own = [figure for figure in announced if figure.category_id == category.pk]
        yield CategoryLine(
            category=category,
            figures=group.figures,
            rows=rows.projects(category=category.code),
            curve=curves.get(category.pk, []),
            lights=shining(colours.get(category, Counter()), rows, category=category.code),
            announced=[figure for figure in own if not figure.programme_id] or own,
            programmes=programmes.count(category.pk),
        )


@page("dashboard/category.html", area=Area.PROJECT, about=ABOUT)
def view(_request, basis: Basis, code: str) -> dict[str, Any]:
    category = get_object_or_404(Category, code=code)
    basis = replace(basis, category=category)
    rows, values = Rows(basis), group_values(basis)
    return {
        "category": category,
        **values,
        **announced_and_promised(basis, category),
        "programmes": programme_lines(basis, category, rows),
        "units": unit_lines(values["found"].by_unit, values["unit_lights"], rows),
    }


def announced_and_promised(basis: Basis, category: Category) -> dict[str, Any]:
    """What was announced was announced for the whole category, whichever unit the page is narrowed to."""
    whole = replace(basis, unit=None)
    compared = reports.published_against_registered(year=basis.year, projects=whole.projects, as_of=basis.as_of)
    compared = [line for line in compared if line.published.category_id == category.pk]
    # A target is counted in the whole register: a reader who sees a part of it gets those entered by hand.
    promised = standings(**basis.period, as_of=basis.as_of, counted=basis.scope is None)
    return {
        "compared": compared_by_category(compared, Rows(whole)),
        "notes": notes_of(compared),
        "targets": [standing for standing in promised if standing.target.category_id == category.pk],
    }


def programme_lines(basis: Basis, category: Category, rows: Rows) -> list[ProgrammeLine]:
    """In the order of the tree, each with what is inside it; those no longer in use only while they have projects."""
    own = reports.figures_by("programme", **basis.arguments)
    inside: dict[int | None, list[Programme]] = {}
    for programme in Programme.objects.filter(category=category):
        inside.setdefault(programme.parent_id, []).append(programme)

    def walk(parent: int | None, depth: int) -> Iterator[ProgrammeLine]:
        for programme in inside.get(parent, []):
            below = list(walk(programme.pk, depth + 1))
            figures = own.get(programme.pk, reports.Figures())
            figures = sum((line.figures for line in below if line.depth == depth + 1), figures)
            if programme.active or figures.projects:
                href = rows.projects(programme_within=programme.code)
                yield ProgrammeLine(programme, depth, figures, said_of(programme), href)
                yield from below

    lines = list(walk(None, 0))
    return [*lines, ProgrammeLine(None, 0, own[None], [], "")] if lines and None in own else lines


def said_of(programme: Programme) -> list[Said]:
    said = []
    if programme.stated_count is not None:
        said.append(Said(Decimal(programme.stated_count), programme.count_unit))
    if programme.stated_quantity is not None:
        said.append(Said(programme.stated_quantity, programme.quantity_unit, of=programme.quantity_of))
    if programme.annual_plan is not None:
        qualifier = programme.annual_plan_qualifier or Qualifier.EXACT
        said.append(Said(programme.annual_plan / WAN_PER_YI, "亿元", qualifier))
    return said


def unit_lines(groups: Iterable[reports.Group], lights: dict, rows: Rows) -> list[UnitLine]:
    """Those ahead of schedule first; without a plan, and those without a unit, last."""
    lines = []
    for group in groups:
        unit: Any = group.of
        only = {"lead_unit": unit.code} if unit else {"gap": "unit"}
        colours = lights.get(unit and unit.pk, Counter())
        lines.append(UnitLine(unit, group.figures, shining(colours, rows, **only), rows.projects(**only)))
    return lines
