"""Categories, programmes and units: switched off, never deleted."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR
from django.db.models import Count, Q
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from tree_queries.admin import TreeChangeList

from erqi.core.admin.base import SourcedAdmin
from projects.models import Category, Programme, Project, Unit

from . import columns


@admin.register(Category)
class CategoryAdmin(SourcedAdmin):
    never_deleted = True
    list_display = ["name", "code", "heading", "order", "active"]
    list_filter = ["active"]
    search_fields = ["name", "code", "heading", "name_en"]
    fieldsets = [
        (None, {"fields": [("name", "code"), ("name_en", "heading"), "scope", "objective", ("order", "active")]}),
    ]


@admin.register(Programme)
class ProgrammeAdmin(SourcedAdmin):
    never_deleted = True
    list_display = ["name", "category", "parent", "count_shown", "annual_plan_shown", "commitment", "active"]
    list_filter = ["category", "active"]
    list_select_related = ["category", "parent"]
    search_fields = ["name", "code", "name_en"]
    autocomplete_fields = ["category", "parent"]
    fieldsets = [
        (None, {"fields": [("name", "code"), ("name_en", "category"), ("parent", "order"), "active"]}),
        (
            _("公布内容"),
            {
                "fields": [
                    ("stated_count", "count_unit"),
                    ("stated_quantity", "quantity_unit", "quantity_of"),
                    ("annual_plan", "annual_plan_qualifier"),
                    ("stage_goal", "commitment"),
                    ("deadline_text", "deadline"),
                    "note",
                ]
            },
        ),
    ]

    @admin.display(description=_("公布数量"), ordering="stated_count")
    def count_shown(self, programme):
        return f"{programme.stated_count} {programme.count_unit}".strip() if programme.stated_count is not None else "—"

    @admin.display(description=_("公布年度投资（万元）"), ordering="annual_plan")
    def annual_plan_shown(self, programme):
        return columns.number(programme.annual_plan)


class UnitChangeList(TreeChangeList):
    def get_ordering_field_columns(self):
        """The tree is no column's order, so no heading claims it."""
        return super().get_ordering_field_columns() if self.params.get(ORDER_VAR) else {}


@admin.register(Unit)
class UnitAdmin(SourcedAdmin):
    never_deleted = True
    list_display = ["indented_name", "code", "kind", "peer_group", "uscc", "led", "active"]
    list_filter = ["kind", "peer_group", "active"]
    list_per_page = 500
    search_fields = ["search_text"]
    search_help_text = _("名称、全称、别名、拼音或首字母。")
    autocomplete_fields = ["parent"]
    fieldsets = [
        (None, {"fields": [("name", "code"), ("full_name", "aliases"), ("pinyin_override", "kind")]}),
        (_("隶属"), {"fields": [("parent", "peer_group"), ("order", "active"), "uscc", "note"]}),
    ]

    def get_changelist(self, request, **kwargs):
        return UnitChangeList

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "projects_unit_changelist":
            return rows.with_tree_fields().annotate(
                led_count=Count("led_projects", filter=Q(led_projects__in=Project.objects.visible_to(request.user)))
            )
        return rows

    @admin.display(description=_("单位"), ordering="name")
    def indented_name(self, unit):
        return format_html('<span class="depth depth-{}">{}</span>', min(getattr(unit, "tree_depth", 0), 6), unit.name)

    @admin.display(description=_("牵头项目"), ordering="led_count")
    def led(self, unit):
        return unit.led_count or "—"
