import json
from datetime import UTC, datetime, timedelta

from django.contrib import admin
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from ..models import AuditEvent, Source, SourceNote
from .base import BaseAdmin, ReadOnlyAdmin, SourcedAdmin
from .words import action_name, channel_name, column_name, model_name


@admin.register(Source)
class SourceAdmin(BaseAdmin):
    never_deleted = True
    list_display = ["title", "code", "publisher", "published_on"]
    search_fields = ["title", "kicker", "code", "publisher"]
    fields = ["title", "kicker", "code", "publisher", "published_on", "note"]


@admin.register(SourceNote)
class SourceNoteAdmin(SourcedAdmin):
    never_deleted = True
    list_display = ["topic", "kind", "on_overview", "source"]
    list_filter = ["kind", "on_overview"]
    list_select_related = ["source"]
    search_fields = ["topic", "text", "code"]


class AgeFilter(admin.SimpleListFilter):
    """Times in the trail are text in one zone, so they compare as they read."""

    title = _("时间")
    parameter_name = "days"

    def lookups(self, request, model_admin):
        return [("1", _("近 24 小时")), ("7", _("近 7 天")), ("30", _("近 30 天")), ("365", _("近一年"))]

    def queryset(self, request, queryset):
        days = self.value() or ""
        if days not in {"1", "7", "30", "365"}:
            return queryset
        since = datetime.now(UTC) - timedelta(days=int(days))
        return queryset.filter(at__gte=since.isoformat(timespec="microseconds"))


class WordedFilter(admin.AllValuesFieldListFilter):
    """The values that occur, by the words people use for them."""

    words = {"model": model_name, "action": action_name, "channel": channel_name}

    def choices(self, changelist):
        for choice in super().choices(changelist):
            yield choice | {"display": self.words[self.field_path](str(choice["display"]))}


def said(value: str | None) -> str:
    """A value of the trail, which holds text only."""
    return {"True": str(_("是")), "False": str(_("否"))}.get(value or "", value or "—")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Written only by the audit service; here it can be read, never changed."""

    list_display = ["sequence", "when", "actor", "what", "kind", "object_name", "reason", "through"]
    list_filter = [AgeFilter, ("model", WordedFilter), ("action", WordedFilter), "actor", ("channel", WordedFilter)]
    search_fields = ["object_name", "object_key", "actor", "reason", "request_id"]
    fields = [
        ("sequence", "when"),
        ("actor", "what"),
        ("kind", "object_name", "object_key"),
        "reason",
        "changes",
        ("through", "address", "request_id"),
        "hash",
        "hash_before",
    ]

    @admin.display(description=_("时间"), ordering="at")
    def when(self, event):
        return timezone.localtime(parse_datetime(event.at)).strftime("%Y-%m-%d %H:%M:%S")

    @admin.display(description=_("操作"), ordering="action")
    def what(self, event):
        return action_name(event.action)

    @admin.display(description=_("对象类型"), ordering="model")
    def kind(self, event):
        return model_name(event.model)

    @admin.display(description=_("渠道"), ordering="channel")
    def through(self, event):
        return channel_name(event.channel)

    @admin.display(description=_("上一条的校验值"))
    def hash_before(self, event):
        return event.previous_hash

    @admin.display(description=_("修改前后"))
    def changes(self, event):
        before, after = (json.loads(text) if text else {} for text in (event.before, event.after))
        if not (before or after):
            return "—"
        names = {**before, **after}
        cells = ((column_name(event.model, name), said(before.get(name)), said(after.get(name))) for name in names)
        return format_html(
            '<table class="changes"><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody>{}</tbody></table>',
            _("项"),
            _("修改前"),
            _("修改后"),
            format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td></tr>", cells),
        )
