"""Annual plans of generated projects: schedules that add up, changes with reasons, as ``services.plans`` has them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from erqi.accounts.models import User
from projects.models import AnnualPlan, ScheduledMonth
from projects.models.plan import MONTHS
from projects.services.plans import linear_schedule, to_date_schedule

from . import shapes
from .projects import Drawn
from .vocabulary import LOWERED, OBJECTIVES, RAISED


def moment(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=timezone.get_default_timezone())


def plans_of(drawn: Drawn, year: int, by: User) -> list[AnnualPlan]:
    """The baseline, and for some projects a second version in force since a day in the year."""
    if not drawn.planned:
        return []
    rng = drawn.rng
    baseline = AnnualPlan(
        project=drawn.project,
        year=year,
        planned_investment=drawn.plan,
        opening_cumulative=drawn.opening,
        year_class=drawn.year_class,
        objective=OBJECTIVES[drawn.year_class],
        linear=rng.random() < 0.6,
        recorded_at=moment(year - 1, 12, 20) + timedelta(days=rng.randint(0, 18), minutes=rng.randint(0, 400)),
        recorded_by=by,
    )
    factor, reason = _change(drawn)
    if not factor:
        return [baseline]
    changed = moment(year, rng.randint(6, 10), rng.randint(8, 27), 10, rng.randint(0, 59))
    baseline.superseded_at = changed
    second = AnnualPlan(
        project=drawn.project,
        year=year,
        version=2,
        planned_investment=shapes.rounded(drawn.plan * factor / 100, shapes.unit_of(drawn.plan)),
        opening_cumulative=drawn.opening,
        year_class=drawn.year_class,
        objective=baseline.objective,
        linear=baseline.linear,
        recorded_at=changed,
        recorded_by=by,
        reason=reason,
    )
    return [baseline, second]


def _change(drawn: Drawn) -> tuple[int, str]:
    """(per cent of the baseline, reason); 0 where the plan stays. Late projects get less, early ones more."""
    rng = drawn.rng
    if drawn.shape.late and rng.random() < 0.4:
        return rng.randint(50, 85), rng.choice(LOWERED)
    if drawn.shape is shapes.EARLY and rng.random() < 0.3:
        return rng.randint(108, 120), rng.choice(RAISED)
    return 0, ""


def schedule_of(plan: AnnualPlan) -> Iterator[ScheduledMonth]:
    for month, to_date in zip(MONTHS, _to_date(plan), strict=True):
        yield ScheduledMonth(plan=plan, month=month, to_date=to_date)


def _to_date(plan: AnnualPlan) -> list[Decimal]:
    planned = plan.planned_investment
    return linear_schedule(planned) if plan.linear else to_date_schedule(planned, shapes.spread(planned, shapes.SEASON))
