"""What was promised and what was made public, exactly as printed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from erqi.core.admin.base import SourcedAdmin
from erqi.core.numbers import trimmed
from projects.models import PublishedFigure, Target, YearTheme

ACTUAL = {"actual", "actual_on", "actual_source"}


class AnnouncedAdmin(SourcedAdmin):
    list_select_related = ["category", "programme", "source"]
    autocomplete_fields = ["category", "programme"]

    @admin.display(description=_("公布值"), ordering="value")
    def value_shown(self, row):
        if row.value is None:
            return "—"
        qualifier = "" if row.qualifier == "exact" else row.get_qualifier_display()
        return f"{trimmed(row.value)} {row.unit_of_measure} {qualifier}".strip()


@admin.register(Target)
class TargetAdmin(AnnouncedAdmin):
    list_display = ["indicator", "year", "category", "value_shown", "commitment", "deadline_text", "actual_shown"]
    list_filter = ["year", "category", "commitment", "measure"]
    search_fields = ["indicator", "code", "note", "indicator_en"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("indicator", "indicator_en"),
                    ("code", "year"),
                    ("category", "programme"),
                    ("value", "unit_of_measure", "qualifier"),
                    ("commitment", "deadline_text", "deadline"),
                    "note",
                    "order",
                ]
            },
        ),
        (
            _("完成情况"),
            {
                "fields": ["measure", ("actual", "actual_on"), "actual_source", "entered_by", "at_most"],
                "description": _("能由登记数据算出的选“系统计算”；其余在这里填写实际数，并写明截至日期和出处。"),
            },
        ),
    ]
    readonly_fields = ["entered_by"]

    def save_model(self, request, obj, form, change):
        if ACTUAL & set(form.changed_data):
            obj.actual_by = None if obj.actual is None else request.user
        super().save_model(request, obj, form, change)

    @admin.display(description=_("实际数填写人"))
    def entered_by(self, target):
        return target.actual_by or "—"

    @admin.display(description=_("实际数"), ordering="actual")
    def actual_shown(self, target):
        if target.measure:
            return target.get_measure_display()
        return "—" if target.actual is None else f"{trimmed(target.actual)} {target.unit_of_measure}".strip()


@admin.register(PublishedFigure)
class PublishedFigureAdmin(AnnouncedAdmin):
    list_display = ["label", "year", "measure", "category", "value_shown", "rank_shown", "source"]
    list_filter = ["year", "measure", "category", "topic"]
    search_fields = ["label", "code", "note", "label_en"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("label", "label_en"),
                    ("code", "year"),
                    ("measure", "topic"),
                    ("category", "programme"),
                    ("value", "unit_of_measure", "qualifier"),
                    ("rank", "comparison_scope"),
                    ("period_text", "commitment"),
                    "note",
                    "order",
                ]
            },
        )
    ]

    @admin.display(description=_("名次"), ordering="rank")
    def rank_shown(self, row):
        return f"{row.comparison_scope} {row.rank}".strip() if row.rank else "—"


@admin.register(YearTheme)
class YearThemeAdmin(SourcedAdmin):
    list_display = ["name", "year", "set_by"]
    list_filter = ["year"]
    search_fields = ["name", "code"]
    fieldsets = [(None, {"fields": [("name", "code"), ("year", "set_by"), "order"]})]
