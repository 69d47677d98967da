from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from erqi.core.fields import NumberField
from erqi.core.models import Sourced
from erqi.core.models.natural import natural_key_manager
from projects.models import Unit


class AssessmentScheme(Sourced):
    """How units are scored in a year; weights that are not published are null."""

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    owner = models.ForeignKey(Unit, models.PROTECT, related_name="assessment_schemes", verbose_name=_("考核方"))
    assessed = models.CharField(_("考核对象"), max_length=100)
    since_year = models.PositiveSmallIntegerField(_("起始年度"), null=True, blank=True)
    frequency = models.CharField(_("周期"), max_length=20, blank=True)
    formula = models.TextField(_("计分办法"), blank=True, help_text=_("未公布时留空。"))
    lead_units = models.ManyToManyField(Unit, blank=True, related_name="led_schemes", verbose_name=_("本区牵头单位"))
    note = models.CharField(_("说明"), max_length=300, blank=True)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"), m2m_fields=[lead_units])

    class Meta:
        verbose_name = _("考核办法")
        verbose_name_plural = pgettext_lazy("复数", "考核办法")
        ordering = ["code"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)


class AssessmentDimension(Sourced):
    scheme = models.ForeignKey(AssessmentScheme, models.CASCADE, related_name="dimensions", verbose_name=_("考核办法"))
    number = models.PositiveSmallIntegerField(_("序号"))
    group = models.CharField(_("组"), max_length=20, blank=True)
    name = models.CharField(_("名称"), max_length=100)
    weight = NumberField(
        _("权重"), max_digits=6, decimal_places=2, null=True, blank=True, help_text=_("未公布时留空。")
    )
    lead_unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="led_dimensions",
        verbose_name=_("单项牵头单位"),
    )
    note = models.CharField(_("说明"), max_length=300, blank=True)

    objects = natural_key_manager("scheme__code", "number")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("考核维度")
        verbose_name_plural = pgettext_lazy("复数", "考核维度")
        ordering = ["scheme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="dimension_number_once"),
            models.CheckConstraint(name="dimension_weight_range", condition=Q(weight=None) | Q(weight__gte=0)),
        ]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (*self.scheme.natural_key(), self.number)


class CommitmentLetter(Sourced):
    """目标承诺书: a unit's signed targets for a year, handed in or not (unknown is null)."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="commitment_letters", verbose_name=_("单位"))
    year = models.PositiveSmallIntegerField(_("年度"))
    handed_in = models.BooleanField(_("已递交"), null=True, blank=True)
    handed_in_on = models.DateField(_("递交日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)

    objects = natural_key_manager("unit__code", "year")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("目标承诺书")
        verbose_name_plural = pgettext_lazy("复数", "目标承诺书")
        ordering = ["-year", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year"],
                name="letter_once",
                violation_error_message=_("该单位该年度已有承诺书。"),
            ),
            models.CheckConstraint(
                name="letter_date_when_in",
                condition=Q(handed_in_on=None) | Q(handed_in=True),
                violation_error_message=_("有递交日期的承诺书应标为已递交。"),
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.year}"

    def natural_key(self):
        return (*self.unit.natural_key(), self.year)
