"""The rows behind the figures, to be looked at; they are written in the project's own form."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action
from erqi.core.admin.base import ReadOnlyAdmin
from projects.models import AnnualPlan, ProgressReport, Project

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
        same_year = AnnualPlan.objects.current().filter(project=OuterRef("project"), year=OuterRef("year"))
        if self.value() == "due":
            queryset = queryset.exclude(project__stage__in=Project.NOT_REPORTING)
        if self.value() is None:
            return queryset
        return queryset.filter(~Exists(same_year) if self.value() == "unplanned" else Exists(same_year))


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

    list_display = ["project", "lead_unit", "period", "amount", "physical_percent", "status", "revision", "reason"]
    list_filter = [InForceFilter, CountedFilter, "year", "month", "status"]
    fields = [
        "project",
        ("year", "month", "revision"),
        ("invested", "physical_percent", "status"),
        "note",
        "reason",
        ("accepted_at", "accepted_by"),
        ("recorded_at", "recorded_by", "superseded_at"),
    ]

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.shown_to(request.user)

    @admin.display(description=_("月份"), ordering="month")
    def period(self, report):
        return f"{report.year}-{report.month:02d}"

    @admin.display(description=_("本月完成投资（万元）"), ordering="invested")
    def amount(self, report):
        return columns.number(report.invested)
