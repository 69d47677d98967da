"""Who files, and when: due, filed, on time, accepted, and how the review went.

The definitions are those of routine reporting systems: a month is *due* once its deadline has passed for the unit
that answers for the project; every rate divides by what was due. They stand in docs/glossary.md, too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from statistics import mean, median
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from projects.models import Category, Project, Unit

from .figures import ZERO, rate
from .filings import Filing, filings
from .scope import reports_of


@dataclass(frozen=True)
class Timeliness:
    """How a group of projects reported. Counts are project-months unless they say otherwise.

    ``projects``            projects that owe reports for the year
    ``due``                 months whose deadline has passed for the unit; all rates are of these
    ``filed``/``on_time``/``accepted``  of those due: submitted by now; not later than the deadline; accepted by now
    ``plan_due``/``plan_accepted``      annual plans in force (万元) of the due months, and of those accepted
    ``not_yet_due``/``filed_early``     months whose deadline is still to come, and filed of them
    ``undated``/``undated_filed``       months without a period: neither due, nor on time, nor late
    ``reports``/``returns``             first reports filed in all these months, and how often they were returned
    ``passed``/``first_pass``           first reports accepted, and those of them that were never returned
    ``review_mean``/``review_median``   days from submission to acceptance of those accepted
    ``newest_age``/``oldest_age``       days since the last acceptance, of the freshest and of the stalest project
    ``silent``              projects without any accepted figure in the year so far; they have no age
    """

    projects: int = 0
    due: int = 0
    filed: int = 0
    on_time: int = 0
    accepted: int = 0
    plan_due: Decimal = ZERO
    plan_accepted: Decimal = ZERO
    not_yet_due: int = 0
    filed_early: int = 0
    undated: int = 0
    undated_filed: int = 0
    reports: int = 0
    returns: int = 0
    passed: int = 0
    first_pass: int = 0
    review_mean: Decimal | None = None
    review_median: Decimal | None = None
    newest_age: int | None = None
    oldest_age: int | None = None
    silent: int = 0

    @property
    def overdue(self) -> int:
        """Deadline passed, nothing filed."""
        return self.due - self.filed

    @property
    def late(self) -> int:
        """Filed after the deadline."""
        return self.filed - self.on_time

    @property
    def filed_rate(self) -> Decimal | None:
        """报送率: filed ÷ due."""
        return share(self.filed, self.due)

    @property
    def on_time_rate(self) -> Decimal | None:
        """按时率: on time ÷ due, so that what was never filed weighs as much as what was late."""
        return share(self.on_time, self.due)

    @property
    def accepted_rate(self) -> Decimal | None:
        """认定率, which is also the coverage by count: accepted ÷ due."""
        return share(self.accepted, self.due)

    @property
    def money_rate(self) -> Decimal | None:
        """Coverage by money: annual plans of the accepted ÷ annual plans of the due."""
        return rate(self.plan_accepted, self.plan_due)

    @property
    def first_pass_rate(self) -> Decimal | None:
        """一次通过率: accepted without ever being returned ÷ accepted."""
        return share(self.first_pass, self.passed)

    @property
    def returns_per_report(self) -> Decimal | None:
        return share(self.returns, self.reports)


def share(part: int, whole: int) -> Decimal | None:
    return rate(Decimal(part), Decimal(whole))


@dataclass(frozen=True)
class TimelinessGroup:
    """``of`` is a category, a unit (None where the projects name none), or a month."""

    of: Category | Unit | int | None
    figures: Timeliness


@dataclass(frozen=True)
class TimelinessReport:
    year: int
    from_month: int
    month: int
    today: date
    total: Timeliness
    by_unit: list[TimelinessGroup]
    by_category: list[TimelinessGroup]
    by_month: list[TimelinessGroup]
    # Of the months owed: those without a period, so without a deadline.
    without_period: list[int]


def timeliness(
    *,
    year: int,
    month: int,
    from_month: int | None = None,
    projects: QuerySet[Project] | None = None,
    level: int | None = None,
    today: date | None = None,
) -> TimelinessReport:
    """From ``from_month`` (by default only ``month``) to ``month``, for ``projects`` (all of them by default).

    ``level`` rolls lead units up to the unit above them at that depth of the tree (1 is the top). There is no
    ``as_of``: whether a month was late is settled when it is filed and does not change with what is known later.
    Nine statements, whatever the number of projects.
    """
    scope, today = Project.objects.all() if projects is None else projects, today or timezone.localdate()
    months = range(from_month or month, month + 1)
    rows = filings(projects=scope, year=year, months=months, today=today)
    accepted = _last_accepted(scope, year, month)
    above = _rolled_up({row.unit for row in rows if row.unit}, level)

    def grouped(key: Callable[[Filing], Any]) -> dict[Any, Timeliness]:
        parts: dict[Any, list[Filing]] = {}
        for row in rows:
            parts.setdefault(key(row), []).append(row)
        return {of: measured(part, accepted, today) for of, part in parts.items()}

    by_month = grouped(lambda row: row.month)
    return TimelinessReport(
        year=year,
        from_month=months[0],
        month=month,
        today=today,
        total=measured(rows, accepted, today),
        by_unit=_named(Unit.objects.without_tree_fields(), grouped(lambda row: row.unit and above[row.unit])),
        by_category=_named(Category.objects.all(), grouped(lambda row: row.category)),
        by_month=[TimelinessGroup(m, by_month.get(m, Timeliness())) for m in months],
        without_period=sorted({row.month for row in rows if not row.deadline}),
    )


def measured(rows: Iterable[Filing], accepted: dict[int, datetime], today: date) -> Timeliness:
    rows = list(rows)
    due, coming, undated = _apart(rows)
    taken = [row for row in rows if row.accepted_at]
    days = [row.review_days for row in taken if row.review_days is not None]
    projects = {row.project for row in rows}
    ages = [(today - timezone.localdate(accepted[pk])).days for pk in projects if pk in accepted]
    return Timeliness(
        projects=len(projects),
        due=len(due),
        filed=sum(row.filed for row in due),
        on_time=sum(row.on_time is True for row in due),
        accepted=sum(row.accepted_at is not None for row in due),
        plan_due=sum((row.plan for row in due), ZERO),
        plan_accepted=sum((row.plan for row in due if row.accepted_at), ZERO),
        not_yet_due=len(coming),
        filed_early=sum(row.filed for row in coming),
        undated=len(undated),
        undated_filed=sum(row.filed for row in undated),
        reports=sum(row.filed for row in rows),
        returns=sum(row.returns for row in rows if row.filed),
        passed=len(taken),
        first_pass=sum(not row.returns for row in taken),
        review_mean=tenth(mean(days)) if days else None,
        review_median=tenth(median(days)) if days else None,
        newest_age=min(ages, default=None),
        oldest_age=max(ages, default=None),
        silent=len(projects) - len(ages),
    )


def _apart(rows: list[Filing]) -> tuple[list[Filing], list[Filing], list[Filing]]:
    """Due, still to come, without a deadline."""
    dated = [row for row in rows if row.deadline]
    undated = [row for row in rows if not row.deadline]
    return [row for row in dated if row.passed], [row for row in dated if not row.passed], undated


def tenth(days: Decimal) -> Decimal:
    return days.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _last_accepted(scope: QuerySet[Project], year: int, month: int) -> dict[int, datetime]:
    """Project → when its newest figure of the year, up to ``month``, was accepted."""
    rows = reports_of(scope, year, month, None).values_list("project")
    return dict(rows.annotate(newest=Max("accepted_at")))


def _rolled_up(units: set[int], level: int | None) -> dict[int, int]:
    """Unit → the unit above it at ``level``; one that stands no deeper stands for itself."""
    if level is None:
        return {unit: unit for unit in units}
    parents = Unit.objects.parents()
    return {unit: _chain(unit, parents)[:level][-1] for unit in units}


def _chain(unit: int, parents: dict[int, int | None]) -> list[int]:
    """From the top of the tree down to ``unit``."""
    chain: list[int] = []
    here: int | None = unit
    while here is not None and here not in chain:
        chain.append(here)
        here = parents.get(here)
    return chain[::-1]


def unit_levels() -> range:
    """The depths at which the tree of units has any: 1 to its deepest."""
    parents = Unit.objects.parents()
    return range(1, 1 + max((len(_chain(unit, parents)) for unit in parents), default=0))


def rolled_up_to(unit: Unit | None, projects: QuerySet[Project], level: int | None) -> QuerySet[Project]:
    """The projects counted for ``unit`` when units are rolled up to ``level``; for None, those nobody leads."""
    if unit is None:
        return projects.filter(lead_unit=None)
    led = {pk for pk in projects.order_by().values_list("lead_unit", flat=True) if pk}
    above = _rolled_up(led, level)
    return projects.filter(lead_unit__in=[pk for pk in led if above[pk] == unit.pk])


def _named(rows: QuerySet, figures: dict[Any, Timeliness]) -> list[TimelinessGroup]:
    """In the rows' own order; what names none comes last."""
    known = [TimelinessGroup(row, figures[row.pk]) for row in rows.filter(pk__in=figures.keys() - {None})]
    return [*known, *(TimelinessGroup(None, found) for key, found in figures.items() if key is None)]
