"""What the pages about a group of projects, a category's or a unit's, have in common."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from projects import reports
from projects.models import Light
from projects.models.choices import Baseline
from projects.reports.attention import attention
from projects.reports.lights import light_counts

from .basis import Basis
from .links import Rows

# The rest stand folded below them.
PRESSING_FIRST = 6


@dataclass(frozen=True)
class Shining:
    """The projects whose light has one colour."""

    colour: str
    label: Any
    number: int
    rows: str


def shining(colours: Counter[str], rows: Rows, **filters: Any) -> list[Shining]:
    """The worst first; a colour that nothing has is left out."""
    return [
        Shining(colour.value, colour.label, colours[colour], rows.projects(**filters, light=colour.value))
        for colour in reversed(Light.ORDER)
        if colours[colour]
    ]


def group_values(basis: Basis) -> dict[str, Any]:
    """``basis`` is already about the category or the unit."""
    rows, found = Rows(basis), reports.overview(**basis.arguments)
    curve, pressing = reports.monthly_curve(**basis.arguments), attention(**basis.arguments)
    lights = light_counts(**basis.period, by="unit", projects=basis.projects)
    return {
        "found": found,
        "total": found.total,
        "links": {"projects": rows.projects(), "missing": rows.projects(gap="report")},
        "curve": curve,
        "original": original_to_date(basis, curve),
        "lights": shining(lights.total, rows),
        "unit_lights": {group.of and group.of.pk: group.colours for group in lights.groups},
        "pressing": pressing[:PRESSING_FIRST],
        "pressing_more": pressing[PRESSING_FIRST:],
    }


def original_to_date(basis: Basis, curve: Iterable[reports.MonthLine]) -> dict[int, Decimal]:
    """Month → original plan to date (万元); empty where it is what ``curve`` is measured against anyway."""
    if basis.baseline == Baseline.ORIGINAL:
        return {}
    first = reports.monthly_curve(**{**basis.arguments, "baseline": Baseline.ORIGINAL})
    to_date = {line.month: line.scheduled_to_date for line in first}
    if to_date == {line.month: line.scheduled_to_date for line in curve}:
        return {}
    return {month: amount for month, amount in to_date.items() if amount is not None}
