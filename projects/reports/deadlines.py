"""When a person's units may file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from erqi.accounts.models import User
from erqi.accounts.roles import Action, Area, roles_allowing
from projects.models import PeriodExtension, ReportingPeriod


@dataclass(frozen=True)
class Window:
    """``due`` and ``locks`` (None: never) with extensions; ``open``: today lies between opening and locking."""

    due: date
    locks: date | None
    open: bool


def windows_of(user: User, periods: Sequence[ReportingPeriod], *, today: date | None = None) -> dict[int, Window]:
    """Period id → the latest window of the units for which ``user`` files, the period's own for anybody else.

    A few statements, whatever the number of periods. An extension of a unit further down is that unit's alone.
    """
    roles = roles_allowing(Area.PROJECT, Action.REPORT)
    units = set(user.memberships.filter(active=True, role__in=roles).values_list("unit_id", flat=True))
    moved = PeriodExtension.objects.deadlines(periods)
    return {
        period.pk: _window(period, [due for unit, due in moved[period.pk].items() if unit in units], today)
        for period in periods
    }


def _window(period: ReportingPeriod, extended: list[date], today: date | None) -> Window:
    today = today or timezone.localdate()
    due = max([period.due, *extended])
    locks = period.locks_after(due)
    return Window(due, locks, open=period.opens <= today and (locks is None or today <= locks))
