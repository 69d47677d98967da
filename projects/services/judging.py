"""The colour that the rules in force give to figures that are no project's light: against its original plan, say."""

import calendar
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Protocol

from projects.models import Light

from .light_rules import Facts, investment, judged_dimensions
from .lights import in_force


class Progress(Protocol):
    """``reports.Figures`` of one project: ``due`` is 0 while it stands still, ``in_`` 1 when the month is accepted."""

    @property
    def plan(self) -> Decimal: ...
    @property
    def scheduled(self) -> Decimal: ...
    @property
    def done(self) -> Decimal: ...
    @property
    def due(self) -> int: ...
    @property
    def in_(self) -> int: ...


def investment_judge(year: int, month: int) -> Callable[[Progress], str] | None:
    """Figures from January to ``month`` → the colour of their investment; None where no rules in force judge it."""
    rules = in_force()
    if rules is None or Light.Dimension.INVESTMENT not in judged_dimensions(rules):
        return None
    ends = date(year, month, calendar.monthrange(year, month)[1])

    def judge(progress: Progress) -> str:
        if not progress.due:
            return Light.Colour.GREY
        facts = Facts(
            year=year,
            month=month,
            ends=ends,
            plan=progress.plan,
            scheduled=progress.scheduled,
            done=progress.done,
            accepted=bool(progress.in_),
        )
        return investment(facts, rules).colour

    return judge
