"""The first page: what waits for its reader, then how the year stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from erqi.accounts.roles import Action, Area, may
from projects import reports
from projects.models import PlanChange, Problem, ProgressReport, Project, SupervisionOrder
from projects.reports.clerk import State

from .basis import Basis
from .month import offered
from .month_desk import Desk
from .review_filter import queue_for

SHOWN = 6


@dataclass(frozen=True)
class Task:
    """So many rows wait for this reader, and where they are."""

    count: int
    words: str
    url: str


def workbench(user) -> dict:
    """What waits for this user, how the year stands, and whose month is still missing."""
    if not may(user, Area.PROJECT, Action.VIEW):
        return {"basis": None}
    year = reports.newest_year(reports.years_with_figures())
    visible = Project.objects.visible_to(user)
    basis = Basis(year, reports.latest_month(year, projects=visible))
    found = reports.overview(year=basis.year, month=basis.month, projects=visible)
    missing = visible.unfiled(basis.year, basis.month)
    desk = Desk(user, {}) if offered(user) else None
    return {
        "my_month": desk,
        "tasks": [task for task in _tasks(user, desk) if task.count],
        "basis": basis,
        "total": found.total,
        "newest": found.newest,
        # Who files for oneself alone has read it among the tasks.
        "missing": missing.with_names()[:SHOWN],
        "missing_count": 0 if _files_only(user) else missing.count(),
        "unplanned_count": found.total.projects - found.total.planned_projects,
    }


def _files_only(user) -> bool:
    return may(user, Area.PROJECT, Action.REPORT) and not may(user, Area.PROJECT, Action.REVIEW)


def _tasks(user, desk: Desk | None) -> Iterator[Task]:
    if desk and _files_only(user):
        words = _("个项目 %(month)s 月进度等您填报") % {"month": desk.month}
        yield Task(desk.to_do, words, desk.everything)
    if may(user, Area.PROJECT, Action.ENDORSE) and desk:
        # The page shows one month at a time, so what is counted is that month's.
        signed = ProgressReport.objects.waiting_for(user).filter(year=desk.year, month=desk.month)
        yield Task(signed.count(), _("项月度进度等您签审"), desk.url(state=State.WAITING))
    if may(user, Area.PROJECT, Action.REVIEW):
        yield Task(queue_for(user).count(), _("项月度进度等您审核"), reverse("admin:review"))
        asked = PlanChange.objects.reachable(user, Action.REVIEW).pending().exclude(requested_by=user)
        yield Task(asked.count(), _("件计划调整等您审定"), _list("planchange", status__exact="pending"))
    if may(user, Area.PROJECT, Action.REPORT):
        yield _turn(Problem, user, _("个问题等您处理"))
    if may(user, Area.SUPERVISION, Action.REPORT) or may(user, Area.SUPERVISION, Action.REVIEW):
        yield _turn(SupervisionOrder, user, _("张督办单等您处理"))


def _turn(model: Any, user, words: str) -> Task:
    return Task(model.objects.waiting_for(user).count(), words, _list(model._meta.model_name, turn="mine"))


def _list(model: str, **chosen: str) -> str:
    return f"{reverse(f'admin:projects_{model}_changelist')}?{urlencode(chosen)}"
