from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from awards.models import Commendation, CommendationRecipient
from erqi.core.admin.base import SourcedAdmin, SourcedPartInline


class RecipientInline(SourcedPartInline):
    model = CommendationRecipient
    fields = ["unit"]
    autocomplete_fields = ["unit"]


@admin.register(Commendation)
class CommendationAdmin(SourcedAdmin):
    list_display = ["title", "year", "announced_on", "recipient_kind", "stated", "named"]
    list_filter = ["year", "recipient_kind"]
    search_fields = ["title", "code", "recipients__unit__search_text"]
    inlines = [RecipientInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("title", "code"),
                    ("year", "announced_on"),
                    ("recipient_kind", "order"),
                    ("stated_count", "count_unit"),
                    "note",
                ]
            },
        )
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(named_count=Count("recipients"))

    @admin.display(description=_("公布数量"), ordering="stated_count")
    def stated(self, commendation):
        count = commendation.stated_count
        return "—" if count is None else f"{count} {commendation.count_unit}".strip()

    @admin.display(description=_("已列名"), ordering="named_count")
    def named(self, commendation):
        return commendation.named_count or "—"
