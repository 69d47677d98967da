"""The wall's own drawings, as coordinates for SVG: it needs no library and no script to be drawn."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Any

from erqi.core.templatetags.lights import SHAPES
from erqi.dashboard.charts import yi
from projects.models.plan import MONTHS
from projects.reports import MonthLine

# The drawing and, inside it, the field between the axes; one unit is one pixel at 1920 × 1080.
WIDTH, HEIGHT = 1792, 690
LEFT, RIGHT, TOP, BOTTOM = 96, 1776, 44, 626
STEP = (RIGHT - LEFT) / len(MONTHS)
BAR, COLUMN = 70, 124
TICKS = 5
# A number needs this much room in its column.
READABLE = 34


@dataclass(frozen=True)
class Scale:
    """From 亿元 to height; ``ticks`` are round numbers and their heights."""

    low: float
    high: float
    step: float

    def y(self, value: float) -> float:
        return round(BOTTOM - (value - self.low) / (self.high - self.low) * (BOTTOM - TOP), 1)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        count = round((self.high - self.low) / self.step)
        values = [self.low + self.step * place for place in range(count + 1)]
        return [(self.y(value), f"{value:,.10g}") for value in values]


def scale(values: Iterable[float]) -> Scale:
    """Round steps around all ``values`` and nothing."""
    found = [0.0, *values]
    step = _round_step((max(found) - min(found)) / TICKS or 1.0)
    low, high = floor(min(found) / step), ceil(max(found) / step)
    return Scale(low * step, max(high, low + 1) * step, step)


def _round_step(least: float) -> float:
    power = 10.0 ** floor(log10(least))
    return next((power * factor for factor in (1, 2, 2.5, 5) if power * factor >= least), power * 10)


def x_of(month: int) -> float:
    """The middle of the month's column."""
    return round(LEFT + STEP * (month - 0.5), 1)


def curve(lines: Iterable[MonthLine], original: Mapping[int, Decimal]) -> dict[str, Any]:
    """Plan, original plan (month → to date, empty if it is the plan), done, and each month's own as a bar."""
    rows = list(lines)
    series = {
        "scheduled": known((row.month, row.scheduled_to_date) for row in rows),
        "original": known(original.items()),
        "done": known((row.month, row.to_date) for row in rows),
    }
    months = known((row.month, row.invested) for row in rows)
    axis = scale([*months.values(), *(value for line in series.values() for value in line.values())])
    points = {name: _points(line, axis.y) for name, line in series.items()}
    return {
        "ticks": axis.ticks,
        "months": [(x_of(row.month), row.month) for row in rows],
        "zero": axis.y(0),
        "points": points,
        "paths": {name: " ".join(f"{x},{y}" for x, y in found) for name, found in points.items()},
        "bars": [_bar(month, value, axis) for month, value in months.items()],
    }


def _points(line: Mapping[int, float], y: Callable[[float], float]) -> list[tuple[float, float]]:
    return [(x_of(month), y(value)) for month, value in line.items()]


def _bar(month: int, value: float, axis: Scale) -> dict[str, float]:
    """From nothing up, or down where a month was corrected downwards."""
    top, foot = sorted((axis.y(value), axis.y(0)))
    return {"x": round(x_of(month) - BAR / 2, 1), "y": top, "height": round(foot - top, 1)}


def columns(months: Mapping[int, Counter[str]], order: Iterable[str]) -> list[dict[str, Any]]:
    """A column for each month; the first colour of ``order`` stands at its foot."""
    tallest = max((sum(colours.values()) for colours in months.values()), default=1)
    return [
        {"month": month, "x": x_of(month), "left": x_of(month) - COLUMN / 2, "parts": _parts(colours, order, tallest)}
        for month, colours in months.items()
    ]


def _parts(colours: Counter[str], order: Iterable[str], tallest: int) -> list[dict[str, Any]]:
    parts, below = [], 0
    for colour in order:
        number = colours[colour]
        height = number / tallest * (BOTTOM - TOP)
        foot = BOTTOM - below / tallest * (BOTTOM - TOP)
        below += number
        if number:
            sized = {"y": round(foot - height, 1), "height": round(height, 1), "middle": round(foot - height / 2, 1)}
            said = {"colour": colour, "shape": SHAPES[colour], "number": number, "readable": height >= READABLE}
            parts.append({**said, **sized})
    return parts


def known(amounts: Iterable[tuple[int, Decimal | None]]) -> dict[int, float]:
    """Month → 亿元, without the months of which nothing is known."""
    return {month: value for month, amount in amounts if (value := yi(amount)) is not None}
