import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core.filtersets import IntegerFilter
from erqi.core.words import listed
from projects.models import Light, LightRuleSet

from .base import AboutProjectFilterSet, MonthFilter


class SeveralField(forms.CharField):
    """Codes separated by commas, each one of ``choices``."""

    def __init__(self, *args, choices, **kwargs):
        self.allowed = dict(choices)
        super().__init__(*args, max_length=100, **kwargs)

    def clean(self, value):
        codes = [code.strip() for code in (super().clean(value) or "").split(",") if code.strip()]
        for code in codes:
            if code not in self.allowed:
                raise ValidationError(
                    _("没有“%(code)s”；可选：%(codes)s，用逗号分开。") % {"code": code, "codes": listed(self.allowed)},
                    code="invalid_choice",
                )
        return codes


class SeveralFilter(django_filters.Filter):
    field_class = SeveralField

    def filter(self, qs, value):
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class LightFilterSet(AboutProjectFilterSet):
    month = MonthFilter()
    dimension = django_filters.ChoiceFilter(choices=Light.Dimension.choices)
    colour = SeveralFilter(choices=Light.Colour.choices, help_text=gettext_lazy("一种或几种，用逗号分开：red,yellow。"))
    worst = django_filters.ChoiceFilter(choices=Light.Dimension.choices, help_text=gettext_lazy("总灯由该方面决定的。"))
    months_running_min = IntegerFilter(
        field_name="months_running", lookup_expr="gte", help_text=gettext_lazy("同色连续至少几个月。")
    )

    class Meta:
        model = Light
        fields = ["project", "year", "month", "category", "unit", "dimension", "colour", "worst"]


class LightRuleSetFilterSet(django_filters.FilterSet):
    code = django_filters.CharFilter(max_length=30)
    status = django_filters.ChoiceFilter(choices=LightRuleSet.Status.choices)

    class Meta:
        model = LightRuleSet
        fields = ["code", "status"]
