from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import localdate
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erqi.core.fields import NumberField
from erqi.core.models import Sourced
from erqi.core.models.natural import natural_key_manager

from .category import Category, Programme
from .choices import FIRST_YEAR, LAST_YEAR, Commitment, Qualifier, require_day_in_range


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
    """Something promised for the year, and what became of it: counted in the register, or entered by hand."""

    class Measure(models.TextChoices):
        """What the register can count; how: ``reports.standings``."""

        INVESTED = "invested", _("本年完成投资")
        PROJECTS_STARTED = "projects_started", _("本年开工项目数")
        PROJECTS_COMPLETED = "projects_completed", _("本年竣工项目数")

    indicator = models.CharField(_("指标"), max_length=100)
    indicator_en = models.CharField(_("指标（英文）"), max_length=200, blank=True)
    deadline_text = models.CharField(_("期限（原文）"), max_length=50, blank=True)
    deadline = models.DateField(_("期限"), null=True, blank=True)
    measure = models.CharField(
        _("系统计算"),
        max_length=20,
        choices=Measure,
        blank=True,
        default="",
        db_default="",
        help_text=_("目标就是这个数时选；按目标的类别和专项统计登记数据。选了就不填实际数。"),
    )
    at_most = models.BooleanField(
        _("不超过才算完成"), default=False, db_default=False, help_text=_("目标值是上限时选，例如 300 米见绿。")
    )
    actual = NumberField(
        _("实际数"),
        max_digits=20,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("计量单位同目标值；未掌握时留空。"),
    )
    actual_on = models.DateField(_("实际数截至"), null=True, blank=True)
    actual_source = models.CharField(
        _("实际数出处"),
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text=_("哪个单位的哪份材料，例如“区住建局 12 月报表”。"),
    )
    actual_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        editable=False,
        related_name="+",
        verbose_name=_("实际数填写人"),
    )

    objects = natural_key_manager("code")
    # Who changed it is in the history already.
    history = HistoricalRecords(verbose_name=_("历史"), excluded_fields=["actual_by"])

    class Meta(Announced.Meta):
        abstract = False
        verbose_name = _("年度目标")
        verbose_name_plural = pgettext_lazy("复数", "年度目标")
        ordering = ["-year", "order", "code"]
        constraints = [
            *Announced.Meta.constraints,
            models.CheckConstraint(
                name="target_actual_sourced",
                condition=Q(actual=None, actual_on=None, actual_source="")
                | (Q(actual__isnull=False, actual_on__isnull=False, measure="") & ~Q(actual_source="")),
                violation_error_message=_("实际数、截至日期和出处要一起填写，或一起留空；由系统计算的目标不填实际数。"),
            ),
        ]

    def __str__(self):
        return self.indicator

    def clean(self):
        super().clean()
        if self.actual_on:
            require_day_in_range("actual_on", self.actual_on)
            if self.actual_on > localdate():
                raise ValidationError({"actual_on": gettext("实际数的截至日期不能晚于今天。")})

    @property
    def due(self) -> date | None:
        """The last day to keep the promise: the day it names, or else its year's last."""
        return self.deadline or (date(self.year, 12, 31) if self.year else None)

    def met_by(self, actual: Decimal) -> bool | None:
        """Whether ``actual`` keeps the promise; unknown (None) where none was put in numbers."""
        if self.value is None:
            return None
        if self.at_most:
            return actual <= self.value
        return actual > self.value if self.qualifier == Qualifier.MORE_THAN else actual >= self.value


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
