"""What changed in the month shown, each number with the rows behind it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from erqi.core import money
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from projects.models import AnnualPlan, Light, Milestone, Problem, ProgressReport, Project
from projects.reports.changes import Changes, Turned, Window, changes

from .overview_facts import Fact, counted, told, whole


@dataclass(frozen=True)
class Moved:
    window: Window
    # The month before, which the lights are compared with.
    before: int
    lights: Turned
    facts: list[Fact]


def changes_of(basis: Basis, rows: Rows) -> Moved | None:
    """Nothing on a page as of a past moment: what had changed by then is not known any more."""
    if basis.as_of or not basis.sees_projects:
        return None
    found = changes(projects=basis.projects, **basis.period)
    facts = [*_turns(found.lights, rows), *_work(found, rows), *_followed(found, rows)]
    before = basis.month - 1 or 12
    return Moved(found.window, before, found.lights, told(facts))


def _turns(found: Turned, rows: Rows) -> list[Fact]:
    basis = rows.basis
    began = {"period": f"{basis.year}-{basis.month:02d}", "months_running__exact": 1}
    red, grey = (whole(rows, Light, **began, colour__exact=colour) for colour in ("red", "grey"))
    return [
        counted(_("新亮红灯"), found.red, "个", red),
        counted(_("亮灯变差"), found.worse, "个"),
        counted(_("亮灯变好"), found.better, "个"),
        counted(_("新变灰灯"), found.grey, "个", grey, _("缺数据，无法判定")),
    ]


def _work(found: Changes, rows: Rows) -> list[Fact]:
    year, month, here = rows.basis.year, rows.basis.month, found.window
    accepted = {"year": year, "status__exact": "accepted"}
    late = {**accepted, "month__lt": month, "revision": 1, "versions": "all", **_moments("accepted_at", here)}
    corrected = {**accepted, "month__lte": month, "revision__gt": 1, "versions": "all"}
    plans = {"year": year, "version__gt": 1, "versions": "all", **_moments("recorded_at", here)}
    return [
        counted(
            _("本月进度已认定"),
            found.accepted,
            "个",
            whole(rows, ProgressReport, month=month, **accepted),
            _("本月完成 %(amount)s 亿元") % {"amount": money.yi(found.invested)},
        ),
        counted(
            _("补认定以前月份"),
            found.caught_up,
            "份",
            whole(rows, ProgressReport, **late),
            _("完成 %(amount)s 亿元") % {"amount": money.yi(found.caught_up_invested)},
        ),
        counted(
            _("更正已认定的月份"),
            found.corrected,
            "份",
            whole(rows, ProgressReport, **corrected, **_moments("accepted_at", here)),
        ),
        counted(_("计划调整"), found.plans, "次", whole(rows, AnnualPlan, **plans), _differences(found)),
    ]


def _differences(found: Changes) -> str:
    amounts = {"lowered": money.yi(found.lowered), "raised": money.yi(found.raised)}
    return _("调减 %(lowered)s 亿元，调增 %(raised)s 亿元") % amounts


def _followed(found: Changes, rows: Rows) -> list[Fact]:
    here = found.window
    met, due = _days("met_on", here), _days("due", here)
    everywhere = rows.basis.scope is None
    opened, closed = (
        whole(rows, Problem, turn="all", **_moments(name, here)) if everywhere else ""
        for name in ("raised_at", "closed_at")
    )
    started, finished = (
        whole(rows, Project, **rows.basis.period, **_days(name, here)) for name in ("actual_start", "actual_finish")
    )
    return [
        counted(_("完成节点"), found.met, "个", whole(rows, Milestone, standing="met", **met)),
        counted(_("推迟节点"), found.slipped, "个"),
        counted(_("到期未完成的节点"), found.missed, "个", whole(rows, Milestone, **due)),
        counted(_("新增问题"), found.opened, "个", opened),
        counted(_("销号问题"), found.closed, "个", closed),
        counted(_("开工项目"), found.started, "个", started),
        counted(pgettext("本月", "竣工项目"), found.finished, "个", finished),
    ]


def _days(field: str, window: Window) -> dict[str, Any]:
    return {f"{field}__gte": window.first, f"{field}__lte": window.last}


def _moments(field: str, window: Window) -> dict[str, Any]:
    return {f"{field}__gte": window.start.isoformat(), f"{field}__lt": window.after.isoformat()}
