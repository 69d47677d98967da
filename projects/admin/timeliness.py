"""报送情况: who files on time, by unit, category and month; every count leads to the project-months it counts."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.roles import Action, Area, may
from erqi.core.exports import FORMATS, Column
from erqi.core.pages import Page, register_page
from projects import reports
from projects.models import Project
from projects.reports import Filing

from .timeliness_form import RowsForm, ScopeForm, TimelinessForm
from .timeliness_tables import KINDS, Table, cells, group_columns, rows_address

ON_A_PAGE = 100


def may_look(user) -> bool:
    return may(user, Area.PROJECT, Action.VIEW)


def asked(request: HttpRequest, form_class: type[ScopeForm]) -> Any:
    """The page's form, filled from the address, over the projects that its reader sees."""
    if not may_look(request.user):
        raise PermissionDenied
    return form_class(request.GET, Project.objects.visible_to(request.user))


def answer(request: HttpRequest, template: str, title: str, form: ScopeForm, context: dict[str, Any] | None = None):
    """The page; without a ``context`` the form alone, which says what was wrong with the question."""
    values = {**admin.site.each_context(request), "title": title, "form": form, **(context or {})}
    status = 200 if context is not None else 400
    return TemplateResponse(request, f"admin/projects/{template}.html", values, status=status)


def scope_of(form: ScopeForm) -> dict[str, Any]:
    """The question as an address says it."""
    return {name: form[name].value() for name in form.fields if form[name].value()}


def found_by(form: TimelinessForm) -> reports.TimelinessReport:
    asked_for = {name: form.cleaned_data[name] for name in ("year", "month", "from_month", "level")}
    return reports.timeliness(projects=form.projects, **asked_for)


def page_view(request: HttpRequest) -> HttpResponseBase:
    form, title = asked(request, TimelinessForm), _("报送情况")
    if not form.is_valid():
        return answer(request, "timeliness/page", title, form)
    found, scope, sort = found_by(form), scope_of(form), request.GET.get("sort", "")
    context = {
        "found": found,
        "total": found.total,
        "cells": cells(found.total, scope),
        "links": {name: rows_address(scope, name) for name in KINDS},
        "tables": [
            (_("责任单位"), Table("unit", found.by_unit, scope, sort)),
            (_("类别"), Table("category", found.by_category, scope, sort)),
        ],
        "strip": Table("month", found.by_month, scope).lines,
        "query": urlencode(scope | ({"sort": sort} if sort else {})),
    }
    return answer(request, "timeliness/page", title, form, context)


def export_view(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The total and all three tables, as they are narrowed and sorted."""
    if kind not in FORMATS:
        raise Http404
    form = asked(request, TimelinessForm)
    if not form.is_valid():
        return redirect(f"{reverse('admin:timeliness')}?{request.GET.urlencode()}")
    found, sort = found_by(form), request.GET.get("sort", "")
    groups = [
        (_("责任单位"), Table("unit", found.by_unit, {}, sort)),
        (_("类别"), Table("category", found.by_category, {}, sort)),
        (_("月份"), Table("month", found.by_month, {})),
    ]
    lines = [(group, line.name, line.figures) for group, table in groups for line in table.lines]
    name = _("报送情况 %(basis)s") % {"basis": form.words}
    return FORMATS[kind](name, group_columns(), [(_("合计"), _("合计"), found.total), *lines])


@dataclass(frozen=True)
class Row:
    """A project-month with the project itself."""

    project: Project
    filing: Filing

    @property
    def state(self) -> tuple[str, str]:
        """(code, words) of how it was filed."""
        filing = self.filing
        if filing.filed and filing.deadline and filing.on_time is not None:
            return ("on_time", _("按时")) if filing.on_time else ("late", _("逾期报送"))
        if filing.filed:
            return "filed", _("已报")
        return ("overdue", _("逾期未报")) if filing.overdue else ("open", _("未报"))


def rows_of(form: RowsForm) -> list[Filing]:
    asked_for = form.cleaned_data
    months = range(asked_for["from_month"], asked_for["month"] + 1)
    found = reports.filings(projects=form.projects, year=asked_for["year"], months=months)
    return [row for row in found if KINDS[asked_for["of"]].counts(row)]


def with_projects(filings: list[Filing]) -> list[Row]:
    named = Project.objects.with_names().in_bulk({filing.project for filing in filings})
    return [Row(named[filing.project], filing) for filing in filings]


def rows_view(request: HttpRequest) -> HttpResponseBase:
    """The project-months behind one figure."""
    form, title = asked(request, RowsForm), _("报送情况明细")
    if not form.is_valid():
        return answer(request, "timeliness/rows", title, form)
    page = Paginator(rows_of(form), ON_A_PAGE).get_page(request.GET.get("p"))
    scope, led_by = scope_of(form), form.cleaned_data["led_by"]
    context = {
        "kind": KINDS[form.cleaned_data["of"]].label,
        "led_by": _("尚无责任单位") if led_by == "-" else led_by,
        "page": page,
        "rows": with_projects(list(page)),
        "query": urlencode(scope),
        "back": urlencode({name: value for name, value in scope.items() if name not in ("of", "led_by")}),
    }
    return answer(request, "timeliness/rows", title, form, context)


def rows_export_view(request: HttpRequest, kind: str) -> HttpResponseBase:
    if kind not in FORMATS:
        raise Http404
    form = asked(request, RowsForm)
    if not form.is_valid():
        return redirect(f"{reverse('admin:timeliness_rows')}?{request.GET.urlencode()}")
    label = KINDS[form.cleaned_data["of"]].label
    name = _("报送情况明细 %(basis)s %(kind)s") % {"basis": form.words, "kind": label}
    return FORMATS[kind](name, row_columns(), with_projects(rows_of(form)))


def row_columns() -> list[Column]:
    def day(moment):
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else None

    return [
        Column(_("项目编号"), lambda row: row.project.code),
        Column(_("项目名称"), lambda row: row.project.name),
        Column(_("责任单位"), lambda row: row.project.lead_unit),
        Column(_("类别"), lambda row: row.project.category),
        Column(_("月份"), lambda row: row.filing.month),
        Column(_("年度计划（万元）"), lambda row: row.filing.plan),
        Column(_("报送截止"), lambda row: row.filing.deadline),
        Column(_("报送情况"), lambda row: row.state[1]),
        Column(_("首次报送"), lambda row: day(row.filing.filed_at)),
        Column(_("退回次数"), lambda row: row.filing.returns),
        Column(_("认定时间"), lambda row: day(row.filing.accepted_at)),
        Column(_("审核天数"), lambda row: row.filing.review_days),
    ]


def _register(path: str, name: str, view, **options) -> None:
    label = gettext_lazy("报送情况")
    register_page(Page(path=path, name=name, label=label, view=view, offered=may_look, **options))


_register("timeliness/", "timeliness", page_view)
_register("timeliness/export/<str:kind>/", "timeliness_export", export_view, in_navigation=False)
_register("timeliness/rows/", "timeliness_rows", rows_view, in_navigation=False)
_register("timeliness/rows/export/<str:kind>/", "timeliness_rows_export", rows_export_view, in_navigation=False)
