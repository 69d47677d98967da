from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from awards.models import AssessmentDimension, AssessmentScheme, CommitmentLetter
from erqi.core.admin.base import SourcedAdmin, SourcedPartInline


class DimensionInline(SourcedPartInline):
    model = AssessmentDimension
    fields = ["number", "group", "name", "weight", "lead_unit", "note"]
    autocomplete_fields = ["lead_unit"]


@admin.register(AssessmentScheme)
class AssessmentSchemeAdmin(SourcedAdmin):
    list_display = ["name", "owner", "assessed", "since_year", "frequency"]
    list_select_related = ["owner"]
    search_fields = ["name", "code"]
    autocomplete_fields = ["owner", "lead_units"]
    inlines = [DimensionInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "code"),
                    ("owner", "assessed"),
                    ("since_year", "frequency"),
                    "lead_units",
                    "formula",
                    "note",
                ]
            },
        )
    ]


@admin.register(CommitmentLetter)
class CommitmentLetterAdmin(SourcedAdmin):
    """Unit by year; with a year chosen it is the sheet that is ticked off as letters come in."""

    list_display = ["unit", "year", "state", "handed_in_on", "note"]
    list_filter = ["year", "handed_in", ("unit__kind", admin.ChoicesFieldListFilter)]
    list_select_related = ["unit"]
    list_per_page = 200
    search_fields = ["unit__search_text"]
    autocomplete_fields = ["unit"]
    ordering = ["-year", "unit__order", "unit__code"]
    fieldsets = [(None, {"fields": [("unit", "year"), ("handed_in", "handed_in_on"), "note"]})]

    @admin.display(description=_("已递交"), boolean=True, ordering="handed_in")
    def state(self, letter):
        return letter.handed_in
