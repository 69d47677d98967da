"""Degrees become a drawing on a sheet of at most 1000 × 1000.

Every position is rounded to the sheet's grid and nothing else is left out: neighbours that share a border still share
it afterwards, which simplifying each shape for itself would not keep.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians
from typing import Any

Position = tuple[float, float]
Ring = Sequence[Position]
Point = tuple[int, int]

SIDE = 1000
MARGIN = 10
GRIDS = (1, 2, 4, 8)
# All paths together, so that the page stays small.
LONGEST = 120_000
SCAN_LINES = 24
# Room for any label.
ENOUGH = 240


@dataclass(frozen=True)
class Sheet:
    """North is up; a degree of longitude is as long as it is in the middle of the map."""

    west: float
    north: float
    across: float
    down: float
    width: int
    height: int

    @classmethod
    def around(cls, positions: Iterable[Position]) -> "Sheet":
        longitudes, latitudes = zip(*positions, strict=True)
        west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
        squeeze = cos(radians((south + north) / 2))
        scale = (SIDE - 2 * MARGIN) / max((east - west) * squeeze, north - south)
        width, height = (east - west) * squeeze * scale, (north - south) * scale
        return cls(west, north, squeeze * scale, scale, round(width) + 2 * MARGIN, round(height) + 2 * MARGIN)

    def drawn(self, ring: Ring, grid: int) -> list[Point]:
        """Without points that repeat the one before or lie on a straight line between two others."""
        kept: list[Point] = []
        for longitude, latitude in ring:
            x, y = MARGIN + (longitude - self.west) * self.across, MARGIN + (self.north - latitude) * self.down
            _extend(kept, (round(x / grid) * grid, round(y / grid) * grid))
        while len(kept) > 2 and _straight(kept[-2], kept[-1], kept[0]):
            kept.pop()
        return kept[:-1] if len(kept) > 1 and kept[-1] == kept[0] else kept


def _extend(kept: list[Point], point: Point) -> None:
    while len(kept) > 1 and _straight(kept[-2], kept[-1], point):
        kept.pop()
    if not kept or kept[-1] != point:
        kept.append(point)


def _straight(a: Point, b: Point, c: Point) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) == (b[1] - a[1]) * (c[0] - a[0])


def draw(shapes: Sequence[Sequence[Ring]]) -> tuple[Sheet, list[dict[str, Any]]]:
    """Each shape is its rings, holes among them; its drawing is empty where it is too small to be seen."""
    sheet = Sheet.around(position for rings in shapes for ring in rings for position in ring)
    for grid in GRIDS:
        found = [_drawing(sheet, rings, grid) for rings in shapes]
        if sum(len(drawing.get("path", "")) for drawing in found) <= LONGEST:
            break
    return sheet, found


def _drawing(sheet: Sheet, rings: Sequence[Ring], grid: int) -> dict[str, Any]:
    drawn = [points for ring in rings if len(points := sheet.drawn(ring, grid)) > 2]
    if not drawn:
        return {}
    return {"path": "".join(map(_path, drawn)), **room(drawn)}


def _path(points: Sequence[Point]) -> str:
    (x, y), steps = points[0], []
    for before, here in pairwise(points):
        steps.append(f"{here[0] - before[0]} {here[1] - before[1]}")
    return f"M{x} {y}l{' '.join(steps)}z"


def room(rings: Sequence[Sequence[Point]]) -> dict[str, int]:
    """Where a label, twice as wide as high, has most room, and how much: the middle of the best of some chords.

    Among those with room enough, the one nearest to the middle.
    """
    top = min(y for ring in rings for _x, y in ring)
    bottom = max(y for ring in rings for _x, y in ring)
    best: tuple[float, ...] = (-1.0,) * 6
    for line in range(SCAN_LINES):
        y = top + (bottom - top) * (line + 0.5) / SCAN_LINES
        left, right = max(inside(rings, y), key=lambda chord: chord[1] - chord[0], default=(0.0, 0.0))
        x = (left + right) / 2
        turned = [[(b, a) for a, b in ring] for ring in rings]
        high, low = next((chord for chord in inside(turned, x) if chord[0] <= y <= chord[1]), (y, y))
        down = 2 * min(y - high, low - y)
        fit = min(right - left, 2 * down, ENOUGH)
        best = max(best, (fit, -abs(2 * y - top - bottom), x, y, right - left, down))
    x, y, across, down = map(round, best[2:])
    return {"x": x, "y": y, "across": across, "down": down}


def inside(rings: Sequence[Sequence[Point]], y: float) -> Iterator[tuple[float, float]]:
    """From where to where a horizontal line runs inside the shape."""
    crossings = []
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 <= y) != (y2 <= y):
                crossings.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    crossings.sort()
    return zip(crossings[::2], crossings[1::2], strict=False)
