"""What the overview page shows, as plain values: figures from the reports, and the address of the rows behind each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from erqi.dashboard.basis import Basis
from erqi.dashboard.groups import Shining, original_to_date, shining
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects import reports
from projects.models import AnnualPlan, ProgressReport, PublishedFigure, Unit, YearTheme
from projects.reports.attention import LIT, attention
from projects.reports.coverage import coverage
from projects.reports.lights import LightCounts, light_counts

from .overview_announced import announced_of
from .overview_changes import changes_of
from .overview_steps import next_steps
from .overview_upcoming import upcoming_of

UNITS_SHOWN = 3
# On the first screen; the rest of the twenty stand below them.
PRESSING_FIRST = 6


@dataclass(frozen=True)
class Line:
    """One category or unit: its figures, where its rows are, its red and yellow lights, what was announced for it."""

    # A Category or a Unit; None where the projects name no lead unit.
    of: Any
    figures: reports.Figures
    rows: str
    lights: list[Shining] = field(default_factory=list)
    announced: list[PublishedFigure] = field(default_factory=list)
    # All that belongs to a district, not the unit alone.
    district: bool = False


@dataclass(frozen=True)
class Units:
    """Lead units, or districts and who stands in none of them, by distance from schedule; those that cannot be compared
    stand apart, never at the bottom.

    ``planned`` units have projects with a plan, be it a plan of 0; the rest are ``unplanned``.
    """

    ahead: list[Line]
    behind: list[Line]
    planned: list[Line]
    unplanned: list[Line]
    unknown: Line | None
    districts: bool
    # Some stand in none of the districts.
    beside: bool


@page("dashboard/overview.html")
def view(_request, basis: Basis) -> dict[str, Any]:
    return overview_values(basis)


def overview_values(basis: Basis) -> dict[str, Any]:
    rows = Rows(basis)
    # A unit's line means something beside its neighbours: who sees several districts compares these first.
    districts = basis.districts
    found = reports.overview(**basis.arguments, districts=districts)
    compared = reports.published_against_registered(year=basis.year, projects=basis.projects, as_of=basis.as_of)
    by_category, by_unit = (
        light_counts(by=by, projects=basis.projects, districts=districts, **basis.period) for by in ("category", "unit")
    )
    pressing = attention(**basis.arguments)
    curve = reports.monthly_curve(**basis.arguments)
    return {
        "found": found,
        "total": found.total,
        "coverage": coverage(**basis.arguments),
        "links": figure_links(rows, basis),
        "themes": list(YearTheme.objects.filter(year=basis.year)),
        "lights": shining(by_category.total, rows),
        "pressing": pressing[:PRESSING_FIRST],
        "pressing_more": pressing[PRESSING_FIRST:],
        "categories": [category_line(group, compared, by_category, rows) for group in found.by_category],
        "units": units_by_schedule(found.by_unit, by_unit, rows, districts=districts),
        "curve": curve,
        "original": original_to_date(basis, curve),
        "changes": changes_of(basis, rows),
        "upcoming": upcoming_of(basis, rows),
        "steps": next_steps(found, rows),
        **announced_of(basis, compared, rows),
    }


def figure_links(rows: Rows, basis: Basis) -> dict[str, str]:
    """The admin's lists hold the present plans of the whole register: of anything else the register tells."""
    year, month = basis.year, basis.month
    if basis.query.keys() != basis.period.keys():
        names = ("projects", "plans", "reports", "month")
        return {**dict.fromkeys(names, rows.projects()), "coverage": timeliness_page(basis)}
    return {
        "projects": rows.projects(),
        "plans": rows.of(AnnualPlan, year=year),
        "reports": rows.of(ProgressReport, year=year, month__lte=month, status__exact="accepted", counted="planned"),
        "month": rows.of(ProgressReport, year=year, month=month, status__exact="accepted", counted="due"),
        "coverage": timeliness_page(basis),
    }


def timeliness_page(basis: Basis) -> str:
    """Which projects and units the month is still waiting for."""
    about: dict[str, Any] = {
        name: basis.query[name] for name in ("year", "month", "category", "unit") if name in basis.query
    }
    return f"{reverse('admin:timeliness')}?{urlencode(about)}"


def lit_of(colours: Counter[str], rows: Rows, **narrowed: str) -> list[Shining]:
    """The red and yellow lights of one category or unit."""
    return shining(Counter({colour: colours[colour] for colour in LIT}), rows, **narrowed)


def category_line(group: reports.Group, compared: list[reports.Comparison], lights: LightCounts, rows: Rows) -> Line:
    category: Any = group.of
    own = [c.published for c in compared if c.published.category_id == category.pk]
    # A category that was given no figure of its own is shown by those of its programmes.
    announced = [figure for figure in own if not figure.programme_id] or own
    narrowed = {"category": category.code}
    colours = next((group.colours for group in lights.groups if group.of == category), Counter())
    lit = lit_of(colours, rows, **narrowed)
    return Line(category, group.figures, rows.projects(**narrowed), lit, announced)


def units_by_schedule(
    groups: Iterable[reports.Group], lights: LightCounts, rows: Rows, *, districts: reports.Districts | None
) -> Units:
    colours = {group.of and group.of.pk: group.colours for group in lights.groups}
    lines = [unit_line(group, colours, rows, districts) for group in groups]
    known = [line for line in lines if line.of]
    ranked = [line for line in known if line.figures.ahead is not None]
    ahead = [line for line in ranked if (line.figures.ahead or 0) >= 0]
    behind = [line for line in reversed(ranked) if (line.figures.ahead or 0) < 0]
    return Units(
        ahead=ahead[:UNITS_SHOWN],
        behind=behind[:UNITS_SHOWN],
        planned=[line for line in known if line.figures.planned_projects],
        unplanned=[line for line in known if not line.figures.planned_projects],
        unknown=next((line for line in lines if not line.of), None),
        districts=districts is not None,
        beside=districts is not None and any(not line.district for line in known),
    )


def unit_line(
    group: reports.Group, colours: dict[Any, Counter[str]], rows: Rows, districts: reports.Districts | None
) -> Line:
    unit: Any = group.of
    district = bool(unit and districts and unit.pk in districts)
    narrowed = narrowed_to(unit, district=district, beside=districts is not None)
    lit = lit_of(colours.get(unit and unit.pk, Counter()), rows, **narrowed)
    return Line(unit, group.figures, rows.projects(**narrowed), lit, district=district)


def narrowed_to(unit: Unit | None, *, district: bool, beside: bool) -> dict[str, str]:
    """What the register is asked for the rows of a line. An area ``beside`` its districts has what nobody leads yet."""
    if unit is None:
        return {"gap": "unit"}
    if district:
        return {"unit": unit.code}
    return {"area": unit.code, "gap": "unit"} if beside and unit.kind == Unit.Kind.AREA else {"lead_unit": unit.code}
