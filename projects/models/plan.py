from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.core.fields import AmountField
from erqi.core.models import Versioned, VersionedQuerySet

from .choices import FIRST_YEAR, LAST_YEAR, NOT_NEGATIVE, YEAR_RANGE, Baseline, between
from .project import Project

MONTHS = range(1, 13)


class AnnualPlanQuerySet(VersionedQuerySet):
    def baseline(self, baseline: str = Baseline.CURRENT, as_of=None):
        """One plan of each project and year that had one at ``as_of``: the one in force then, or the original."""
        if baseline == Baseline.CURRENT:
            return self.as_of(as_of)
        first = self.filter(version=1)
        return first if as_of is None else first.filter(recorded_at__lte=as_of)


class AnnualPlan(Versioned):
    """What a project is to invest in a year (万元).

    Version 1 is the original baseline; each later one is a change with a reason.
    """

    class YearClass(models.TextChoices):
        PRELIMINARY = "preliminary", _("前期")
        NEW_START = "new_start", _("新开工")
        CONTINUED = "continued", _("续建")
        COMPLETION = "completion", _("竣工")

    project = models.ForeignKey(Project, models.PROTECT, related_name="plans", verbose_name=_("项目"))
    year = models.PositiveSmallIntegerField(_("年度"), validators=between(FIRST_YEAR, LAST_YEAR, YEAR_RANGE))
    version = models.PositiveSmallIntegerField(_("版本"), default=1, editable=False)
    planned_investment = AmountField(
        _("年度计划投资"), validators=[MinValueValidator(0, NOT_NEGATIVE)], help_text=_("万元。")
    )
    opening_cumulative = AmountField(
        _("截至上年底累计完成"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0, NOT_NEGATIVE)],
        help_text=_("万元；未掌握时留空。"),
    )
    year_class = models.CharField(_("年度类型"), max_length=20, choices=YearClass, blank=True)
    objective = models.CharField(_("年度目标"), max_length=500, blank=True)
    linear = models.BooleanField(_("按月均衡"), default=True, help_text=_("时序进度按月份÷12计算。"))

    objects = AnnualPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("年度计划")
        verbose_name_plural = pgettext_lazy("复数", "年度计划")
        ordering = ["project", "-year", "-version"]
        indexes = [
            models.Index(fields=["year", "superseded_at"], name="plan_year_idx"),
            # Changes of plans within a month.
            models.Index(fields=["year", "recorded_at"], condition=Q(version__gt=1), name="plan_changed_idx"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year"],
                condition=Q(superseded_at=None),
                name="plan_one_current",
                violation_error_message=_("该项目该年度已有现行计划。"),
            ),
            models.UniqueConstraint(fields=["project", "year", "version"], name="plan_version_once"),
            models.CheckConstraint(
                name="plan_amounts_not_negative",
                condition=Q(planned_investment__gte=0) & (Q(opening_cumulative=None) | Q(opening_cumulative__gte=0)),
                violation_error_message=NOT_NEGATIVE,
            ),
            models.CheckConstraint(
                name="plan_year_range",
                condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                violation_error_message=YEAR_RANGE,
            ),
            models.CheckConstraint(
                name="plan_change_has_reason",
                condition=Q(version=1) | ~Q(reason=""),
                violation_error_message=_("调整计划必须写明理由。"),
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.year}"

    @cached_property
    def to_date(self) -> dict[int, Decimal]:
        """Month → what is expected by its end, in 万元: the time schedule, in order."""
        return {row.month: row.to_date for row in self.schedule.all()}


class ScheduledMonth(models.Model):
    """What the plan expects to be done by the end of a month, January to that month together (万元)."""

    plan = models.ForeignKey(AnnualPlan, models.CASCADE, related_name="schedule", verbose_name=_("年度计划"))
    month = models.PositiveSmallIntegerField(_("月份"))
    to_date = AmountField(_("应完成累计"), help_text=_("万元。"))

    class Meta:
        verbose_name = _("月度时序")
        verbose_name_plural = pgettext_lazy("复数", "月度时序")
        ordering = ["plan", "month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month"], name="schedule_month_once"),
            models.CheckConstraint(name="schedule_month_range", condition=Q(month__range=(1, 12))),
            models.CheckConstraint(name="schedule_not_negative", condition=Q(to_date__gte=0)),
        ]

    def __str__(self):
        return f"{self.plan} · {self.month}"
