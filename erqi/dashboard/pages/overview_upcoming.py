"""What is due next, each number with the rows behind it."""

from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from projects.models import Milestone, PlanChange, Project, SupervisionOrder, Unit
from projects.reports.upcoming import Deadline, Upcoming, upcoming

from .overview_facts import Fact, counted, told, whole


@dataclass(frozen=True)
class Next:
    """``past``: seen from the last day of the month shown, not from today."""

    found: Upcoming
    past: bool
    filing: list[tuple[Deadline, str]]
    facts: list[Fact]
    # The orders' projects that the reader may open.
    reached: set[int]


def upcoming_of(basis: Basis, rows: Rows) -> Next | None:
    if basis.as_of or not basis.sees_projects:
        return None
    today = basis.day
    projects: Any = basis.projects
    found = upcoming(projects=projects, orders=orders_of(basis), today=today)
    filing = [
        (deadline, rows.projects(year=deadline.period.year, month=deadline.period.month, gap="report"))
        for deadline in found.deadlines
    ]
    return Next(found, today != localdate(), filing, told(_due(found, rows)), _reached(found, basis))


def _reached(found: Upcoming, basis: Basis) -> set[int]:
    named = [item.row.project_id for item in found.orders if item.row.project_id]
    return set(Project.objects.visible_to(basis.user).filter(pk__in=named).order_by().values_list("pk", flat=True))


def orders_of(basis: Basis):
    """Those that the reader may see, of the category and of the unit's subtree."""
    orders = SupervisionOrder.objects.visible_to(basis.user)
    if basis.category:
        orders = orders.filter(project__category=basis.category)
    return orders.filter(unit__in=Unit.objects.subtree_ids([basis.unit.pk])) if basis.unit else orders


def _due(found: Upcoming, rows: Rows) -> list[Fact]:
    late, soon = {"due__lt": found.today}, {"due__gte": found.today, "due__lte": found.until}
    waiting = whole(rows, PlanChange, status__exact="pending")
    since = found.oldest_change and _("最早 %(day)s 提出") % {"day": found.oldest_change.isoformat()}
    return [
        counted(_("督办逾期"), found.orders_overdue, "件", whole(rows, SupervisionOrder, **late)),
        counted(_("督办 30 天内到期"), found.orders_due, "件", whole(rows, SupervisionOrder, **soon)),
        counted(_("节点逾期"), found.milestones_overdue, "个", whole(rows, Milestone, **late)),
        counted(_("节点 30 天内到期"), found.milestones_due, "个", whole(rows, Milestone, **soon)),
        counted(_("计划调整待审定"), found.changes, "件", waiting, since or ""),
    ]
