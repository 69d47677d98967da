"""One project: how it stands and why, who has it, what was planned and done, and what happened to it."""

from typing import Any

from django.contrib.admin import site
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from erqi.accounts.roles import Action, Area
from erqi.core.admin.history import Entry, entries
from erqi.core.words import listed
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects import reports
from projects.models import ApprovalCode, Problem, ProgressReport, Project, SupervisionOrder
from projects.reports.filed_months import filed_months

from .facts import facts_of, quotes_of, unknown_facts
from .files import files_of
from .lamps import lamps_of
from .plans import plans_of
from .timeline import timeline_of
from .trouble import orders_of, problems_of

ENTRIES_SHOWN = 8
# Some versions say nothing that is shown, so that more are read than are shown.
VERSIONS_READ = 40


@page("dashboard/project.html", area=Area.PROJECT, about=("as_of",))
def view(_request, basis: Basis, code: str) -> dict[str, Any]:
    rows: Any = basis.projects
    rows = rows.with_names().select_related("owner", "source")
    return project_values(get_object_or_404(rows, code=code), basis)


def project_values(project: Project, basis: Basis) -> dict[str, Any]:
    may_change = Project.objects.reachable(basis.user, Action.CHANGE).filter(pk=project.pk).exists()
    day = basis.day
    values = {
        "project": project,
        # The states are the present ones; only the lateness is that of the day.
        "judged_at": day if day != localdate() else None,
        "day": day,
        "lamps": lamps_of(project, **basis.period),
        "facts": facts_of(project, basis, phone_shown=may_change),
        "unknown": unknown_facts(project),
        **year_values(project, basis),
        "timeline": timeline_of(project, day),
        "problems": problems_of(project, basis.user, day),
        "orders": orders_of(project, basis.user, day),
        "plans": plans_of(project, basis),
        "files": files_of(project, basis.user),
        "changes": changes_of(project),
        "quotes": quotes_of(project),
        "links": links_of(project, basis, may_change=may_change),
    }
    return values | {"index": index_of(values), "nothing": nothing_of(values, basis)}


def year_values(project: Project, basis: Basis) -> dict[str, Any]:
    """The year's figures against the plan in force and the original, equal to those of the API and the register."""
    found = reports.project_year(project=project, year=basis.year, as_of=basis.as_of)
    shown = found.months[: basis.month]
    return {
        "found": found,
        "line": shown[-1],
        "now": found.figures(basis.month, found.plan),
        "first": found.figures(basis.month, found.original),
        "reported": any(line.report for line in shown),
        "unaccepted": listed(map(str, found.unaccepted(basis.month))),
        "has_curve": bool(found.plan or found.last_reported),
        "months": filed_months(project=project, year=basis.year, user=basis.user, as_of=basis.as_of),
        "report_fields": dict(ProgressReport.Field.choices),
    }


def changes_of(project: Project) -> list[Entry]:
    """The newest changes of the register's own fields; telephones and other projects are covered as in the admin."""
    admin: Any = site.get_model_admin(Project)
    label = str(ApprovalCode._meta.verbose_name)
    found = [
        *entries(Project, words=admin.history_words, newest=VERSIONS_READ, id=project.pk),
        *entries(ApprovalCode, label, newest=VERSIONS_READ, project_id=project.pk),
    ]
    return sorted(found, key=lambda entry: entry.at, reverse=True)[:ENTRIES_SHOWN]


def links_of(project: Project, basis: Basis, *, may_change: bool) -> dict[str, str]:
    """To the admin, for who may go there."""
    rows = Rows(basis)
    form = reverse("admin:projects_project_change", args=[project.pk]) + f"?year={basis.year}"
    history = reverse("admin:projects_project_history", args=[project.pk])
    return {
        "edit": form if may_change else "",
        "update": f"{form}#months-group" if may_change else "",
        "history": history if rows.may("view", Project) else "",
        "problem": "admin:projects_problem_change" if rows.may("view", Problem) else "",
        "order": "admin:projects_supervisionorder_change" if rows.may("view", SupervisionOrder) else "",
    }


def sections(values: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """(id, name, whether there is anything in it), as they follow on the page."""
    return [
        ("lights", _("亮灯"), bool(values["lamps"])),
        ("year", _("年度进度"), values["has_curve"]),
        ("milestones", pgettext("复数", "节点"), bool(values["timeline"])),
        ("problems", pgettext("复数", "问题"), bool(values["problems"])),
        ("orders", pgettext("复数", "督办单"), bool(values["orders"])),
        ("months", _("月度填报"), bool(values["months"])),
        ("plans", _("计划版本"), bool(values["plans"])),
        ("files", _("照片和文件"), bool(values["files"])),
        ("source", _("资料来源"), bool(values["project"].source)),
        ("changes", _("修改记录"), bool(values["changes"])),
    ]


def index_of(values: dict[str, Any]) -> list[tuple[str, str]]:
    """What the page holds, for jumping to it; a page of two sections needs none."""
    found = [(key, name) for key, name, there in sections(values) if there]
    return found if len(found) > 2 else []


def nothing_of(values: dict[str, Any], basis: Basis) -> str:
    """What is not there, in one sentence instead of a row of empty boxes."""
    names = [name for _key, name, there in sections(values) if not there]
    return _("%(year)s 年 %(month)s 月还没有：%(names)s。") % {**basis.period, "names": listed(names)} if names else ""
