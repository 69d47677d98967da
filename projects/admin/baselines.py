"""计划调整一览: plans that were changed, by whom and why, and what the original plan would say."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core.exports import FORMATS, Column
from erqi.core.pages import Page, register_page
from projects import reports
from projects.models import Light
from projects.reports import Rebaselined
from projects.reports.rebaselined import RebaselinedReport
from projects.services.judging import investment_judge

from .timeliness import answer, asked, may_look, scope_of
from .timeliness_form import ScopeForm

ON_A_PAGE = 100
# How the list can be ordered; what is not known comes last.
ORDERS = {
    "difference": (gettext_lazy("调减最多"), lambda line: line.difference),
    "-difference": (gettext_lazy("调增最多"), lambda line: -line.difference),
    "ahead": (gettext_lazy("对照原计划最欠"), lambda line: line.original.ahead),
    "-hidden": (gettext_lazy("调整前后相差最大"), lambda line: None if (p := line.hidden_points) is None else -p),
    "-at": (gettext_lazy("最近调整"), lambda line: -line.changes[-1].at.timestamp()),
    "-changes": (gettext_lazy("调整次数"), lambda line: -len(line.changes)),
}


def found_by(form: ScopeForm) -> RebaselinedReport:
    when = {name: form.cleaned_data[name] for name in ("year", "month")}
    return reports.rebaselined(projects=form.projects, judge=investment_judge(**when), **when)


def ordered(lines: list[Rebaselined], sort: str) -> list[Rebaselined]:
    _label, key = ORDERS.get(sort, ORDERS["difference"])
    return sorted(lines, key=lambda line: ((value := key(line)) is None, value or 0))


def page_view(request: HttpRequest) -> HttpResponseBase:
    form, title = asked(request, ScopeForm), _("计划调整一览")
    if not form.is_valid():
        return answer(request, "baselines/page", title, form)
    found, scope = found_by(form), scope_of(form)
    sort = request.GET.get("sort", "")
    sort = sort if sort in ORDERS else "difference"
    page = Paginator(ordered(found.lines, sort), ON_A_PAGE).get_page(request.GET.get("p"))
    orders = [(label, urlencode({**scope, "sort": name}), name == sort) for name, (label, _key) in ORDERS.items()]
    context: dict[str, Any] = {
        "found": found,
        "page": page,
        "orders": orders,
        "query": urlencode({**scope, "sort": sort}),
    }
    return answer(request, "baselines/page", title, form, context)


def export_view(request: HttpRequest, kind: str) -> HttpResponseBase:
    """One row for each change, so that everybody who changed a plan stands in the sheet."""
    if kind not in FORMATS:
        raise Http404
    form = asked(request, ScopeForm)
    if not form.is_valid():
        return redirect(f"{reverse('admin:baselines')}?{request.GET.urlencode()}")
    lines = ordered(found_by(form).lines, request.GET.get("sort", ""))
    name = _("计划调整一览 %(basis)s") % {"basis": form.words}
    return FORMATS[kind](name, columns(), [(line, change) for line in lines for change in line.changes])


def columns() -> list[Column]:
    return [
        *_of_line(_("项目编号"), lambda line: line.project.code),
        *_of_line(_("项目名称"), lambda line: line.project.name),
        *_of_line(_("责任单位"), lambda line: line.project.lead_unit),
        *_of_line(_("原计划（万元）"), lambda line: line.original.plan),
        *_of_line(_("现行计划（万元）"), lambda line: line.current.plan),
        *_of_line(_("相差（万元）"), lambda line: line.difference),
        *_of_line(_("累计完成（万元）"), lambda line: line.current.done),
        *_against(_("对照原计划"), lambda line: line.original, lambda line: line.original_colour),
        *_against(_("对照现行计划"), lambda line: line.current, lambda line: line.current_colour),
        *_of_change(_("版本"), lambda change: change.plan.version),
        *_of_change(_("调整时间"), lambda change: timezone.localtime(change.at).strftime("%Y-%m-%d %H:%M")),
        *_of_change(_("调整前（万元）"), lambda change: change.before),
        *_of_change(_("调整后（万元）"), lambda change: change.after),
        *_of_change(_("月度安排改变"), lambda change: _("是") if change.rescheduled else _("否")),
        *_of_change(_("申请人"), lambda change: change.asked_by),
        *_of_change(_("审定人"), lambda change: change.decided_by),
        *_of_change(_("理由"), lambda change: change.reason),
    ]


def _of_line(header: str, value) -> list[Column]:
    return [Column(header, lambda row: value(row[0]))]


def _of_change(header: str, value) -> list[Column]:
    return [Column(header, lambda row: value(row[1]))]


def _against(words: str, figures, colour) -> list[Column]:
    headers = [_("%(of)s：完成率（%%）"), _("%(of)s：超/欠时序（百分点）"), _("%(of)s：投资灯")]
    rate, ahead, light = (header % {"of": words} for header in headers)
    return [
        *_of_line(rate, lambda line: _tenth(figures(line).rate, 100)),
        *_of_line(ahead, lambda line: _tenth(figures(line).ahead)),
        *_of_line(light, lambda line: Light.Colour(colour(line)).label if colour(line) else None),
    ]


def _tenth(value: Decimal | None, times: int = 1) -> Decimal | None:
    return None if value is None else (value * times).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _register(path: str, name: str, view, **options) -> None:
    label = gettext_lazy("计划调整一览")
    register_page(Page(path=path, name=name, label=label, view=view, offered=may_look, **options))


_register("baselines/", "baselines", page_view)
_register("baselines/export/<str:kind>/", "baselines_export", export_view, in_navigation=False)
