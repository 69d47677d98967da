"""What was promised and what was made public, exactly as printed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from erqi.core.admin.base import SourcedAdmin
from erqi.core.numbers import trimmed
from projects.models import PublishedFigure, Target, YearTheme


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
    list_display = ["indicator", "year", "category", "value_shown", "commitment", "deadline_text"]
    list_filter = ["year", "category", "commitment"]
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
        )
    ]


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
