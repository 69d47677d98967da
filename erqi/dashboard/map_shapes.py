"""What the map draws: the shapes of an imported map, or equal tiles where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from projects.models import BoundaryMap, Unit

from . import tiles

# How strongly a shape is filled, by the share of its worst colour.
STRENGTHS = ("0.45", "0.65", "0.85", "1")
# The room, in points of the sheet, that a label takes: with name and lights, with name and number.
LABELS = {"large": (160, 88), "middle": (96, 44)}
LONGEST_NAME = 8


@dataclass(frozen=True)
class Shape:
    """A line of the page's table as it is drawn, with where its label stands."""

    line: Any
    path: str
    x: int
    y: int
    size: str
    chosen: bool

    @property
    def pattern(self) -> str:
        worst = self.line.place.worst
        return "empty" if worst is None else worst or "unlit"

    @property
    def lit(self) -> bool:
        return bool(self.line.place.worst)

    @property
    def strength(self) -> str:
        place = self.line.place
        share = place.colours[place.worst] / place.projects if place.worst else 0
        return STRENGTHS[min(int(share * len(STRENGTHS)), len(STRENGTHS) - 1)]

    @property
    def label(self) -> str:
        return short_name(self.line.place.of)


def drawing(sheet: BoundaryMap | None, lines: Sequence[Any], chosen: Any) -> dict[str, Any]:
    """``outlines`` are drawn under the shapes; an imported map's are those of the areas."""
    if sheet is None:
        found = [{**tile.drawing, "line": line} for line, tile in zip(lines, tiles.tiles(len(lines)), strict=True)]
        size, outlines = (tiles.WIDTH, tiles.HEIGHT), [tiles.outline_path()]
    else:
        drawn = dict(sheet.shapes.values_list("unit", "drawing"))
        found = [{**drawn.pop(line.place.of.pk), "line": line} for line in lines]
        size, outlines = (sheet.width, sheet.height), [area["path"] for area in drawn.values()]
    shapes = [shape(**one, chosen=one["line"] is chosen) for one in found]
    return {"sheet": sheet, "width": size[0], "height": size[1], "outlines": outlines, "shapes": shapes}


def shape(*, line: Any, path: str, x: float, y: float, across: float, down: float, chosen: bool) -> Shape:
    fitting = (name for name, (wide, high) in LABELS.items() if across >= wide and down >= high)
    return Shape(line, path, round(x), round(y), next(fitting, "small"), chosen)


def short_name(unit: Unit) -> str:
    """Without the district's own name before it, and not wider than its shape."""
    name = unit.name.removeprefix(unit.parent.name if unit.parent else "") or unit.name
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
