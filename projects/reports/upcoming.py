"""What is due next: the reporting deadline, milestones, supervision orders, and plan changes that wait."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Q, QuerySet
from django.utils import timezone

from projects.models import Milestone, PlanChange, Project, ReportingPeriod, SupervisionOrder
from projects.models.order import SupervisionOrderQuerySet
from projects.models.project import ProjectQuerySet

from .coverage import unfiled
from .scope import within

DAYS = 30
LISTED = 5


@dataclass(frozen=True)
class Deadline:
    """A month's general deadline, extensions aside; ``days`` until it, below 0 once it has passed.

    ``unfiled``: projects that owe the month and have not submitted it, as it stands now.
    """

    period: ReportingPeriod
    days: int
    unfiled: int

    @property
    def late(self) -> int:
        return max(-self.days, 0)


@dataclass(frozen=True)
class Item:
    """A milestone or a supervision order; ``days`` until its date, below 0 where that has passed."""

    row: Milestone | SupervisionOrder
    days: int

    @property
    def late(self) -> int:
        return max(-self.days, 0)


@dataclass(frozen=True)
class Upcoming:
    """``deadlines``  the newest that has passed, where somebody has still to file, and the next to come
    ``milestones``  due within ``DAYS``, the first few of ``milestones_due``;  ``milestones_overdue``  past their date
    ``orders``      the first few of those overdue (``orders_overdue``) or due within ``DAYS`` (``orders_due``)
    ``changes``     requests for another plan that wait to be decided;  ``oldest_change``  the day of the oldest
    """

    today: date
    until: date
    deadlines: list[Deadline]
    milestones: list[Item]
    milestones_due: int
    milestones_overdue: int
    orders: list[Item]
    orders_due: int
    orders_overdue: int
    changes: int
    oldest_change: date | None

    def __bool__(self) -> bool:
        return bool(
            self.deadlines
            or self.milestones_due
            or self.milestones_overdue
            or self.orders_due
            or self.orders_overdue
            or self.changes
        )


def upcoming(
    *,
    projects: ProjectQuerySet,
    orders: SupervisionOrderQuerySet,
    today: date | None = None,
) -> Upcoming:
    """For ``projects``, seen from ``today``: eleven statements at most, whatever their number.

    What is open is what is open now, also seen from a day past. ``orders`` are those that the reader may see: an order
    may name no project.
    """
    today = today or timezone.localdate()
    return Upcoming(
        today=today,
        until=today + timedelta(days=DAYS),
        deadlines=_deadlines(projects, today),
        **_milestones(projects, today),
        **_orders(orders.open(), today),
        **_changes(projects),
    )


def _deadlines(projects: ProjectQuerySet, today: date) -> list[Deadline]:
    passed = ReportingPeriod.objects.filter(due__lt=today).order_by("-due").first()
    coming = ReportingPeriod.objects.filter(due__gte=today).order_by("due").first()
    found = [
        Deadline(period, (period.due - today).days, unfiled(year=period.year, month=period.month, projects=projects))
        for period in (passed, coming)
        if period
    ]
    return [deadline for deadline in found if deadline.days >= 0 or deadline.unfiled]


def _by_date(rows: QuerySet, today: date, name: str) -> dict:
    """Counts of what is overdue and what is due soon, in one statement."""
    late, soon = Q(due__lt=today), Q(due__range=(today, today + timedelta(days=DAYS)))
    counts = {f"{name}_due": Count("pk", filter=soon), f"{name}_overdue": Count("pk", filter=late)}
    return rows.order_by().aggregate(**counts)


def _items(rows: QuerySet, today: date) -> list[Item]:
    return [Item(row, (row.due - today).days) for row in rows[:LISTED]]


def _milestones(projects: QuerySet[Project], today: date) -> dict:
    rows = within(Milestone.objects.open(), projects)
    soon = rows.filter(due__range=(today, today + timedelta(days=DAYS)))
    listed = soon.select_related("project__lead_unit").order_by("due", "-critical", "pk")
    return {"milestones": _items(listed, today), **_by_date(rows, today, "milestones")}


def _orders(rows: QuerySet[SupervisionOrder], today: date) -> dict:
    soon = rows.filter(due__lte=today + timedelta(days=DAYS))
    listed = soon.select_related("project", "unit").order_by("due", "pk")
    return {"orders": _items(listed, today), **_by_date(rows, today, "orders")}


def _changes(projects: QuerySet[Project]) -> dict:
    found = within(PlanChange.objects.pending(), projects).aggregate(number=Count("pk"), oldest=Min("requested_at"))
    return {"changes": found["number"], "oldest_change": found["oldest"] and timezone.localdate(found["oldest"])}
