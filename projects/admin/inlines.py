from urllib.parse import parse_qs

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action, Area, may
from erqi.core.admin.base import PartInline
from projects import reports
from projects.models import AnnualPlan, ApprovalCode, ProgressReport, Project
from projects.models.choices import FIRST_YEAR, LAST_YEAR

from .basis import whole
from .yearforms import MonthFormSet, PlanFormSet


class ApprovalCodeInline(PartInline):
    model = ApprovalCode
    fields = ["code", "note"]


class YearInline(admin.TabularInline):
    """Rows of one year that a service writes; which year is in the address (?year=) and in the form."""

    formset_class: type
    action: Action
    # Django would build a form for each row from these; ours build their own.
    fieldsets = [(None, {"fields": []})]
    max_num = 0

    def get_formset(self, request, obj=None, **kwargs):
        saved = obj if obj and obj.pk else None
        values = {
            "request": request,
            "year": shown_year(request, saved),
            "years": shown_years(request, saved),
            "editable": self.has_change_permission(request, saved),
            "reviews": _may(request, saved, Action.REVIEW),
        }
        return type(self.formset_class.__name__, (self.formset_class,), values)

    def has_view_permission(self, request, obj=None):
        return may(request.user, Area.PROJECT, Action.VIEW)

    def has_add_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return _may(request, obj, self.action)


class PlanInline(YearInline):
    model = AnnualPlan
    formset_class = PlanFormSet
    action = Action.REPORT
    template = "admin/projects/project/plan.html"
    verbose_name_plural = _("年度计划")


class MonthsInline(YearInline):
    model = ProgressReport
    formset_class = MonthFormSet
    action = Action.REPORT
    template = "admin/projects/project/months.html"
    verbose_name_plural = _("月度进度")


def _may(request, project: Project | None, action: Action) -> bool:
    if project is None or project.pk is None:
        return may(request.user, Area.PROJECT, action)
    return reaches(request, project, action)


def reaches(request, project: Project, action: Action) -> bool:
    """Whether this user may do ``action`` on ``project``; asked once a request."""
    known = request.__dict__.setdefault("_reaches", {})
    key = (action, project.pk)
    if key not in known:
        known[key] = Project.objects.reachable(request.user, action).filter(pk=project.pk).exists()
    return known[key]


def shown_year(request, project: Project | None) -> int:
    """The year of the form that was sent, else the one asked for, else the list's, else the newest with a plan."""
    listed = parse_qs(request.GET.get("_changelist_filters", "")).get("year", [""])[0]
    asked = request.POST.get("shown_year") or request.GET.get("year") or listed
    years = years_of(project) or reports.years_with_figures()
    return whole(asked, range(FIRST_YEAR, LAST_YEAR + 1)) or reports.newest_year(years)


def shown_years(request, project: Project | None) -> list[int]:
    """Where this project has plans, where the register has figures, and the year to prepare next."""
    this_year = timezone.localdate().year
    known = {*years_of(project), *reports.years_with_figures()}
    return sorted({*known, this_year, this_year + 1, shown_year(request, project)})


def years_of(project: Project | None) -> list[int]:
    return list(project.plans.current().order_by("year").values_list("year", flat=True)) if project else []
