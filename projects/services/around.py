"""What the verbs of a month's report depend on beside its own state: the period, the deadline, a correction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from projects.models import PeriodExtension, ProgressReport, ReportingPeriod

from .month_facts import MonthFacts
from .periods import answering_unit

Status = ProgressReport.Status
# What its unit may still file or take back.
UNIT = (Status.DRAFT, Status.RETURNED, Status.SUBMITTED)


@dataclass(frozen=True)
class Around:
    """``due``: the project's deadline, where its unit has still something to file or take back."""

    period: ReportingPeriod | None
    due: date | None
    correction_open: bool

    @classmethod
    def of(cls, facts: MonthFacts) -> Self:
        return cls(facts.period, facts.due, correction_open=facts.open is not None)


def read_around(reports: Sequence[ProgressReport]) -> dict[int, Around]:
    """By primary key, in a few statements however many there are."""
    if not reports:
        return {}
    rows = ReportingPeriod.objects.filter(year__in={row.year for row in reports}).order_by()
    periods = {(row.year, row.month): row for row in rows}
    dues, corrected = _dues(reports, periods), _corrected(reports)
    return {
        row.pk: Around(
            periods.get((row.year, row.month)), dues.get(row.pk), (row.project_id, row.year, row.month) in corrected
        )
        for row in reports
    }


def _dues(reports: Sequence[ProgressReport], periods: Mapping[tuple[int, int], ReportingPeriod]) -> dict[int, date]:
    """The deadlines of those that have never been returned and may still be filed or taken back."""
    never = [row for row in reports if row.returned_at is None and row.status in UNIT]
    asked = {row: period for row in never if (period := periods.get((row.year, row.month)))}
    moved = PeriodExtension.objects.deadlines(set(asked.values())) if asked else {}
    return {row.pk: moved[period.pk].get(answering_unit(row.project), period.due) for row, period in asked.items()}


def _corrected(reports: Sequence[ProgressReport]) -> set[tuple[int, int, int]]:
    accepted = {report.project_id for report in reports if report.status == Status.ACCEPTED}
    rows = ProgressReport.objects.open().filter(project__in=accepted).order_by()
    return set(rows.values_list("project", "year", "month")) if accepted else set()
