"""The values that every report is made of."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from projects.models import ProgressReport
from projects.models.plan import MONTHS

ZERO = Decimal(0)


def rate(done: Decimal, plan: Decimal) -> Decimal | None:
    """done ÷ plan as a fraction; unknown (None) without a plan. May exceed 1."""
    return done / plan if plan else None


@dataclass(frozen=True)
class Figures:
    """What a group of projects planned and did from January to the month asked for.

    ``projects``     projects in scope, ``planned_projects`` those of them with a plan for the year
    ``plan``         annual plans in force;  ``scheduled`` their expected year to date
    ``done``         accepted year to date of the planned projects
    ``unplanned``    accepted year to date of projects without a plan: outside every rate, never hidden
    ``due``/``in_``  reports owed for the month (planned projects not suspended or removed) and accepted of them
    """

    projects: int = 0
    planned_projects: int = 0
    plan: Decimal = ZERO
    scheduled: Decimal = ZERO
    done: Decimal = ZERO
    unplanned: Decimal = ZERO
    due: int = 0
    in_: int = 0

    @property
    def rate(self) -> Decimal | None:
        """年度投资完成率: done ÷ plan."""
        return rate(self.done, self.plan)

    @property
    def scheduled_rate(self) -> Decimal | None:
        """时序进度: scheduled ÷ plan."""
        return rate(self.scheduled, self.plan)

    @property
    def ahead(self) -> Decimal | None:
        """超/欠时序 in percentage points: (rate − scheduled rate) × 100."""
        return (self.done - self.scheduled) / self.plan * 100 if self.plan else None

    def __add__(self, other: "Figures") -> "Figures":
        names = self.__dataclass_fields__
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


def figures_of(project) -> Figures:
    """What ``Project.objects.with_progress`` found of one project."""
    done = project.done or ZERO
    if project.plan is None:
        return Figures(projects=1, unplanned=done)
    return Figures(projects=1, planned_projects=1, plan=project.plan, scheduled=project.scheduled or ZERO, done=done)


@dataclass(frozen=True)
class MonthLine:
    """One month of a project or of a group: scheduled and done, in the month and year to date (万元)."""

    month: int
    scheduled: Decimal | None
    scheduled_to_date: Decimal | None
    invested: Decimal | None
    to_date: Decimal | None
    rate: Decimal | None = None
    ahead: Decimal | None = None
    # Against the year's original plan, whichever plan the line itself is measured against.
    original_rate: Decimal | None = None
    original_ahead: Decimal | None = None
    report: ProgressReport | None = field(default=None, compare=False)


def month_lines(scheduled: dict, invested: dict, *, plan: Decimal | None, until: int) -> Iterator[MonthLine]:
    to_date = ZERO
    for month in MONTHS:
        due = scheduled.get(month)
        to_date += invested.get(month, ZERO)
        known = month <= until
        done_rate = rate(to_date, plan or ZERO) if known else None
        yield MonthLine(
            month=month,
            scheduled=None if due is None else due - scheduled.get(month - 1, ZERO),
            scheduled_to_date=due,
            invested=invested.get(month),
            to_date=to_date if known else None,
            rate=done_rate,
            # From the amounts: the difference of two rounded rates can be off by the last digit shown.
            ahead=(to_date - due) / plan * 100 if known and plan and due is not None else None,
        )
