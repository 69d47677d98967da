"""A map as people hand it over: GeoJSON, one feature for each unit. Everything wrong with it is said at once."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from erqi.core.words import listed
from projects.models import Unit
from projects.models.boundary import PLACE_KINDS

from .map_sheet import Position, Ring

LARGEST = 20 * 1024 * 1024
MOST_FEATURES = 500
MAPPED_KINDS = (*PLACE_KINDS, Unit.Kind.AREA)
# Where China lies, in degrees: 经度 and 纬度. Metres, and the two in the wrong order, fall outside.
LONGITUDES, LATITUDES = (73, 136), (3, 54)


class Wrong(Exception):
    """What is wrong with one part, and what would be right."""


@dataclass(frozen=True)
class Shape:
    number: int
    unit: Unit
    geometry: dict[str, Any]

    @property
    def rings(self) -> list[Ring]:
        polygons = self.geometry["coordinates"]
        if self.geometry["type"] == "Polygon":
            polygons = [polygons]
        return [ring for polygon in polygons for ring in polygon]


def read(content: bytes, *, named_by: str = "") -> list[Shape]:
    """``named_by``: the property that names the unit, by code or by name; by default ``code``, else ``name``."""
    features, unit_named = _features(content), _register()
    problems: list[str] = []
    shapes: list[Shape] = []
    for number, feature in enumerate(features, 1):
        found, wrong = _read_feature(feature, named_by, unit_named)
        problems += [_numbered(number, words) for words in wrong]
        shapes += [Shape(number, *found)] if found else []
    problems += _twice(shapes)
    if problems:
        raise ValidationError(problems)
    return shapes


def _numbered(number: int, words: str) -> str:
    return _("第 %(number)s 个要素：%(words)s") % {"number": number, "words": words}


# The file -----------------------------------------------------------------------------------------


def _features(content: bytes) -> list[Any]:
    if len(content) > LARGEST:
        limit = {"limit": LARGEST // 1024 // 1024}
        raise ValidationError(_("文件超过 %(limit)s MB，请先概化边界再导入。") % limit)
    try:
        collection = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValidationError(_("文件不是 UTF-8 编码，请另存为 UTF-8。")) from error
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("文件不是 JSON（%(error)s），应为 GeoJSON。") % {"error": str(error)[:100]}) from error
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise ValidationError(_("文件不是 GeoJSON 的 FeatureCollection（要素集），请按要素集导出。"))
    features = collection.get("features")
    if not isinstance(features, list) or not 0 < len(features) <= MOST_FEATURES:
        raise ValidationError(_("features 应为 1–%(most)s 个要素的列表，每个单位一个。") % {"most": MOST_FEATURES})
    return features


def _read_feature(
    feature: Any, named_by: str, unit_named: Callable[[str], Unit]
) -> tuple[tuple[Unit, dict] | None, list[str]]:
    """The unit and its shape, or what is wrong with either."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, [_("不是 GeoJSON 的 Feature（要素），应有 type、properties 和 geometry。")]
    unit, geometry, wrong = None, None, []
    try:
        unit = unit_named(_name(feature.get("properties"), named_by))
    except Wrong as error:
        wrong.append(str(error))
    try:
        geometry = _geometry(feature.get("geometry"))
    except Wrong as error:
        wrong.append(str(error))
    return (unit, geometry) if unit and geometry else None, wrong


def _twice(shapes: list[Shape]) -> Iterator[str]:
    first: dict[int, int] = {}
    for shape in shapes:
        if shape.unit.pk in first:
            words = _("“%(unit)s”与第 %(first)s 个要素重复，一个单位只能有一个要素；多块的请合成 MultiPolygon。")
            yield _numbered(shape.number, words % {"unit": shape.unit, "first": first[shape.unit.pk]})
        first.setdefault(shape.unit.pk, shape.number)


# Its unit -----------------------------------------------------------------------------------------


def _name(properties: Any, named_by: str) -> str:
    known = properties if isinstance(properties, dict) else {}
    for name in [named_by] if named_by else ["code", "name"]:
        value = known.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    looked_for = named_by or _("code 或 name")
    words = _("没有写明单位：properties 中应有 %(wanted)s，其值为单位的编号或名称；现有 %(present)s。")
    raise Wrong(words % {"wanted": looked_for, "present": listed(map(str, list(known)[:10])) or "—"})


def _register() -> Callable[[str], Unit]:
    """Finds a unit by its code, name or full name, among those that can have a shape."""
    named: dict[str, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.without_tree_fields():
        for name in {unit.code, unit.name, unit.full_name} - {""}:
            named[name].append(unit)
    usable = [name for name, units in named.items() if any(map(_usable, units))]

    def found(name: str) -> Unit:
        units = named.get(name, [])
        fitting = [unit for unit in units if _usable(unit)]
        if len(fitting) == 1:
            return fitting[0]
        raise Wrong(_unknown(name, usable) if not units else _ambiguous(name, fitting) if fitting else _unfit(units[0]))

    return found


def _usable(unit: Unit) -> bool:
    return unit.active and unit.kind in MAPPED_KINDS


def _unknown(name: str, usable: list[str]) -> str:
    words = _("没有编号或名称为“%(name)s”的单位。") % {"name": name[:60]}
    near = get_close_matches(name[:60], usable, n=3, cutoff=0.5)
    return words + (
        _("是否为%(near)s？") % {"near": listed(_("“%(name)s”") % {"name": n} for n in near)} if near else ""
    )


def _ambiguous(name: str, units: list[Unit]) -> str:
    codes = listed(unit.code for unit in units)
    return _("有 %(n)s 个单位都叫“%(name)s”，请改写编号：%(codes)s。") % {"n": len(units), "name": name, "codes": codes}


def _unfit(unit: Unit) -> str:
    if not unit.active:
        return _("“%(unit)s”已停用，请写现用的单位。") % {"unit": unit}
    kinds = listed(str(Unit.Kind(kind).label) for kind in MAPPED_KINDS)
    return _("“%(unit)s”是%(kind)s，地图上只能是%(kinds)s。") % {
        "unit": unit,
        "kind": unit.get_kind_display(),
        "kinds": kinds,
    }


# Its shape ----------------------------------------------------------------------------------------


def _geometry(geometry: Any) -> dict[str, Any]:
    """Checked, and without anything but longitude and latitude."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in {"Polygon", "MultiPolygon"}:
        present = kind if isinstance(kind, str) else "—"
        raise Wrong(_("几何类型是 %(kind)s，应为 Polygon 或 MultiPolygon。") % {"kind": present[:40]})
    coordinates = geometry.get("coordinates")
    polygons = _list([coordinates] if kind == "Polygon" else coordinates, _("coordinates"))
    read = [
        [_ring(ring, _place(polygon, ring_number)) for ring_number, ring in enumerate(_list(rings, _place(polygon)), 1)]
        for polygon, rings in enumerate(polygons, 1)
    ]
    return {"type": kind, "coordinates": read[0] if kind == "Polygon" else read}


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Wrong(_("%(place)s是空的或不是列表，应为坐标环的列表。") % {"place": place})
    return value


def _place(polygon: int, ring: int | None = None) -> str:
    if ring is None:
        return _("第 %(polygon)s 个面") % {"polygon": polygon}
    return _("第 %(polygon)s 个面第 %(ring)s 环") % {"polygon": polygon, "ring": ring}


def _ring(ring: Any, place: str) -> list[Position]:
    positions = [_position(value, place, number) for number, value in enumerate(_list(ring, place), 1)]
    if positions[0] != positions[-1]:
        raise Wrong(_("%(place)s没有闭合，最后一点应与第一点相同。") % {"place": place})
    if len(set(positions)) < 3:
        raise Wrong(_("%(place)s不足 3 个不同的点，围不成面。") % {"place": place})
    return positions


def _position(value: Any, place: str, number: int) -> Position:
    at = {"place": place, "number": number}
    pair = value[:2] if isinstance(value, list) else []
    if len(pair) != 2 or not all(isinstance(n, int | float) and not isinstance(n, bool) for n in pair):
        raise Wrong(_("%(place)s第 %(number)s 点不是一对数字，应为 [经度, 纬度]。") % at)
    if any(isinstance(n, float) and not isfinite(n) for n in pair):
        raise Wrong(_("%(place)s第 %(number)s 点的坐标不是数（NaN 或无穷大），应为以度表示的经度、纬度。") % at)
    longitude, latitude = pair
    if not (LONGITUDES[0] <= longitude <= LONGITUDES[1] and LATITUDES[0] <= latitude <= LATITUDES[1]):
        words = _(
            "%(place)s第 %(number)s 点 [%(longitude)s, %(latitude)s] 超出范围，"
            "应为以度表示的 [经度, 纬度]，经度 73–136、纬度 3–54，经度在前。"
        )
        raise Wrong(words % {**at, "longitude": str(longitude)[:20], "latitude": str(latitude)[:20]})
    return longitude, latitude
