from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from projects import reports
from projects.models import AnnualPlan, Light
from projects.models.choices import Gap
from projects.models.plan import MONTHS

from .basis import basis_of


class BasisFilter(admin.SimpleListFilter):
    """Chooses what the columns show, not which rows; so one choice is always made."""

    chosen = ""

    def queryset(self, request, queryset):
        return queryset

    def choices(self, changelist):
        for value, title in self.lookup_choices:
            yield {
                "selected": str(value) == self.chosen,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }


class YearBasis(BasisFilter):
    title = _("年度")
    parameter_name = "year"

    def lookups(self, request, model_admin):
        year = basis_of(request).year
        self.chosen = str(year)
        return [(y, str(y)) for y in sorted({year, *reports.years_with_figures()}, reverse=True)]


class MonthBasis(BasisFilter):
    title = _("截至月份")
    parameter_name = "month"

    def lookups(self, request, model_admin):
        self.chosen = str(basis_of(request).month)
        return [(month, _("%(month)s 月") % {"month": month}) for month in MONTHS]


class YearClassFilter(admin.SimpleListFilter):
    title = _("年度类型")
    parameter_name = "year_class"

    def lookups(self, request, model_admin):
        return AnnualPlan.YearClass.choices

    def queryset(self, request, queryset):
        return queryset.filter(plan_class=self.value()) if self.value() else queryset


class LightFilter(admin.SimpleListFilter):
    """By the overall light of the month shown."""

    title = _("亮灯")
    parameter_name = "light"

    def lookups(self, request, model_admin):
        return Light.Colour.choices

    def queryset(self, request, queryset):
        return queryset.filter(light=self.value()) if self.value() in Light.Colour.values else queryset


class GapFilter(admin.SimpleListFilter):
    """What still has to be filled in for the year and month shown."""

    title = _("待补")
    parameter_name = "gap"

    def lookups(self, request, model_admin):
        return Gap.choices

    def queryset(self, request, queryset):
        if self.value() not in Gap.values:
            return queryset
        basis = basis_of(request)
        return queryset.with_gap(self.value(), basis.year, basis.month)


class VisibleRowsFilter(admin.RelatedOnlyFieldListFilter):
    """Offers only rows that visible projects name: a list of choices may not tell of the others."""

    def __init__(self, field, request, params, model, model_admin, field_path):
        self.visible = model_admin.get_queryset(request)
        super().__init__(field, request, params, model, model_admin, field_path)

    def field_choices(self, field, request, model_admin):
        used = self.visible.order_by().values(self.field_path)
        return [(row.pk, str(row)) for row in field.related_model._default_manager.filter(pk__in=used)]
