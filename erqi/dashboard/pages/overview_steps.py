"""What would make the overview fuller: to be done by who may, waited for by the rest."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from erqi.dashboard.links import Rows
from projects import reports
from projects.models import Project
from projects.reports.coverage import unfiled

from .overview_facts import whole


@dataclass(frozen=True)
class Step:
    """Something the reader can do next; without an address it is only said."""

    text: str
    why: str
    href: str


def next_steps(found: reports.Overview, rows: Rows) -> list[Step]:
    basis, total = rows.basis, found.total
    may_write = rows.may("change", Project)
    leaderless = basis.projects.filter(lead_unit=None).count() if may_write else 0
    missing = unfiled(year=basis.year, month=basis.month, projects=basis.projects)
    steps = []

    def without(gap: str) -> str:
        """Where the gap can be filled, for who may; the same rows in the register for others."""
        form = whole(rows, Project, **basis.period, gap=gap) if may_write else ""
        return form or rows.projects(gap=gap)

    if unplanned := total.projects - total.planned_projects:
        text = _("为项目录入年度计划") if may_write else _("等待各单位录入年度计划")
        why = _("%(n)s 个项目还没有年度计划，不计入完成率。") % {"n": unplanned}
        steps.append(Step(text, why, without("plan")))
    if missing:
        text = _("填报月度进度") if may_write else _("等待各单位填报进度")
        steps.append(Step(text, _("%(n)s 个项目本月进度还没有报送。") % {"n": missing}, without("report")))
    if leaderless and may_write:
        why = _("%(n)s 个项目还没有明确责任单位，只有全区范围的人员能看到。") % {"n": leaderless}
        steps.append(Step(_("明确责任单位"), why, without("unit")))
    if steps and may_write:
        why = _("已有台账系统的单位可按项目和月份推送，不必重复录入。")
        steps.append(Step(_("通过接口上报"), why, reverse("api:docs")))
    return steps
