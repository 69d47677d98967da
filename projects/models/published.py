from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erqi.core.fields import NumberField
from erqi.core.models import Sourced
from erqi.core.models.natural import natural_key_manager

from .category import Category, Programme
from .choices import FIRST_YEAR, LAST_YEAR, Commitment, Qualifier


class YearTheme(Sourced):
    """The name a year was given, such as 项目建设奋力推进年; a year may have more than one."""

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    year = models.PositiveSmallIntegerField(_("年度"))
    name = models.CharField(_("名称"), max_length=100)
    set_by = models.CharField(_("提出者"), max_length=100, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("年度主题")
        verbose_name_plural = pgettext_lazy("复数", "年度主题")
        ordering = ["-year", "order"]

    def __str__(self):
        return self.name

    def natural_key(self):
        return (self.code,)


class Announced(Sourced):
    """A number as it was announced: value and unit exactly as printed, converted nowhere."""

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    year = models.PositiveSmallIntegerField(_("年度"), null=True, blank=True)
    category = models.ForeignKey(
        Category, models.PROTECT, null=True, blank=True, verbose_name=_("类别"), help_text=_("留空表示全区。")
    )
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, verbose_name=_("专项"))
    value = NumberField(_("数值"), max_digits=20, decimal_places=4, null=True, blank=True)
    unit_of_measure = models.CharField(_("计量单位"), max_length=20, blank=True)
    qualifier = models.CharField(_("限定"), max_length=20, choices=Qualifier, default=Qualifier.EXACT)
    commitment = models.CharField(_("承诺用语"), max_length=20, choices=Commitment, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_year_range", condition=Q(year=None) | Q(year__range=(FIRST_YEAR, LAST_YEAR))
            )
        ]

    def natural_key(self):
        return (self.code,)

    def clean(self):
        if self.programme and self.category_id and self.programme.category_id != self.category_id:
            raise ValidationError({"programme": gettext("专项“%(name)s”不属于所选类别。") % {"name": self.programme}})


class Target(Announced):
    """Something promised for the year."""

    indicator = models.CharField(_("指标"), max_length=100)
    indicator_en = models.CharField(_("指标（英文）"), max_length=200, blank=True)
    deadline_text = models.CharField(_("期限（原文）"), max_length=50, blank=True)
    deadline = models.DateField(_("期限"), null=True, blank=True)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta(Announced.Meta):
        abstract = False
        verbose_name = _("年度目标")
        verbose_name_plural = pgettext_lazy("复数", "年度目标")
        ordering = ["-year", "order", "code"]

    def __str__(self):
        return self.indicator


class PublishedFigure(Announced):
    """A figure that was made public, to be shown beside what the register holds, never forced to agree with it."""

    class Measure(models.TextChoices):
        PROJECT_COUNT = "project_count", _("项目个数")
        TOTAL_INVESTMENT = "total_investment", _("总投资")
        ANNUAL_PLAN = "annual_plan", _("年度计划投资")
        RESULT = "result", _("工作成效")

    measure = models.CharField(_("口径"), max_length=20, choices=Measure)
    label = models.CharField(_("事项"), max_length=100)
    label_en = models.CharField(_("事项（英文）"), max_length=200, blank=True)
    topic = models.CharField(_("领域"), max_length=50, blank=True)
    rank = models.PositiveSmallIntegerField(_("名次"), null=True, blank=True)
    comparison_scope = models.CharField(_("比较范围"), max_length=100, blank=True)
    period_text = models.CharField(_("时期（原文）"), max_length=50, blank=True)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta(Announced.Meta):
        abstract = False
        verbose_name = _("公布数据")
        verbose_name_plural = pgettext_lazy("复数", "公布数据")
        ordering = ["-year", "order", "code"]

    def __str__(self):
        return self.label
