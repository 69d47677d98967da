"""Plans, months, periods: what moves through the year."""

from datetime import datetime

import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import ChoicesFilter, CodeFilter, DateFilter, TrueFalseFilter
from projects.models import AnnualPlan, PeriodExtension, PlanChange, ProgressReport, ReportingPeriod, Unit
from projects.models.choices import Baseline

from .base import (
    AboutProjectFilterSet,
    MonthFilter,
    OfProjectFilterSet,
    VersionedFilterSet,
    VersionedForm,
    YearFilter,
)


class PlanForm(VersionedForm):
    def clean(self):
        super().clean()
        if self.cleaned_data.get("history") and self.cleaned_data.get("baseline"):
            self.add_error("baseline", _("baseline 与 history=true 只能选一个：某一份计划，或全部版本。"))


class AnnualPlanFilterSet(OfProjectFilterSet):
    year_class = django_filters.ChoiceFilter(choices=AnnualPlan.YearClass.choices)
    baseline = django_filters.ChoiceFilter(
        choices=Baseline.choices,
        method="left_to_the_whole",
        help_text=_("original 为原计划（第 1 版，从不改变），current 为现行计划；可与 as_of 同用。"),
    )

    class Meta:
        model = AnnualPlan
        form = PlanForm
        fields = ["project", "year", "category", "unit", "year_class"]

    def in_force(self, rows, moment: datetime | None):
        return rows.baseline(self.form.cleaned_data.get("baseline") or Baseline.CURRENT, as_of=moment)


class ProgressReportFilterSet(OfProjectFilterSet):
    month = MonthFilter()
    status = ChoicesFilter(choices=ProgressReport.Status.choices)
    on_time = TrueFalseFilter(help_text=_("首次报送是否按时；没有报送期的月份两边都不列。"))
    returned = TrueFalseFilter(method="by_returns", help_text=_("是否曾被退回。"))
    waiting_for_review = TrueFalseFilter(method="waiting", help_text=_("true 为等待审核：已报送而无须签审，或已签审。"))
    waiting_for_me = TrueFalseFilter(method="waiting", help_text=_("true 为您现在可以签审或认定的。"))
    filed_from = DateFilter(field_name="filed_at", lookup_expr="date__gte", help_text=_("首次报送于该日或以后。"))
    filed_to = DateFilter(field_name="filed_at", lookup_expr="date__lte", help_text=_("首次报送于该日或以前。"))
    accepted_from = DateFilter(field_name="accepted_at", lookup_expr="date__gte", help_text=_("认定于该日或以后。"))
    accepted_to = DateFilter(field_name="accepted_at", lookup_expr="date__lte", help_text=_("认定于该日或以前。"))

    class Meta(VersionedFilterSet.Meta):
        model = ProgressReport
        fields = ["project", "year", "month", "category", "unit", "status"]

    def by_returns(self, rows, _name, returned):
        return rows.filter(returns__gt=0) if returned else rows.filter(returns=0)

    def waiting(self, rows, name, wanted):
        everywhere = ProgressReport.objects.all()
        for_me = name == "waiting_for_me"
        found = everywhere.waiting_for(self.request.user) if for_me else everywhere.waiting_for_review()
        return rows.filter(pk__in=found.values("pk")) if wanted else rows.exclude(pk__in=found.values("pk"))

    def in_force(self, rows, moment: datetime | None):
        # Now, open reports stand beside what is in force; of the past only what was accepted then is known.
        return rows.current() if moment is None else rows.in_force(moment)


class PlanChangeFilterSet(AboutProjectFilterSet):
    status = ChoicesFilter(choices=PlanChange.Status.choices)

    class Meta:
        model = PlanChange
        fields = ["project", "year", "category", "unit", "status"]


class ReportingPeriodFilterSet(django_filters.FilterSet):
    year = YearFilter()
    month = MonthFilter()
    endorsed = TrueFalseFilter(help_text=_("是否须单位负责人签审。"))

    class Meta:
        model = ReportingPeriod
        fields = ["year", "month", "endorsed"]


class PeriodExtensionFilterSet(django_filters.FilterSet):
    unit = CodeFilter(queryset=Unit.objects.all())

    class Meta:
        model = PeriodExtension
        fields = ["unit"]
