"""The rows behind the figures, to be looked at; plans and months are written and decided on pages of their own."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Exists, OuterRef
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action
from erqi.core.admin.base import ReadOnlyAdmin
from erqi.core.words import listed
from projects.models import AnnualPlan, ProgressReport, Project
from projects.services import checks, workflow

from . import columns
from .inlines import reaches


class InForceFilter(admin.SimpleListFilter):
    title = _("版本")
    parameter_name = "versions"
    # One of the choices is always made, and shown.
    chosen = "current"

    def lookups(self, request, model_admin):
        return [("past", _("历次版本")), ("all", _("全部版本"))]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(superseded_at__isnull=self.value() != "past")

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        yield first | {"display": _("现行")}
        yield from rest


class CountedFilter(admin.SimpleListFilter):
    """The rows that a figure of the overview counts: see ``projects.reports.Figures``."""

    title = _("口径")
    parameter_name = "counted"

    def lookups(self, request, model_admin):
        return [("planned", _("有年度计划的项目")), ("due", _("当月应报的项目")), ("unplanned", _("无年度计划的项目"))]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        same_year = AnnualPlan.objects.current().filter(year=OuterRef("year"))
        if self.value() == "due":
            return queryset.filter(Project.owes("project", plans=same_year))
        planned = Exists(same_year.filter(project=OuterRef("project")))
        return queryset.filter(~planned if self.value() == "unplanned" else planned)


class LedgerAdmin(ReadOnlyAdmin):
    list_select_related = ["project", "project__lead_unit", "recorded_by"]
    list_per_page = 100
    search_fields = ["project__search_text"]

    def get_search_results(self, request, queryset, search_term):
        found = Project.objects.search(search_term).order_by().values("pk")
        return queryset.filter(project__in=found), False

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and (obj is None or reaches(request, obj.project, Action.VIEW))

    @admin.display(description=_("责任单位"), ordering="project__lead_unit__order")
    def lead_unit(self, row):
        return row.project.lead_unit


@admin.register(AnnualPlan)
class AnnualPlanAdmin(LedgerAdmin):
    list_display = ["project", "lead_unit", "year", "amount", "year_class", "version", "reason", "recorded_by"]
    list_filter = [InForceFilter, "year", "year_class"]
    fields = [
        "project",
        ("year", "version"),
        ("planned_investment", "opening_cumulative"),
        ("year_class", "linear"),
        "objective",
        "schedule_shown",
        "reason",
        ("recorded_at", "recorded_by", "superseded_at"),
    ]

    def get_queryset(self, request):
        visible = Project.objects.visible_to(request.user)
        return super().get_queryset(request).filter(project__in=visible.order_by().values("pk"))

    @admin.display(description=_("年度计划投资（万元）"), ordering="planned_investment")
    def amount(self, plan):
        return columns.number(plan.planned_investment)

    @admin.display(description=_("应完成累计（万元）"))
    def schedule_shown(self, plan):
        return columns.schedule(plan.schedule.order_by("month"))


@admin.register(ProgressReport)
class ProgressReportAdmin(LedgerAdmin):
    """Drafts are shown to those who report on the project, and to nobody else."""

    list_display = [
        "project",
        "lead_unit",
        "period",
        "amount",
        "physical_percent",
        "status",
        "timely",
        "revision",
        "reason",
    ]
    list_filter = [InForceFilter, CountedFilter, "year", "month", "status", "on_time"]
    fields = [
        "project",
        ("year", "month", "revision"),
        ("invested", "physical_percent", "status"),
        "note",
        ("doubts", "explanation"),
        "reason",
        ("filed_at", "on_time"),
        ("submitted_at", "submitted_by"),
        ("endorsed_at", "endorsed_by"),
        ("returned_at", "returned_by", "returns"),
        ("return_reason", "meant"),
        ("accepted_at", "accepted_by"),
        ("recorded_at", "recorded_by", "superseded_at"),
    ]

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.shown_to(request.user)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """With what the bureau may still do about the month: ask for a correction, or review it."""
        report = self.get_object(request, unquote(object_id))
        verbs = workflow.allowed([report], by=request.user)[report.pk] if report else []
        return super().change_view(request, object_id, form_url, {"verbs": verbs, **(extra_context or {})})

    @admin.display(description=_("报送"), ordering="on_time")
    def timely(self, report):
        return {True: _("按时"), False: _("逾期")}.get(report.on_time, "—")

    @admin.display(description=_("检查结果"))
    def doubts(self, report):
        found = [finding.message for finding in checks.stored(report)]
        return format_html_join("", "<div>{}</div>", ((message,) for message in found)) or "—"

    @admin.display(description=_("退回所指的栏目"))
    def meant(self, report):
        labels = dict(ProgressReport.Field.choices)
        return listed(str(labels.get(name, name)) for name in report.return_fields) or "—"

    @admin.display(description=_("月份"), ordering="month")
    def period(self, report):
        return f"{report.year}-{report.month:02d}"

    @admin.display(description=_("本月完成投资（万元）"), ordering="invested")
    def amount(self, report):
        return columns.number(report.invested)
