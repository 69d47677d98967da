from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from erqi.core.models import Sourced
from erqi.core.models.natural import natural_key_manager
from projects.models import Unit


class Commendation(Sourced):
    """表彰: the district commends units. The stated count stands beside the recipients that are named."""

    class RecipientKind(models.TextChoices):
        UNIT = "unit", _("单位")
        ENTERPRISE = "enterprise", _("企业")

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    title = models.CharField(_("名称"), max_length=200)
    year = models.PositiveSmallIntegerField(_("表彰年度"))
    announced_on = models.DateField(_("公布日期"), null=True, blank=True)
    recipient_kind = models.CharField(_("对象"), max_length=20, choices=RecipientKind)
    stated_count = models.PositiveIntegerField(_("公布数量"), null=True, blank=True)
    count_unit = models.CharField(_("数量单位"), max_length=10, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("表彰")
        verbose_name_plural = pgettext_lazy("复数", "表彰")
        ordering = ["-year", "order", "code"]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.code,)


class CommendationRecipient(Sourced):
    commendation = models.ForeignKey(Commendation, models.CASCADE, related_name="recipients", verbose_name=_("表彰"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="commendations", verbose_name=_("单位"))

    objects = natural_key_manager("commendation__code", "unit__code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("受表彰单位")
        verbose_name_plural = pgettext_lazy("复数", "受表彰单位")
        ordering = ["commendation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["commendation", "unit"],
                name="commendation_unit_once",
                violation_error_message=_("同一单位在一项表彰中只登记一次。"),
            )
        ]

    def __str__(self):
        return str(self.unit)

    def natural_key(self):
        return (*self.commendation.natural_key(), *self.unit.natural_key())
