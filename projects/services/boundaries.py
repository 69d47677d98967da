"""The map is imported whole, or not at all. The one before stays, out of use."""

import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.accounts.roles import Action, Area, may
from erqi.core.exceptions import Forbidden
from erqi.core.services import audit
from projects.models import Boundary, BoundaryMap

from . import boundary_file, map_sheet, saying
from .boundary_file import Shape


@transaction.atomic
def import_boundaries(
    *,
    content: bytes,
    title: str,
    by: User | None,
    approval: str = "",
    schematic: bool = False,
    source: str = "",
    named_by: str = "",
) -> BoundaryMap:
    """The file's shapes become the map in use. ``approval``: its 审图号; a map without one is only schematic."""
    _require(by)
    sheet = BoundaryMap(
        title=saying.words("title", title),
        approval=saying.words("approval", approval),
        schematic=schematic,
        source=saying.words("source", source),
        sha256=hashlib.sha256(content).hexdigest(),
        imported_by=by,
    )
    shapes = boundary_file.read(content, named_by=named_by)
    drawings = _drawn(sheet, shapes)
    before = BoundaryMap.objects.in_use()
    sheet.full_clean(exclude=["imported_by"])
    sheet.save()
    Boundary.objects.bulk_create(
        Boundary(map=sheet, unit=shape.unit, geometry=shape.geometry, drawing=drawing)
        for shape, drawing in zip(shapes, drawings, strict=True)
    )
    audit.record("boundarymap.import", sheet, by=by, before=_said(before) if before else None, after=_said(sheet))
    return sheet


def _drawn(sheet: BoundaryMap, shapes: list[Shape]) -> list[dict[str, Any]]:
    drawn, drawings = map_sheet.draw([shape.rings for shape in shapes])
    sheet.width, sheet.height = drawn.width, drawn.height
    unseen = [shape for shape, drawing in zip(shapes, drawings, strict=True) if not drawing]
    if unseen:
        words = _("第 %(number)s 个要素：“%(unit)s”太小，在整幅图上画不出来。请核对坐标。")
        raise ValidationError([words % {"number": shape.number, "unit": shape.unit} for shape in unseen])
    return drawings


def _said(sheet: BoundaryMap) -> dict[str, Any]:
    return {**audit.snapshot(sheet), "units": "、".join(sorted(shape.unit.code for shape in _shapes(sheet)))}


def _shapes(sheet: BoundaryMap) -> Any:
    return sheet.shapes.select_related("unit").only("unit__code")


def _require(by: User | None) -> None:
    if by is not None and not may(by, Area.REFERENCE, Action.CHANGE):
        raise Forbidden(_("地图由发改统计局维护，您的角色不能导入。"), code="role_not_allowed")
