from typing import Any

from django.contrib import admin
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from awards.models import Honour, HonourClaim, HonourUnit
from erqi.core.admin.base import SourcedAdmin, SourcedPartInline


class ClaimInline(SourcedPartInline):
    model = HonourClaim
    fields = ["words", "kind", "scope", "value", "unit_of_measure", "order"]


class ContributionInline(SourcedPartInline):
    model = HonourUnit
    fields = ["unit", "part"]
    autocomplete_fields = ["unit"]


@admin.register(Honour)
class HonourAdmin(SourcedAdmin):
    list_display = ["title", "date_shown", "level", "recipient", "claims_shown", "leads"]
    list_filter = ["level", ("recipient", admin.RelatedOnlyFieldListFilter), "date_precision"]
    search_fields = ["search_text"]
    search_help_text = _("名称、简称、拼音或首字母。")
    autocomplete_fields = ["recipient", "same_event", "awarding_bodies"]
    inlines = [ClaimInline, ContributionInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("title", "code"),
                    ("alias", "pinyin_override"),
                    ("recipient", "same_event"),
                    ("level", "level_basis"),
                    ("awarded_on", "date_precision"),
                    ("awarding_bodies", "awarding_note"),
                    ("other_supporters", "order"),
                    "note",
                ]
            },
        )
    ]

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.with_contributors()

    @admin.display(description=_("授予日期"), ordering=F("awarded_on").desc(nulls_last=True))
    def date_shown(self, honour):
        return honour.date_display or "—"

    @admin.display(description=_("亮点"))
    def claims_shown(self, honour):
        return "、".join(claim.words for claim in honour.claims.all()) or "—"

    @admin.display(description=_("牵头单位"))
    def leads(self, honour):
        lead = HonourUnit.Part.LEAD
        return "、".join(str(c.unit) for c in honour.contributions.all() if c.part == lead) or "—"
