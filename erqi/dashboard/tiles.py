"""Without a map: equal tiles in a schematic outline, in the units' own order. They say nothing of where places are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from projects.services.map_sheet import Point, inside

OUTLINE = Path(__file__).parent / "maps/schematic.geojson"
WIDTH, HEIGHT = 1000, 620
PADDING, GAP = 22, 12
# Width to height, and the tallest, so that a few places do not fill the sheet.
SHAPE, TALLEST = 1.55, 150


@dataclass(frozen=True)
class Tile:
    x: float
    y: float
    width: float
    height: float

    @property
    def drawing(self) -> dict[str, Any]:
        """As ``projects.services.map_sheet`` writes it."""
        return {
            "path": f"M{self.x:.1f} {self.y:.1f}h{self.width:.1f}v{self.height:.1f}h-{self.width:.1f}z",
            "x": self.x + self.width / 2,
            "y": self.y + self.height / 2,
            "across": self.width,
            "down": self.height,
        }


@cache
def outline() -> list[Point]:
    geometry = json.loads(OUTLINE.read_text(encoding="utf-8"))["geometry"]
    return [(x, y) for x, y in geometry["coordinates"][0]]


def outline_path() -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in outline()[:-1]) + "z"


def tiles(number: int) -> list[Tile]:
    """As large as ``number`` of them fit, row by row, each row in the middle."""
    if not number:
        return []
    lines = ceil((HEIGHT - 2 * PADDING) / TALLEST)
    while sum(_capacities(lines)) < number:
        lines += 1
    found: list[Tile] = []
    for line, count in enumerate(_spread(number, _capacities(lines))):
        found += _row(line, count, lines)
    return found


def _capacities(lines: int) -> list[int]:
    across = _height(lines) * SHAPE
    return [int((right - left) // across) for left, right in (_span(line, lines) for line in range(lines))]


def _height(lines: int) -> float:
    return (HEIGHT - 2 * PADDING) / lines


def _span(line: int, lines: int) -> tuple[float, float]:
    """From where to where a row of tiles stays inside the outline, at its upper and lower edge."""
    top = PADDING + line * _height(lines)
    chords = [max(inside([outline()], y), default=(0, 0)) for y in (top, top + _height(lines))]
    return max(left for left, _right in chords) + PADDING, min(right for _left, right in chords) - PADDING


def _spread(number: int, capacities: Sequence[int]) -> list[int]:
    """Each row as full as the others; what is left over goes to the middle."""
    counts, middle = [0] * len(capacities), (len(capacities) - 1) / 2

    def emptiest(line: int) -> tuple[float, float]:
        return (counts[line] + 1) / capacities[line], abs(line - middle)

    for _ in range(number):
        counts[min((line for line, most in enumerate(capacities) if counts[line] < most), key=emptiest)] += 1
    return counts


def _row(line: int, count: int, lines: int) -> list[Tile]:
    left, right = _span(line, lines)
    height = _height(lines)
    across = height * SHAPE
    start, top = (left + right - count * across) / 2, PADDING + line * height
    return [Tile(start + n * across + GAP / 2, top + GAP / 2, across - GAP, height - GAP) for n in range(count)]
