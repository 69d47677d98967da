"""The versions of plans and months as history entries: who, when, from what to what, and why."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from erqi.core.admin.history import Entry, differences
from projects.models import AnnualPlan, ProgressReport, Project

from .yearforms import PLAN_FIELDS

REPORT_FIELDS = ["invested", "physical_percent", "note", "status"]


def plan_entries(project: Project) -> Iterator[Entry]:
    before: dict[int, AnnualPlan] = {}
    for plan in project.plans.select_related("recorded_by").order_by("year", "version"):
        words = {"year": plan.year, "n": plan.version}
        first = plan.version == 1
        title = _("设定 %(year)s 年计划（第 1 版，原计划）") if first else _("调整 %(year)s 年计划（第 %(n)s 版）")
        changes = differences(AnnualPlan, before.get(plan.year), plan, [*PLAN_FIELDS, "linear"])
        before[plan.year] = plan
        yield Entry(plan.recorded_at, str(plan.recorded_by or _("系统")), title % words, changes, plan.reason)


def report_entries(reports: QuerySet[ProgressReport]) -> Iterator[Entry]:
    """Of one project, as far as the reader may see them."""
    before: dict[tuple[int, int], ProgressReport] = {}
    for report in reports.select_related("recorded_by", "accepted_by").order_by("year", "month", "revision"):
        known = before.get((report.year, report.month))
        changes = differences(ProgressReport, known, report, REPORT_FIELDS)
        if report.status == ProgressReport.Status.ACCEPTED:
            before[report.year, report.month] = report
        who = report.accepted_by or report.recorded_by or _("系统")
        yield Entry(report.accepted_at or report.recorded_at, str(who), _titled(report, known), changes, report.reason)


def _titled(report: ProgressReport, known: ProgressReport | None) -> str:
    if report.status == ProgressReport.Status.DRAFT:
        title = _("%(year)s 年 %(month)s 月进度草稿")
    else:
        title = _("更正 %(year)s 年 %(month)s 月进度") if known else _("认定 %(year)s 年 %(month)s 月进度")
    return title % {"year": report.year, "month": report.month}
