"""Filters that several FilterSets share."""

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import CodeFilter, IntegerFilter, MomentFilter, TrueFalseFilter
from projects.models import Category, Project, Unit
from projects.models.choices import FIRST_YEAR, LAST_YEAR

LED_WITHIN = _("责任单位为该单位或其下级的项目；尚无责任单位的归其行政区。")


def visible_projects(request) -> QuerySet[Project]:
    return Project.objects.visible_to(request.user) if request else Project.objects.none()


class YearFilter(IntegerFilter):
    def __init__(self, *args, **kwargs):
        wrong = _("年度应在 2000–2100 之间。")
        super().__init__(*args, **between(FIRST_YEAR, LAST_YEAR, wrong), **kwargs)


class MonthFilter(IntegerFilter):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **between(1, 12, _("月份应在 1–12 之间。")), **kwargs)


def between(low: int, high: int, wrong) -> dict[str, Any]:
    """Bounds of a number; beyond either, one message names both."""
    return {"min_value": low, "max_value": high, "error_messages": {"min_value": wrong, "max_value": wrong}}


class VersionedForm(forms.Form):
    def clean(self):
        super().clean()
        if self.cleaned_data.get("history") and self.cleaned_data.get("as_of"):
            self.add_error("as_of", _("as_of 与 history=true 只能选一个：某一时刻有效的，或全部版本。"))


class VersionedFilterSet(django_filters.FilterSet):
    """Rows in force now, unless ``as_of`` asks for a moment or ``history=true`` for every version."""

    as_of = MomentFilter(
        method="left_to_the_whole",
        help_text=_("当时有效的记录，例如 2017-06-30T18:00:00+08:00；项目的类别和责任单位始终按现在。"),
    )
    history = TrueFalseFilter(method="left_to_the_whole", help_text=_("true 时包括已被取代的版本；不能与 as_of 同用。"))

    class Meta:
        form = VersionedForm

    def left_to_the_whole(self, rows, _name, _value):
        return rows

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("history"):
            return rows
        return self.in_force(rows, self.form.cleaned_data.get("as_of"))

    def in_force(self, rows, moment: datetime | None):
        return rows.as_of(moment)


class AboutProjectFilterSet(django_filters.FilterSet):
    project = CodeFilter(queryset=visible_projects)
    year = YearFilter()
    category = CodeFilter(field_name="project__category", queryset=Category.objects.all())
    unit = CodeFilter(queryset=Unit.objects.all(), method="led_within", help_text=LED_WITHIN)

    def led_within(self, rows, _name, unit):
        return rows.filter(project__in=Project.objects.within(Unit.objects.subtree_ids([unit.pk])))


class OfProjectFilterSet(AboutProjectFilterSet, VersionedFilterSet):
    """Versions of something about a project."""

    class Meta(VersionedFilterSet.Meta):
        pass
