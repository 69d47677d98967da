"""Reporting periods: made for a year, extended for a unit, asked whether a month may be filed now."""

import calendar
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core.exceptions import Conflict
from erqi.core.holding import Holding
from erqi.core.services import audit
from projects.models import PeriodExtension, ProgressReport, Project, ReportingPeriod, Unit
from projects.models.choices import FIRST_YEAR, LAST_YEAR, YEAR_RANGE
from projects.models.plan import MONTHS

holding = Holding(ReportingPeriod, "year", "month")


@transaction.atomic
def create_periods(
    *,
    year: int,
    by: User | None,
    opens_day: int | None = None,
    due_day: int | None = None,
    lock_days: int | None = None,
    endorsed: bool = False,
) -> list[ReportingPeriod]:
    """The periods of ``year`` that are not there yet; those that are stay as they are.

    A month is filed within itself: from ``opens_day`` to ``due_day``, and locks ``lock_days`` after that (0: never).
    Days come from the settings unless given; one beyond the month's end means its last day.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError({"year": YEAR_RANGE})
    opens_day = settings.PERIOD_OPENS_DAY if opens_day is None else opens_day
    due_day = settings.PERIOD_DUE_DAY if due_day is None else due_day
    lock_days = settings.PERIOD_LOCK_DAYS if lock_days is None else lock_days
    if not (1 <= opens_day <= due_day <= 31 and 0 <= lock_days <= 366):
        raise ValidationError(_("开放日应不晚于截止日，均在 1–31 之间；锁定在截止后 0–366 天。"))
    # Not "those missing": somebody else may be making them at this moment.
    given = {"opens_day": opens_day, "due_day": due_day, "lock_days": lock_days}
    values = {month: {**days_of(year, month, **given), "endorsed": endorsed} for month in MONTHS}
    found = [ReportingPeriod.objects.get_or_create(year=year, month=m, defaults=values[m]) for m in MONTHS]
    made = [period for period, created in found if created]
    for period in made:
        refresh_on_time(period)
    for period in made:
        audit.record("period.add", period, by=by, after=audit.snapshot(period))
    return made


def days_of(year: int, month: int, *, opens_day: int, due_day: int, lock_days: int) -> dict[str, date | None]:
    """``opens``, ``due`` and ``locks`` of one month."""
    due = _day(year, month, due_day)
    locks = due + timedelta(days=lock_days) if lock_days else None
    return {"opens": _day(year, month, opens_day), "due": due, "locks": locks}


def _day(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


@transaction.atomic
def save_period(period: ReportingPeriod, *, by: User | None) -> ReportingPeriod:
    """Validate and save; which months filed so far were on time follows."""
    before = audit.snapshot(_held().get(pk=period.pk)) if period.pk else {}
    period.full_clean()
    period.save()
    refresh_on_time(period)
    audit.record_change(
        "period.change" if before else "period.add", period, by=by, before=before, after=audit.snapshot(period)
    )
    return period


@transaction.atomic
def grant_extension(*, period: ReportingPeriod, unit: Unit, due: date, reason: str, by: User | None) -> PeriodExtension:
    """A later deadline for ``unit`` and everything below it; given again, it replaces the one before."""
    period = _held().get(pk=period.pk)
    given = PeriodExtension.objects.filter(period=period, unit=unit).first()
    before = audit.snapshot(given) if given else {}
    extension = given or PeriodExtension(period=period, unit=unit)
    extension.due, extension.reason = due, reason.strip()
    extension.granted_by, extension.granted_at = by, timezone.now()
    extension.full_clean(exclude=["granted_by"])
    extension.save()
    refresh_on_time(period)
    audit.record_change(
        "period.extend", extension, by=by, before=before, after=audit.snapshot(extension), reason=extension.reason
    )
    return extension


@transaction.atomic
def revoke_extension(extension: PeriodExtension, *, by: User | None) -> None:
    """Given by mistake: the unit's deadline is the period's own again, and who was on time follows.

    Nothing more to do where somebody else has just revoked it.
    """
    period = _held().get(pk=extension.period_id)
    given = PeriodExtension.objects.select_related("unit").filter(pk=extension.pk).first()
    if given is None:
        return
    given.period = period
    # The row in memory keeps its key, which the trail names.
    PeriodExtension.objects.filter(pk=given.pk).delete()
    refresh_on_time(period)
    audit.record("period.unextend", given, by=by, before=audit.snapshot(given))


def period_of(year: int, month: int) -> ReportingPeriod | None:
    return ReportingPeriod.objects.filter(year=year, month=month).first()


def hold_period(year: int, month: int) -> ReportingPeriod | None:
    """The period of the month, held until the transaction ends. Whoever writes a report of a month holds its period,
    after the project and before the audit trail: a deadline that moves meanwhile would miss a filing not yet
    committed, and its new ``on_time`` would be overwritten by a row read before.
    """
    return holding(year=year, month=month)


def hold_year(year: int) -> None:
    """For whoever writes several months of a year at once: all its periods, before anything goes to the audit trail."""
    list(_held().filter(year=year).order_by("month").values_list("pk"))


def _held() -> QuerySet[ReportingPeriod]:
    # Not FOR UPDATE: an extension being granted refers to the row (see ``ProjectQuerySet.locked``).
    return ReportingPeriod.objects.select_for_update(no_key=True)


def deadlines(period: ReportingPeriod) -> dict[int, date]:
    """Unit id → its deadline, for the units whose deadline is not the period's own."""
    return PeriodExtension.objects.deadlines([period])[period.pk]


def answering_unit(project: Project) -> int:
    """Whose deadline holds for a project: its lead unit's, or the area's while nobody leads it."""
    return project.lead_unit_id or project.area_id


def closed(period: ReportingPeriod, *, due: date, on: date) -> Conflict | None:
    """Why nothing can be filed on that day by a unit whose deadline is ``due``; None while it can."""
    if on < period.opens:
        return Conflict(
            _("%(period)s 的报送于 %(opens)s 开放。") % {"period": period, "opens": period.opens},
            code="period_not_open",
            opens=period.opens.isoformat(),
        )
    locks = period.locks_after(due)
    if locks and on > locks:
        return Conflict(
            _("%(period)s 已于 %(locks)s 锁定，不能再报送。确需补报的，请向发改统计局申请延期。")
            % {"period": period, "locks": locks},
            code="period_locked",
            locks=locks.isoformat(),
        )
    return None


def refresh_on_time(period: ReportingPeriod) -> None:
    """A deadline moved: say again of every filing of the month whether it was on time, in one statement."""
    timely = Q(filed_at__lt=_end_of(period.due))
    by_day: dict[date, list[int]] = {}
    for unit, due in deadlines(period).items():
        by_day.setdefault(due, []).append(unit)
    for due, units in by_day.items():
        # Only ever later than the period's own.
        timely |= Q(filed_at__lt=_end_of(due), project__in=Project.objects.within(units))
    filed = ProgressReport.objects.filter(year=period.year, month=period.month, filed_at__isnull=False)
    filed.update(on_time=Case(When(timely, then=Value(value=True)), default=Value(value=False)))


def _end_of(day: date) -> datetime:
    """The first moment after it, where the users are."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
