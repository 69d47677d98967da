from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .unit import Unit

# Units that a project can stand in; an area is only the outline around them.
PLACE_KINDS = (Unit.Kind.STREET, Unit.Kind.TOWN, Unit.Kind.COMMITTEE, Unit.Kind.ZONE)


class BoundaryMapQuerySet(models.QuerySet["BoundaryMap"]):
    def in_use(self) -> "BoundaryMap | None":
        """The one imported last; those before it are kept."""
        return self.order_by("-pk").first()


class BoundaryMap(models.Model):
    """A map of the district as it was imported: reviewed, with its 审图号, or only schematic (示意)."""

    title = models.CharField(_("图名"), max_length=200)
    approval = models.CharField(_("审图号"), max_length=60, blank=True)
    schematic = models.BooleanField(_("示意"), default=False)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    sha256 = models.CharField(_("文件摘要"), max_length=64)
    # The sheet it is drawn on: see ``services.map_sheet``.
    width = models.PositiveSmallIntegerField(_("图幅宽"))
    height = models.PositiveSmallIntegerField(_("图幅高"))
    imported_at = models.DateTimeField(_("导入时间"), default=timezone.now)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("导入人")
    )

    objects = BoundaryMapQuerySet.as_manager()

    class Meta:
        verbose_name = _("地图")
        verbose_name_plural = pgettext_lazy("复数", "地图")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="boundary_map_reviewed",
                condition=Q(schematic=True, approval="") | (Q(schematic=False) & ~Q(approval="")),
                violation_error_message=_("经审核的地图须有审图号；没有审图号的只能作为示意图。"),
            )
        ]

    def __str__(self):
        return self.title


class Boundary(models.Model):
    """One unit's shape on one map.

    ``geometry``: Polygon or MultiPolygon of GeoJSON, longitude and latitude in degrees, as it was imported.
    ``drawing``: the same on the map's sheet as a ``path``, and where a label has most room (``services.map_sheet``).
    """

    map = models.ForeignKey(BoundaryMap, models.CASCADE, related_name="shapes", verbose_name=_("地图"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="boundaries", verbose_name=_("单位"))
    geometry = models.JSONField(_("边界"))
    drawing = models.JSONField(_("图形"))

    class Meta:
        verbose_name = _("单位边界")
        verbose_name_plural = pgettext_lazy("复数", "单位边界")
        ordering = ["map", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["map", "unit"],
                name="boundary_once",
                violation_error_message=_("该单位在这幅地图上已有图形。"),
            )
        ]

    def __str__(self):
        return f"{self.map} · {self.unit}"
