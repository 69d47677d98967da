from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from erqi.core.fields import NumberField
from erqi.core.models import ReferenceQuerySet, ReferenceRow
from erqi.core.models.natural import natural_key_manager


class FilingCheck(ReferenceRow):
    """How strictly one check is applied when a month is filed. What it looks at stands in ``services.checks``."""

    class Code(models.TextChoices):
        OVER_TOTAL = "over_total", _("开工以来累计超过计划总投资")
        NEGATIVE = "negative", _("本月完成为负数")
        NEGATIVE_TO_DATE = "negative_to_date", _("本年累计为负数")
        SAME_AS_LAST = "same_as_last", _("与上月完成相同")
        EXACTLY_PLAN = "exactly_plan", _("与本月计划完全相同")
        PHYSICAL_BACK = "physical_back", _("形象进度倒退")
        MONEY_ONLY = "money_only", _("有投资而形象进度未变")
        PHYSICAL_ONLY = "physical_only", _("形象进度有变而无投资")
        JUMP = "jump", _("与以往月份相差悬殊")
        COPIED_TEXT = "copied_text", _("文字与上月相同")

    class Severity(models.TextChoices):
        BLOCK = "block", _("不得报送")
        EXPLAIN = "explain", _("须说明")
        OFF = "off", _("不检查")

    code = models.CharField(_("检查"), max_length=20, choices=Code, unique=True)
    severity = models.CharField(_("处理"), max_length=10, choices=Severity)
    threshold = NumberField(
        _("界限"),
        max_digits=8,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("“相差悬殊”为以往月均的倍数；其他检查不用。"),
    )

    objects = natural_key_manager("code", queryset=ReferenceQuerySet)
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("报送检查")
        verbose_name_plural = pgettext_lazy("复数", "报送检查")
        ordering = ["code"]

    def __str__(self):
        return self.get_code_display()

    def natural_key(self):
        return (self.code,)
