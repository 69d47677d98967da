from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action, Area
from erqi.core.admin.base import SourcedAdmin
from erqi.core.admin.forms import FreshForm
from erqi.core.admin.history import Entry, shown
from erqi.core.api.fields import mask
from erqi.core.exports import FORMATS
from erqi.core.templatetags.lights import lamp
from projects import reports
from projects.models import Light, Project, Unit
from projects.models.measured import AHEAD, RATE
from projects.reports import Figures
from projects.reports.figures import figures_of
from projects.services import totals
from projects.services.periods import hold_year
from projects.services.projects import described, save_row

from . import columns
from .basis import basis_of
from .export import export_columns
from .filters import GapFilter, LightFilter, MonthBasis, VisibleRowsFilter, YearBasis, YearClassFilter
from .inlines import ApprovalCodeInline, MonthsInline, PlanInline, reaches, shown_year
from .milestone_inline import MilestoneInline
from .versions import plan_entries, report_entries, request_entries
from .yearforms import Refused, ServiceFormSet


class ProjectChangeList(ChangeList):
    """Every row with its own figures for the year and month shown, and their total above the list."""

    def get_queryset(self, request, exclude_parameters=None):
        self.basis = basis_of(request)
        if not hasattr(self, "_plain_rows"):
            self._plain_rows: Any = self.root_queryset
        self.root_queryset = self._plain_rows.with_progress(self.basis.year, self.basis.month)
        return super().get_queryset(request, exclude_parameters)

    @property
    def total(self) -> Figures:
        return reports.overview(year=self.basis.year, month=self.basis.month, projects=self.queryset).total


class ProjectForm(FreshForm):
    user: Any = None

    def clean(self):
        cleaned = super().clean()
        if self.user and not self.user.is_superuser and {"lead_unit", "area"} <= set(cleaned):
            self._check_reach(cleaned["lead_unit"] or cleaned["area"])
        return cleaned

    def _check_reach(self, unit):
        """A project may not be moved out of its editor's own reach, nor entered outside it."""
        action = Action.CHANGE if self.instance.pk else Action.ADD
        if unit and unit.pk not in Unit.objects.reached_by(self.user, Area.PROJECT, action):
            self.add_error("lead_unit", ValidationError(gettext("责任单位应为您任职的单位或其下级。")))


@admin.register(Project)
class ProjectAdmin(SourcedAdmin):
    form = ProjectForm
    never_deleted = True

    class Media:
        css = {"all": ["erqi/lights.css"]}

    list_display = [
        "code",
        "name",
        "category",
        "lead_unit",
        "stage",
        "light_cell",
        "plan_cell",
        "done_cell",
        "rate_cell",
        "ahead_cell",
    ]
    list_display_links = ["code", "name"]
    list_filter = [
        YearBasis,
        MonthBasis,
        GapFilter,
        ("category", VisibleRowsFilter),
        ("programme", VisibleRowsFilter),
        ("lead_unit", VisibleRowsFilter),
        "stage",
        YearClassFilter,
        LightFilter,
        "level",
    ]
    search_fields = ["search_text"]
    search_help_text = _("名称、别名、编号、拼音或首字母，例如 whz。")
    date_hierarchy = "planned_start"
    autocomplete_fields = [
        "area",
        "category",
        "programme",
        "parent",
        "lead_unit",
        "host_unit",
        "supporting_units",
        "owner",
    ]
    inlines = [ApprovalCodeInline, PlanInline, MonthsInline, MilestoneInline]
    fieldsets = [
        (
            _("基本信息"),
            {
                "fields": [
                    ("code", "name"),
                    ("aliases", "pinyin_override"),
                    ("category", "programme"),
                    ("area", "level"),
                    ("stage", "nature"),
                    ("goal", "commitment"),
                    ("parent", "package_count"),
                    ("in_statistics", "published"),
                ]
            },
        ),
        (
            _("单位与责任"),
            {
                "fields": [
                    ("lead_unit", "host_unit"),
                    ("supporting_units", "owner"),
                    ("sponsor", "service_officer"),
                    ("contact_name", "contact_phone"),
                ]
            },
        ),
        (
            _("时间与投资"),
            {
                "fields": [
                    ("planned_start", "actual_start"),
                    ("planned_finish", "actual_finish"),
                    ("total_investment", "funding"),
                ]
            },
        ),
        (_("建设内容"), {"fields": ["location", "content", "note"]}),
    ]

    # — who sees and changes what —

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user).with_names()

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and (obj is None or reaches(request, obj, Action.VIEW))

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or reaches(request, obj, Action.CHANGE))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "parent":
            kwargs["queryset"] = Project.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), *self._covered(request, obj).values()]

    def get_fieldsets(self, request, obj=None):
        found = super().get_fieldsets(request, obj)
        covered = self._covered(request, obj)
        return [(name, options | {"fields": _instead(options["fields"], covered)}) for name, options in found]

    def _covered(self, request, obj) -> dict[str, str]:
        """Fields whose value this user is not to read, and what stands in their place."""
        covered = {}
        if obj and obj.parent_id and not reaches(request, obj.parent, Action.VIEW):
            covered["parent"] = "parent_covered"
        if obj and not reaches(request, obj, Action.CHANGE):
            covered["contact_phone"] = "phone_masked"
        return covered

    @admin.display(description=_("所属打捆项目"))
    def parent_covered(self, _project):
        return _("其他单位的项目")

    @admin.display(description=_("联系电话"))
    def phone_masked(self, project):
        return mask(project.contact_phone)

    def get_form(self, request, obj=None, *args, **kwargs):
        made: Any = super().get_form(request, obj, *args, **kwargs)
        made.user = request.user
        return made

    # — the list —

    def get_changelist(self, request, **kwargs):
        return ProjectChangeList

    @admin.display(description=_("亮灯"))
    def light_cell(self, project):
        return lamp(project.light, Light.Colour(project.light).label if project.light else "")

    @admin.display(description=_("年度计划"), ordering=F("plan").desc(nulls_last=True))
    def plan_cell(self, project):
        return columns.number(project.plan)

    @admin.display(description=_("累计完成"), ordering=F("done").desc(nulls_last=True))
    def done_cell(self, project):
        return columns.number(project.done)

    @admin.display(description=_("完成率"), ordering=RATE.desc(nulls_last=True))
    def rate_cell(self, project):
        return columns.rate(figures_of(project))

    @admin.display(description=_("超/欠时序（点）"), ordering=AHEAD.asc(nulls_last=True))
    def ahead_cell(self, project):
        return columns.ahead(figures_of(project))

    def get_urls(self):
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:kind>/", view, name="projects_project_export"), *super().get_urls()]

    def export_view(self, request, kind):
        """The list as it is filtered and sorted, all pages of it."""
        if kind not in FORMATS:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows: Any = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect("admin:projects_project_changelist")
        name = gettext("重大项目 %(basis)s") % {"basis": rows.basis.words}
        found = rows.queryset.select_related(None).with_names().select_related("owner", "parent")
        own = set(Project.objects.reachable(request.user, Action.CHANGE).values_list("pk", flat=True))
        return FORMATS[kind](name, export_columns(rows.basis, own), found.iterator(chunk_size=500))

    # — saving —

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Fields, plan and months together or not at all.

        What a service refuses comes up from inside the transaction; the form is then shown again with the
        refusal on its row and everything as it was typed.
        """
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        try:
            with transaction.atomic():
                self._lock(request, object_id)
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            request.refused = refused.errors
            return super().changeform_view(request, object_id, form_url, extra_context)

    def _lock(self, request, object_id):
        """Two clerks saving at once are put in a row, so that the later one is compared with what the first wrote."""
        found = self.get_object(request, unquote(object_id)) if object_id else None
        if found:
            Project.objects.locked(found.pk)
            hold_year(shown_year(request, found))

    def save_model(self, request, obj, form, change):
        old = Project.objects.get(pk=obj.pk) if change else None
        save = partial(super().save_model, request, obj, form, change)
        # As with what it was before, nothing else is handed on to where the change is recorded.
        obj.counted = save_row(obj, save, old=old)

    def _audit(self, verb, request, obj):
        super()._audit(verb, request, obj)
        totals.move(*obj.counted)

    def save_formset(self, request, form, formset, change):
        if not isinstance(formset, ServiceFormSet):
            super().save_formset(request, form, formset, change)
            return
        for level, text in formset.write(form.instance, request.user):
            messages.add_message(request, level, text)

    def save_related(self, request, form, formsets, change):
        form.save_m2m()
        refused: dict = {}
        for formset in formsets:
            try:
                self.save_formset(request, form, formset, change)
            except Refused as error:
                refused |= error.errors
        if refused:
            raise Refused(refused)

    def audit_snapshot(self, obj):
        return described(obj)

    def response_change(self, request, obj):
        response = super().response_change(request, obj)
        return self._to_shown_year(request, response)

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        return self._to_shown_year(request, response)

    @staticmethod
    def _to_shown_year(request, response):
        year = request.POST.get("shown_year", "")
        stays = isinstance(response, HttpResponseRedirect) and "_continue" in request.POST
        if stays and year.isdecimal() and "year=" not in response.url:
            response["Location"] += f"{'&' if '?' in response.url else '?'}year={year}"
        return response

    # — history —

    def history_entries(self, request, obj) -> list[Entry]:
        own = super().history_entries(request, obj)
        months = report_entries(obj.reports.shown_to(request.user))
        plans = [*plan_entries(obj), *request_entries(obj)]
        return sorted([*own, *plans, *months], key=lambda entry: entry.at, reverse=True)

    def history_words(self, column, value) -> str:
        """As anyone who sees the project may read them: other projects by their code only, telephones masked."""
        if isinstance(value, Project):
            return value.code
        return mask(value) if column.name == "contact_phone" and value else shown(column, value)


def _instead(lines, covered: dict[str, str]) -> list:
    return [
        tuple(covered.get(name, name) for name in line) if isinstance(line, tuple) else covered.get(line, line)
        for line in lines
    ]
