from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from erqi.core.fields import AmountField, NumberField
from erqi.core.models.natural import natural_key_manager

from .choices import FIRST_YEAR, LAST_YEAR, MONTH_RANGE, YEAR_RANGE, between
from .project import Project

NOT_BELOW_ZERO = [MinValueValidator(0, _("界限不能为负数。"))]


def limit(label, help_text=""):
    return models.PositiveSmallIntegerField(label, null=True, blank=True, help_text=help_text)


def share(label, help_text=""):
    return NumberField(
        label, max_digits=5, decimal_places=2, null=True, blank=True, validators=NOT_BELOW_ZERO, help_text=help_text
    )


class LightRuleSet(models.Model):
    """When a light is yellow or red, for four dimensions. A dimension whose limits are empty is not judged.

    A version in force or retired is never edited: its lights refer to it. To change it, copy it to a new version.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("草案")
        IN_FORCE = "in_force", _("施行中")
        RETIRED = "retired", pgettext_lazy("规则", "已停用")

    class Measure(models.TextChoices):
        """欠时序 as points of the year's plan, or as a share of what the schedule expects by now."""

        POINTS = "points", _("百分点：（时序累计−累计完成）÷年度计划")
        RATIO = "ratio", _("比例：（时序累计−累计完成）÷时序累计")

    code = models.SlugField(_("编号"), max_length=30)
    version = models.PositiveSmallIntegerField(_("版本"), default=1, editable=False)
    name = models.CharField(_("名称"), max_length=100)
    basis = models.CharField(_("依据"), max_length=300, blank=True, help_text=_("文件名称，或说明从何而来。"))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    put_in_force_at = models.DateTimeField(_("施行时间"), null=True, blank=True, editable=False)

    measure = models.CharField(_("投资进度的算法"), max_length=10, choices=Measure, default=Measure.POINTS)
    investment_yellow = share(_("投资：欠时序达到此数为黄（%）"), _("百分点或百分比，视算法；0 表示只要欠时序即为黄。"))
    investment_red = share(_("投资：欠时序超过此数为红（%）"))
    schedule_floor = share(
        _("投资：时序下限（%）"),
        _("仅用于比例：时序低于年度计划的这一比例时，按这一比例计算，以免年初分母太小。"),
    )
    smallest_plan = AmountField(
        _("投资：最小年度计划"), null=True, blank=True, help_text=_("万元；年度计划小于此数的项目不判投资进度。")
    )
    start_yellow = limit(_("开工：逾期满几个月为黄"), _("从计划开工月的次月起算；1 表示计划开工月过完仍未开工。"))
    start_red = limit(_("开工：逾期满几个月为红"))
    milestone_yellow = limit(_("节点：逾期几天为黄"))
    milestone_red = limit(_("节点：逾期几天为红"))
    critical_red = limit(_("节点：关键节点逾期几天为红"))
    reporting_yellow = limit(_("报送：连续几个月未按时报送为黄"))
    reporting_red = limit(_("报送：连续几个月应报未报为红"))
    same_is_yellow = models.BooleanField(_("报送：数据与上月相同为黄"), default=False)

    objects = natural_key_manager("code", "version")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("亮灯规则")
        verbose_name_plural = pgettext_lazy("复数", "亮灯规则")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="light_rules_version_once"),
            models.UniqueConstraint(
                fields=["status"],
                condition=Q(status="in_force"),
                name="light_rules_one_in_force",
                violation_error_message=_("同时只能施行一套亮灯规则。"),
            ),
            models.CheckConstraint(
                name="light_rules_red_after_yellow",
                condition=(Q(investment_red=None) | Q(investment_red__gte=F("investment_yellow")))
                & (Q(start_red=None) | Q(start_red__gte=F("start_yellow")))
                & (Q(milestone_red=None) | Q(milestone_red__gte=F("milestone_yellow"))),
                violation_error_message=_("红灯的界限不能低于黄灯的界限；只有红灯界限时请把黄灯界限填为相同的数。"),
            ),
        ]

    def __str__(self):
        return f"{self.name} v{self.version}"

    def natural_key(self):
        return (self.code, self.version)


class LightQuerySet(models.QuerySet["Light"]):
    def visible_to(self, user):
        return self.filter(project__in=Project.objects.visible_to(user))

    def overall(self):
        return self.filter(dimension=Light.Dimension.OVERALL)


class Light(models.Model):
    """What a rule set said of a project in a month, with everything it was said from.

    ``inputs``, ``threshold`` and ``remedy`` hold codes and plain values; ``reports.lights`` puts them into words.
    """

    class Dimension(models.TextChoices):
        OVERALL = "overall", _("总灯")
        START = "start", _("开工")
        INVESTMENT = "investment", _("投资进度")
        MILESTONES = "milestones", _("节点")
        REPORTING = "reporting", pgettext_lazy("灯", "报送")

    class Colour(models.TextChoices):
        GREEN = "green", _("绿灯")
        YELLOW = "yellow", _("黄灯")
        RED = "red", _("红灯")
        GREY = "grey", _("灰灯")

    # From best to worst: what is not known is never better than green, and a known lateness weighs more.
    ORDER = (Colour.GREEN, Colour.GREY, Colour.YELLOW, Colour.RED)

    project = models.ForeignKey(Project, models.PROTECT, related_name="lights", verbose_name=_("项目"))
    year = models.PositiveSmallIntegerField(_("年度"), validators=between(FIRST_YEAR, LAST_YEAR, YEAR_RANGE))
    month = models.PositiveSmallIntegerField(_("月份"), validators=between(1, 12, MONTH_RANGE))
    dimension = models.CharField(_("方面"), max_length=12, choices=Dimension)
    colour = models.CharField(_("颜色"), max_length=8, choices=Colour)
    worst = models.CharField(
        _("最差的方面"), max_length=12, choices=Dimension, blank=True, help_text=_("总灯由哪一方面决定。")
    )
    rules = models.ForeignKey(LightRuleSet, models.PROTECT, related_name="lights", verbose_name=_("亮灯规则"))
    inputs = models.JSONField(_("依据的数据"), default=dict)
    threshold = models.JSONField(_("界限"), default=dict)
    remedy = models.JSONField(_("怎样转绿"), default=dict, help_text=_("能使它转绿的最小一步。"))
    since_year = models.PositiveSmallIntegerField(_("始于（年）"))
    since_month = models.PositiveSmallIntegerField(_("始于（月）"))
    months_running = models.PositiveSmallIntegerField(_("连续月数"), default=1)
    before = models.CharField(
        _("上月的颜色"),
        max_length=8,
        choices=Colour,
        blank=True,
        default="",
        db_default="",
        help_text=_("空：上月没有亮灯。"),
    )
    computed_at = models.DateTimeField(_("计算时间"))

    objects = LightQuerySet.as_manager()

    class Meta:
        verbose_name = _("项目亮灯")
        verbose_name_plural = pgettext_lazy("复数", "项目亮灯")
        ordering = ["project", "-year", "-month", "dimension"]
        indexes = [
            models.Index(fields=["year", "month", "dimension", "colour"], name="light_month_idx"),
            # Those that have just turned, mostly a few of a month's.
            models.Index(
                fields=["year", "month", "colour", "before", "project"],
                condition=Q(dimension="overall", months_running=1),
                name="light_turned_idx",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "year", "month", "dimension"], name="light_once"),
        ]

    def __str__(self):
        return f"{self.project} {self.year}-{self.month:02d} {self.get_dimension_display()} {self.get_colour_display()}"
