"""What the lights are judged from: read for any number of projects and months in a constant number of statements."""

import calendar
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Field, FilteredRelation, IntegerField, Q, QuerySet
from django.utils import timezone

from erqi.core.keys import KeyList
from erqi.core.prepared import Param, Prepared
from projects.models import (
    AnnualPlan,
    Milestone,
    PeriodExtension,
    ProgressReport,
    Project,
    ReportingPeriod,
)

from .light_rules import ZERO, Facts, Filing, Step

Month = tuple[int, int]
# Some projects to be read, or one at hand that its writer holds.
Scope = QuerySet[Project] | list[Project]
# How far back a run of late or missing months is followed.
LOOK_BACK = 12
STARTED = (Project.Stage.STARTED, Project.Stage.CONSTRUCTION, Project.Stage.COMPLETED, Project.Stage.IN_USE)


def shifted(month: Month, by: int) -> Month:
    number = month[0] * 12 + month[1] - 1 + by
    return number // 12, number % 12 + 1


def last_day(month: Month) -> date:
    return date(*month, calendar.monthrange(*month)[1])


@dataclass
class Read:
    """Rows as they came from the database, by project."""

    plans: dict[tuple[int, int], Decimal] = field(default_factory=dict)
    schedule: dict[tuple[int, Month], Decimal] = field(default_factory=dict)
    reports: dict[int, dict[Month, list[dict[str, Any]]]] = field(default_factory=dict)
    milestones: dict[int, list[tuple]] = field(default_factory=dict)
    periods: dict[Month, ReportingPeriod] = field(default_factory=dict)
    extended: dict[int, dict[int, date]] = field(default_factory=dict)


def gather(scope: Scope, months: Sequence[Month], *, today: date | None = None) -> Iterator[tuple[int, Month, Facts]]:
    """Facts of each project in ``scope`` at each of ``months``, project by project, as known now.

    A month that is over is looked at from its last day, the running one from ``today``. Stage, lead unit, plan and
    the milestones' dates are the present ones.
    """
    today = today or timezone.localdate()
    found = _read(scope, months)
    for project in _projects(scope):
        for month in months:
            yield project["id"], month, _facts(project, month, found, today)


COLUMNS = ("id", "stage", "planned_start", "actual_start", "lead_unit_id", "area_id")


def _projects(scope: Scope) -> Iterable[dict[str, Any]]:
    if isinstance(scope, QuerySet):
        return scope.order_by("pk").values(*COLUMNS)
    return [{name: getattr(project, name) for name in COLUMNS} for project in scope]


def _read(scope: Scope, months: Sequence[Month]) -> Read:
    first, last = shifted(min(months), 1 - LOOK_BACK), max(months)
    years = {"first": first[0], "last": last[0]}
    periods: list[ReportingPeriod] = _periods()(**years)
    plans = asked(_plans, scope, **years, months={month for _year, month in months})
    return Read(
        plans={(pk, year): plan for pk, year, plan, _month, _amount in plans},
        schedule={(pk, (year, month)): amount for pk, year, _plan, month, amount in plans},
        reports=_by_month(asked(_reports, scope, **years)),
        milestones=_grouped(asked(_milestones, scope)),
        periods={(period.year, period.month): period for period in periods},
        extended=PeriodExtension.objects.deadlines(periods),
    )


# What is asked about projects; each value may be told later.
Statement = Callable[..., QuerySet]
VALUES: dict[str, Field] = {
    "first": IntegerField(),
    "last": IntegerField(),
    "month": IntegerField(),
    "months": KeyList(),
}


def asked(statement: Statement, scope: Scope, **values: Any) -> list[Any]:
    """The rows about ``scope``. Of projects at hand, as every accepted month asks, it is put into SQL only once."""
    if isinstance(scope, QuerySet):
        projects: Any = scope
        return list(statement(**values).filter(projects.about()))
    return _about_some(statement, *values)(projects=[project.pk for project in scope], **values)


@cache
def _about_some(statement: Statement, *names: str) -> Prepared:
    later = {name: Param(name, VALUES[name]) for name in names}
    return Prepared(lambda: statement(**later).filter(project__among=Param("projects", KeyList())))


@cache
def _periods() -> Prepared:
    first, last = (Param(name, IntegerField()) for name in ("first", "last"))
    return Prepared(lambda: ReportingPeriod.objects.filter(year__gte=first, year__lte=last).order_by())


def _plans(first: Any, last: Any, months: Any) -> QuerySet:
    """(project, year, plan, month, its schedule) for each of ``months`` that has one; a plan without any once."""
    wanted = FilteredRelation("schedule", condition=Q(schedule__month__among=months))
    plans = AnnualPlan.objects.current().filter(year__gte=first, year__lte=last).annotate(wanted=wanted).order_by()
    return plans.values_list("project", "year", "planned_investment", "wanted__month", "wanted__to_date")


def _milestones() -> QuerySet:
    rows = Milestone.objects.filter(active=True).order_by("due", "pk")
    return rows.values_list("project", "name", "due", "critical", "met_on")


REPORT_COLUMNS = ("project", "year", "month", "status", "invested", "physical_percent", "filed_at", "on_time")


def _reports(first: Any, last: Any) -> QuerySet:
    rows = ProgressReport.objects.current().filter(year__gte=first, year__lte=last)
    return rows.order_by("revision").values_list(*REPORT_COLUMNS)


def _by_month(rows: Iterable[tuple]) -> dict[int, dict[Month, list[dict[str, Any]]]]:
    """The month in force and the one on its way beside it, newest revision last."""
    found: dict[int, dict[Month, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for values in rows:
        row = dict(zip(REPORT_COLUMNS, values, strict=True))
        found[row["project"]][row["year"], row["month"]].append(row)
    return found


def _grouped(rows: Iterable[tuple]) -> dict[int, list[tuple]]:
    found: dict[int, list[tuple]] = defaultdict(list)
    for project, *values in rows:
        found[project].append(tuple(values))
    return found


def _facts(project: dict[str, Any], month: Month, found: Read, today: date) -> Facts:
    pk, (year, number) = project["id"], month
    ends = last_day(month)
    on = min(ends, today)
    reports = found.reports.get(pk, {})
    accepted = {m: row["invested"] for m in range(1, number + 1) if (row := _in_force(reports.get((year, m), [])))}
    return Facts(
        year=year,
        month=number,
        ends=ends,
        stage=project["stage"],
        planned_start=project["planned_start"],
        started=_started(project, on),
        plan=found.plans.get((pk, year)),
        scheduled=found.schedule.get((pk, month)),
        done=sum(accepted.values(), ZERO),
        accepted=number in accepted,
        gaps=tuple(m for m in range(1, number) if m not in accepted),
        milestones=tuple(_step(*row, on=on) for row in found.milestones.get(pk, ())),
        filings=tuple(_filing(project, shifted(month, -back), found, today) for back in range(LOOK_BACK)),
    )


def _started(project: dict[str, Any], on: date) -> bool | None:
    if project["actual_start"] is not None:
        return project["actual_start"] <= on
    return None if project["stage"] in STARTED else False


def _step(name: str, due: date, critical: bool, met_on: date | None, *, on: date) -> Step:  # noqa: FBT001
    met = met_on is not None and met_on <= on
    return Step(name, due, critical, 0 if met else max((on - due).days, 0))


def _filing(project: dict[str, Any], month: Month, found: Read, today: date) -> Filing | None:
    if (project["id"], month[0]) not in found.plans or not Project.reports_in(project["stage"]):
        return None
    period = found.periods.get(month)
    unit = project["lead_unit_id"] or project["area_id"]
    due = found.extended[period.pk].get(unit, period.due) if period else None
    rows = found.reports.get(project["id"], {}).get(month, [])
    row = _in_force(rows) or next((row for row in rows if _is_filed(row)), None)
    return Filing(
        filed=row is not None,
        on_time=row["on_time"] if row else None,
        due=due,
        passed=due is not None and due < today,
        # Nothing two months running is a rest, not a copy.
        figures=(row["invested"], row["physical_percent"]) if row and row["invested"] else (),
    )


def _in_force(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((row for row in rows if row["status"] == ProgressReport.Status.ACCEPTED), None)


def _is_filed(row: dict[str, Any]) -> bool:
    """A month taken back by its unit is not with the bureau; a returned one was."""
    return row["filed_at"] is not None and row["status"] != ProgressReport.Status.DRAFT
