"""What became of what was promised for a year."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from erqi.core import money
from projects.models import Project, Target
from projects.models.choices import Commitment

from .published import Held, folded
from .scope import plans_of, reports_of

Measure = Target.Measure


class State(TextChoices):
    """How a target stands. Without an actual nothing is said, however late it is."""

    OVERDUE = "overdue", _("逾期未完成")
    RUNNING = "running", _("进行中")
    MET = "met", _("已完成")
    UNKNOWN = "unknown", _("未掌握")


@dataclass(frozen=True)
class Standing:
    """A target beside what became of it.

    ``actual``     counted in the register where the target has a ``measure``, else as entered by hand; in the printed
                   unit; None while nothing is known
    ``actual_on``  the day up to which it counts
    ``on``         the day for which the deadline is judged; the deadline's own day is still in time
    """

    target: Target
    actual: Decimal | None
    actual_on: date | None
    on: date

    @property
    def state(self) -> State:
        done: bool | None = True if self.target.commitment == Commitment.DONE else None
        met = done if self.actual is None else self.target.met_by(self.actual)
        if met is None:
            return State.UNKNOWN
        if met:
            return State.MET
        return State.OVERDUE if self.target.due and self.target.due < self.on else State.RUNNING

    @property
    def share(self) -> Decimal | None:
        """actual ÷ value as a fraction; unknown where either is, or where less is better."""
        value = self.target.value
        return None if self.actual is None or not value or self.target.at_most else self.actual / value

    @property
    def gap(self) -> Decimal | None:
        """actual − value, in the printed unit."""
        return None if self.actual is None or self.target.value is None else self.actual - self.target.value

    @property
    def days_left(self) -> int | None:
        """Days to the deadline that the target names, negative when it has passed; None where it names no day."""
        return (self.target.deadline - self.on).days if self.target.deadline else None

    @property
    def days_over(self) -> int:
        """Days since the deadline that the target names; 0 before it."""
        return max(-(self.days_left or 0), 0)


def standings(*, year: int, month: int, as_of: datetime | None = None, counted: bool = True) -> list[Standing]:
    """The year's targets, in their order. Those with a measure are counted over all projects of their category and
    programme, programmes within it included, from January to ``month``:

    ``invested``            accepted investment of the projects with a plan for the year, as ``Figures.done`` (万元)
    ``projects_started``    projects whose actual start lies in those months
    ``projects_completed``  projects whose actual finish lies in those months

    None while there is no accepted month, or no project whose stage or start is known; ``as_of`` reaches plans and
    progress. What was entered by hand for a day after the one judged is left out. ``counted`` is False for who does
    not see every project: a part must not pass for the whole.
    """
    targets = Target.objects.filter(year=year).select_related("category", "programme", "source", "actual_by")
    today = localdate(as_of) if as_of else localdate()
    until, on = min(last_day(year, month), today), judged_on(year, month, today)
    rows = list(targets)
    measured = any(target.measure for target in rows) and counted
    held = _held(year, month, as_of, until=until) if measured else {}
    return [_standing(target, held, on=on, until=until) for target in rows]


def judged_on(year: int, month: int, today: date) -> date:
    """Today; for a month of a year that is over, the day after it, so that its own last day is still in time."""
    over = year < today.year and month < 12
    return last_day(year, month) + timedelta(days=1) if over else today


def last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _standing(target: Target, held: Held, *, on: date, until: date) -> Standing:
    if target.measure:
        actual = _in_printed_unit(target, held.get((target.measure, target.category_id, target.programme_id)))
        return Standing(target, actual, None if actual is None else until, on)
    if target.actual_on is None or target.actual_on > on:
        return Standing(target, None, None, on)
    return Standing(target, target.actual, target.actual_on, on)


def _in_printed_unit(target: Target, held: Decimal | None) -> Decimal | None:
    if held is None or target.measure != Measure.INVESTED:
        return held
    unit = money.UNITS.get(target.unit_of_measure)
    return money.yuan(held) / unit if unit else None


def _held(year: int, month: int, as_of: datetime | None, *, until: date) -> Held:
    planned = Exists(plans_of(None, year, as_of).filter(project=OuterRef("project")))
    invested = reports_of(None, year, month, as_of).filter(planned)
    return folded(
        {
            Measure.INVESTED: invested.values_list("project__category", "project__programme").annotate(Sum("invested")),
            Measure.PROJECTS_STARTED: _counted("actual_start", year, until),
            Measure.PROJECTS_COMPLETED: _counted("actual_finish", year, until),
        }
    )


def _counted(day: str, year: int, until: date) -> Iterable[tuple]:
    """(category, programme, number of projects whose ``day`` lies in the year up to ``until``)."""
    known = ~Q(stage="") | Q(actual_start__isnull=False)
    rows: QuerySet = (
        Project.objects.order_by()
        .values_list("category", "programme")
        .annotate(known=Count("pk", filter=known))
        .annotate(happened=Count("pk", filter=Q(**{f"{day}__range": (date(year, 1, 1), until)})))
    )
    return [(category, programme, happened if known else None) for category, programme, known, happened in rows]
