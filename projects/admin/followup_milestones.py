"""Milestones in a list, and each on a page of its own. No date moves without a reason."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action, Area, may
from erqi.core.admin.base import BaseAdmin
from projects.models import Milestone, Project
from projects.services import steps

from .followup_lists import mark, searched
from .inlines import reaches
from .milestone_form import SERVICE_REFUSALS, MilestoneForm, as_validation, write
from .milestone_inline import Shown


class StandingFilter(admin.SimpleListFilter):
    title = _("情况")
    parameter_name = "standing"
    chosen = "open"

    def lookups(self, request, model_admin):
        return [("overdue", _("已逾期")), ("met", _("已完成")), ("off", pgettext("节点", "已停用")), ("all", _("全部"))]

    def queryset(self, request, queryset):
        narrowed = {
            "overdue": queryset.overdue,
            "met": lambda: queryset.filter(active=True, met_on__isnull=False),
            "off": lambda: queryset.filter(active=False),
            "all": queryset.all,
        }
        return narrowed.get(self.value() or "", queryset.open)()

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        yield first | {"display": _("未完成")}
        yield from rest


@admin.register(Milestone)
class MilestoneAdmin(Shown, BaseAdmin):
    form = MilestoneForm
    never_deleted = True
    list_display = [
        "name",
        "project",
        "kind",
        "critical_mark",
        "first_due",
        "due_shown",
        "slip",
        "met_shown",
        "standing",
    ]
    list_filter = [StandingFilter, "critical", "kind"]
    list_select_related = ["project"]
    ordering = ["due", "pk"]
    linked_by = ("project",)
    search_fields = ["name"]
    search_help_text = _("节点名称，或项目名称、拼音、首字母。")
    autocomplete_fields = ["project"]

    class Media:
        css = {"all": ["erqi/followup.css"]}

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.reachable(request.user, Action.VIEW)

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and (obj is None or reaches(request, obj.project, Action.VIEW))

    def has_change_permission(self, request, obj=None):
        if obj is None:
            return may(request.user, Area.PROJECT, Action.CHANGE)
        return reaches(request, obj.project, Action.CHANGE)

    def has_add_permission(self, request):
        return may(request.user, Area.PROJECT, Action.CHANGE)

    def get_fields(self, request, obj=None):
        if obj is None:
            return ["project", ("name", "kind"), ("due", "critical"), "note"]
        last = ("reason", "note") if self.has_change_permission(request, obj) else ("note",)
        dates = [("original_due_shown", "due"), ("met_on", "standing")]
        return ["project", ("name", "kind"), *dates, last, ("critical", "active"), "moves_shown"]

    def get_readonly_fields(self, request, obj=None):
        return ["project", "original_due_shown", "standing", "moves_shown"] if obj else []

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "project":
            kwargs["queryset"] = Project.objects.reachable(request.user, Action.CHANGE)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_search_results(self, request, queryset, search_term):
        return searched(queryset, search_term, "name") if search_term else queryset, False

    # — saving: every refusal of a service comes back into the form —

    def get_form(self, request, obj=None, *args, **kwargs):
        made: Any = super().get_form(request, obj, *args, **kwargs)
        made.refused = getattr(request, "refused_milestone", None)
        return made

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except SERVICE_REFUSALS as error:
            if request.method != "POST":
                raise
            request.refused_milestone = as_validation(error)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request, obj, form, change):
        saved = write(form, by=request.user)
        obj.pk = saved.pk
        obj.refresh_from_db()

    def _audit(self, verb, request, obj):
        """Each verb of the service has written its own event."""

    @admin.display(description=_("原定日期"))
    def original_due_shown(self, row):
        return self.first_due(row)

    @admin.display(description=_("完成日期"), ordering="met_on")
    def met_shown(self, row):
        return row.met_on.isoformat() if row.met_on else "—"

    @admin.display(description=_("关键"), ordering="critical")
    def critical_mark(self, row):
        return mark("critical", "★", gettext("关键")) if row.critical else "—"

    @admin.display(description=_("调整经过"))
    def moves_shown(self, row):
        moves = row.moves.select_related("by").order_by("-at", "-pk")
        lines = [(m.from_due, m.to_due, m.reason, m.by or gettext("系统"), steps.at(m.at)) for m in moves]
        if not lines:
            return gettext("没有调整过。")
        listed = format_html_join("", "<li>{} → {}：{}<small>{} · {}</small></li>", lines)
        return format_html('<ol class="moves">{}</ol>', listed)
