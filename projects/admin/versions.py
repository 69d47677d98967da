"""The versions of plans and months as history entries: who, when, from what to what, and why."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core.admin.history import Change, Entry, differences
from projects.models import AnnualPlan, PlanChange, ProgressReport, Project

from .yearforms import PLAN_FIELDS, kept_back

Status = ProgressReport.Status
REPORT_FIELDS = ["invested", "physical_percent", "note", "explanation"]
# What a request became, for those that made no version of the plan.
DECIDED = {
    PlanChange.Status.REJECTED: gettext_lazy("未同意调整 %(year)s 年计划"),
    PlanChange.Status.WITHDRAWN: gettext_lazy("撤回了调整 %(year)s 年计划的申请"),
}


def plan_entries(project: Project) -> Iterator[Entry]:
    before: dict[int, AnnualPlan] = {}
    for plan in project.plans.select_related("recorded_by").order_by("year", "version"):
        words = {"year": plan.year, "n": plan.version}
        first = plan.version == 1
        title = _("设定 %(year)s 年计划（第 1 版，原计划）") if first else _("调整 %(year)s 年计划（第 %(n)s 版）")
        changes = differences(AnnualPlan, before.get(plan.year), plan, [*PLAN_FIELDS, "linear"])
        before[plan.year] = plan
        yield _entry(plan.recorded_at, plan.recorded_by, title % words, changes, plan.reason)


def request_entries(project: Project) -> Iterator[Entry]:
    """Who asked for which plan; a consent is the version it made."""
    for change in project.plan_changes.select_related("basis", "requested_by", "decided_by"):
        words = {"year": change.year}
        changes = differences(PlanChange, change.basis, change, PLAN_FIELDS)
        title = _("申请调整 %(year)s 年计划") if change.basis else _("申请 %(year)s 年计划")
        yield _entry(change.requested_at, change.requested_by, title % words, changes, change.reason)
        ended = DECIDED.get(PlanChange.Status(change.status))
        if ended and change.decided_at:
            yield _entry(change.decided_at, change.decided_by, str(ended) % words, [], change.decision_note)


def report_entries(reports: QuerySet[ProgressReport]) -> Iterator[Entry]:
    """Of one project, as far as the reader may see them: each step that a month took, as its rows still tell it."""
    before: dict[tuple[int, int], ProgressReport] = {}
    for report in reports.select_related(*ProgressReport.PEOPLE).order_by("year", "month", "revision"):
        known = before.get((report.year, report.month))
        yield from _steps(report, known, differences(ProgressReport, known, report, REPORT_FIELDS))
        if report.status == Status.ACCEPTED:
            before[report.year, report.month] = report


def _steps(report: ProgressReport, known: ProgressReport | None, changes: list[Change]) -> Iterator[Entry]:
    month = {"year": report.year, "month": report.month}
    if report.returned_at:
        title = (
            _("退回 %(year)s 年 %(month)s 月进度") if report.returns else _("将 %(year)s 年 %(month)s 月进度退回更正")
        )
        yield _entry(report.returned_at, report.returned_by, title % month, [], report.return_reason)
    if kept_back(report):
        title = _("%(year)s 年 %(month)s 月进度草稿")
        yield _entry(report.recorded_at, report.recorded_by, title % month, changes, report.reason)
    if report.submitted_at:
        title = _("报送 %(year)s 年 %(month)s 月进度")
        yield _entry(report.submitted_at, report.submitted_by, title % month, changes, report.explanation)
    if report.endorsed_at:
        yield _entry(report.endorsed_at, report.endorsed_by, _("签审 %(year)s 年 %(month)s 月进度") % month, [])
    if report.accepted_at:
        title = _("更正 %(year)s 年 %(month)s 月进度") if known else _("认定 %(year)s 年 %(month)s 月进度")
        yield _entry(report.accepted_at, report.accepted_by, title % month, changes, report.reason)


def _entry(at: datetime, who, what: str, changes: list[Change], reason: str = "") -> Entry:
    return Entry(at, str(who or _("系统")), what, changes, reason)
