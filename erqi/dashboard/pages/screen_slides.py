"""The views of the wall. Each gives the values of its slides; where it has nothing to show, none."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from awards.models import Honour
from erqi.dashboard.basis import Basis
from erqi.dashboard.groups import original_to_date
from projects import reports
from projects.models import Category, Light, PublishedFigure, Unit, YearTheme
from projects.reports.attention import attention
from projects.reports.coverage import coverage
from projects.reports.light_months import light_months
from projects.reports.lights import light_counts

from . import screen_charts
from .honours import honour_wall
from .targets import SHAPES

# As many as can be read from five metres.
CATEGORIES, PRESSING, UNITS, HEADLINES, TARGETS, PLAQUES = 5, 8, 6, 4, 10, 6
COLOURS = tuple(reversed(Light.ORDER))


@dataclass(frozen=True)
class Slide:
    """``number`` of ``of`` where a view takes several."""

    view: str
    number: int
    of: int
    values: dict[str, Any]

    @property
    def name(self) -> str:
        """By it the browser finds the slide again in a newer page."""
        return f"{self.view}-{self.number}"

    @property
    def template(self) -> str:
        return f"dashboard/screen/{self.view}.html"


@dataclass(frozen=True)
class Wall:
    """What several views are made from, asked for once."""

    basis: Basis

    @cached_property
    def found(self) -> reports.Overview:
        return reports.overview(**self.basis.arguments)

    @cached_property
    def announced(self) -> list[PublishedFigure]:
        """The year's headline numbers, of the category if the wall is about one. None is about a unit."""
        figures = PublishedFigure.objects.filter(year=self.basis.year).exclude(measure=PublishedFigure.Measure.RESULT)
        return list(self._of_category(figures).select_related("category", "programme", "source"))

    def _of_category(self, rows: QuerySet) -> QuerySet:
        if self.basis.unit:
            return rows.none()
        return rows.filter(category=self.basis.category) if self.basis.category else rows


def slides_of(name: str, wall: Wall) -> list[Slide]:
    found = VIEWS[name](wall)
    return [Slide(name, number, len(found), values) for number, values in enumerate(found, start=1)]


def paged(rows: list, most: int) -> list[list]:
    """On as few slides as hold ``most`` each, all about equally full."""
    slides = -(-len(rows) // most)
    return [rows[len(rows) * at // slides : len(rows) * (at + 1) // slides] for at in range(slides)]


def now(wall: Wall) -> list[dict]:
    total, basis = wall.found.total, wall.basis
    if not (total.plan or total.unplanned):
        return []
    counts = light_counts(**basis.period, by="category", projects=basis.projects).total
    colours = [(colour, colour.label, counts[colour]) for colour in COLOURS] if counts else []
    return [{"total": total, "colours": colours, "coverage": coverage(**basis.arguments)}]


def categories(wall: Wall) -> list[dict]:
    """The figures of each, and before the year has any plan what was announced for it."""
    announced = {} if wall.found.total.plan else announced_by_category(wall.announced)
    rows = [
        {"of": group.of, "figures": group.figures, "announced": announced.get(group.of, [])}
        for group in wall.found.by_category
        if group.figures.planned_projects or announced.get(group.of)
    ]
    return [{"rows": part} for part in paged(rows, CATEGORIES)]


def announced_by_category(figures: list[PublishedFigure]) -> dict[Category | Unit | None, list[PublishedFigure]]:
    """A category that was given no figure of its own is shown by those of its programmes."""
    found: dict[Category | Unit | None, list[PublishedFigure]] = {}
    for figure in figures:
        found.setdefault(figure.category, []).append(figure)
    own = {category: [row for row in rows if not row.programme_id] or rows for category, rows in found.items()}
    return {category: rows[:HEADLINES] for category, rows in own.items()}


def pressing(wall: Wall) -> list[dict]:
    basis = wall.basis
    rows = attention(**basis.period, projects=basis.projects, baseline=basis.baseline, number=PRESSING)
    return [{"rows": rows}] if rows else []


def units(wall: Wall) -> list[dict]:
    """Lead units by distance from schedule; one alone is compared with nobody."""
    ranked = [group for group in wall.found.by_unit if group.of and group.figures.ahead is not None]
    ahead = [group for group in ranked if (group.figures.ahead or 0) >= 0]
    behind = [group for group in reversed(ranked) if (group.figures.ahead or 0) < 0]
    return [{"ahead": ahead[:UNITS], "behind": behind[:UNITS]}] if len(ranked) > 1 else []


def curve(wall: Wall) -> list[dict]:
    if not wall.found.total.plan:
        return []
    lines = reports.monthly_curve(**wall.basis.arguments)
    original = original_to_date(wall.basis, lines)
    rows = [(line, original.get(line.month)) for line in lines]
    here = lines[wall.basis.month - 1]
    drawn = screen_charts.curve(lines, original)
    return [{"rows": rows, "drawn": drawn, "here": here, "original": original.get(here.month)}]


def lights(wall: Wall) -> list[dict]:
    """One month alone has no course."""
    months = light_months(**wall.basis.period, projects=wall.basis.projects)
    if len(months) < 2:
        return []
    rows = [(month, [colours[colour] for colour in COLOURS]) for month, colours in months.items()]
    words = [(colour, colour.label) for colour in COLOURS]
    return [{"rows": rows, "words": words, "columns": screen_charts.columns(months, COLOURS)}]


def announced(wall: Wall) -> list[dict]:
    """The district's own figures; on a wall about a category, the category's."""
    figures = [figure for figure in wall.announced if not figure.category_id or wall.basis.category]
    themes = list(YearTheme.objects.filter(year=wall.basis.year)) if figures else []
    source = next((figure.source for figure in figures if figure.source), None)
    return [{"figures": part, "themes": themes, "source": source} for part in paged(figures, HEADLINES)]


def targets(wall: Wall) -> list[dict]:
    """Those of the whole district first. What is known of them is said only to who sees every project."""
    basis = wall.basis
    if basis.unit:
        return []
    found = reports.standings(**basis.period, counted=basis.scope is None)
    rows = [row for row in found if not basis.category or row.target.category == basis.category]
    rows.sort(key=lambda row: place_of(row.target.category))
    return [{"rows": [(row, SHAPES[row.state]) for row in part]} for part in paged(rows, TARGETS)]


def place_of(category: Category | None) -> tuple[int, str]:
    return (category.order, category.code) if category else (-1, "")


def honours(wall: Wall) -> list[dict]:
    """This year's and last year's, as on the overview. A wall about a unit has its own; none is about a category."""
    basis = wall.basis
    if basis.category:
        return []
    found = Honour.objects.of_years(basis.year - 1, basis.year)
    if basis.unit:
        units = Unit.objects.subtree_ids([basis.unit.pk])
        found = found.filter(Q(recipient__in=units) | Q(contributions__unit__in=units)).distinct()
    rows = list(found.with_contributors())
    return [{"cards": part, "count": len(rows)} for part in paged(honour_wall(rows), PLAQUES)]


# By the name that an address asks for, in the order in which they are shown.
VIEWS: dict[str, Callable[[Wall], list[dict]]] = {
    "now": now,
    "categories": categories,
    "pressing": pressing,
    "units": units,
    "curve": curve,
    "lights": lights,
    "announced": announced,
    "targets": targets,
    "honours": honours,
}
