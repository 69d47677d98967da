from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .choices import FIRST_YEAR, LAST_YEAR, MONTH_RANGE, YEAR_RANGE, between, require_day_in_range
from .unit import Unit


class ReportingPeriod(models.Model):
    """When a month is filed: from ``opens`` to ``due``, late until ``locks``, each day included.

    A month without a period has no deadline: it can be filed at any time and counts as neither on time nor late.
    """

    year = models.PositiveSmallIntegerField(_("年度"), validators=between(FIRST_YEAR, LAST_YEAR, YEAR_RANGE))
    month = models.PositiveSmallIntegerField(_("月份"), validators=between(1, 12, MONTH_RANGE))
    opens = models.DateField(_("开放填报"))
    due = models.DateField(_("报送截止"), help_text=_("含当天。"))
    locks = models.DateField(
        _("锁定"), null=True, blank=True, help_text=_("含当天；此后单位不能再报送，除非延期。留空为不锁定。")
    )
    endorsed = models.BooleanField(_("须单位负责人签审"), default=False)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("报送期")
        verbose_name_plural = pgettext_lazy("复数", "报送期")
        ordering = ["-year", "-month"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "month"], name="period_once", violation_error_message=_("该月的报送期已经建立。")
            ),
            models.CheckConstraint(
                name="period_days_in_order",
                condition=Q(due__gte=F("opens")) & (Q(locks=None) | Q(locks__gte=F("due"))),
                violation_error_message=_("日期应依次为：开放填报、报送截止、锁定。"),
            ),
            models.CheckConstraint(
                name="period_month_range", condition=Q(month__range=(1, 12)), violation_error_message=MONTH_RANGE
            ),
            models.CheckConstraint(
                name="period_year_range",
                condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                violation_error_message=YEAR_RANGE,
            ),
        ]

    def __str__(self):
        return gettext("%(year)s 年 %(month)s 月") % {"year": self.year, "month": self.month}

    def locks_after(self, due: date) -> date | None:
        """The last day for a unit whose deadline is ``due``: an extension beyond the lock moves it. None: no lock."""
        return max(self.locks, due) if self.locks else None

    def clean(self):
        for name in ("opens", "due", "locks"):
            if value := getattr(self, name):
                require_day_in_range(name, value)


class PeriodExtensionQuerySet(models.QuerySet["PeriodExtension"]):
    def deadlines(self, periods: Iterable[ReportingPeriod]) -> dict[int, dict[int, date]]:
        """Period id → unit id → its deadline, for the units whose deadline is not the period's own.

        Two statements, whatever the number of periods, extensions and units.
        """
        own = {period.pk: period.due for period in periods}
        given = list(self.filter(period__in=own).order_by().values_list("period", "unit", "due"))
        subtrees = Unit.objects.subtrees({unit for _period, unit, _due in given}) if given else {}
        found: dict[int, dict[int, date]] = {period: {} for period in own}
        for period, root, due in given:
            for unit in subtrees[root]:
                found[period][unit] = max(due, found[period].get(unit, own[period]))
        return found


class PeriodExtension(models.Model):
    """A later deadline for a unit and everything below it, with the reason it was given for."""

    period = models.ForeignKey(ReportingPeriod, models.CASCADE, related_name="extensions", verbose_name=_("报送期"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="extensions", verbose_name=_("单位"))
    due = models.DateField(_("延至"), help_text=_("含当天，晚于原截止日。"))
    reason = models.CharField(_("理由"), max_length=300)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("批准人")
    )
    granted_at = models.DateTimeField(_("批准时间"), default=timezone.now, editable=False)

    objects = PeriodExtensionQuerySet.as_manager()
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("延期")
        verbose_name_plural = pgettext_lazy("复数", "延期")
        ordering = ["period", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "unit"],
                name="extension_once",
                violation_error_message=_("该单位本期已有延期，请修改原有的一条。"),
            ),
            models.CheckConstraint(
                name="extension_has_reason",
                condition=~Q(reason=""),
                violation_error_message=_("延期须写明理由。"),
            ),
        ]

    def __str__(self):
        return f"{self.period} · {self.unit} · {self.due}"

    def clean(self):
        if self.due:
            require_day_in_range("due", self.due)
        if self.period_id and self.due and self.due <= self.period.due:
            raise ValidationError({"due": gettext("延期应晚于原截止日 %(due)s。") % {"due": self.period.due}})
