"""Setting a year's plan. A plan is never edited: each change is a new version with a reason, version 1 the baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core import money
from erqi.core.exceptions import Conflict
from erqi.core.services import audit
from projects.models import AnnualPlan, Project, ScheduledMonth
from projects.models.plan import MONTHS

from . import lights, totals


@dataclass(frozen=True)
class PlanSet:
    plan: AnnualPlan
    changed: bool


def linear_schedule(planned: Decimal) -> list[Decimal]:
    """Year to date by the end of each month: planned × month ÷ 12, to the yuan; December is the plan itself (万元)."""
    return [(planned * month / 12).quantize(money.YUAN, ROUND_HALF_UP) for month in MONTHS]


def to_date_schedule(planned: Decimal, monthly: Sequence[Decimal]) -> list[Decimal]:
    """Month amounts (万元) → year to date; ``ValidationError`` unless there are twelve that add up to the plan."""
    if len(monthly) != 12:
        raise ValidationError({"schedule": _("月度计划应有 12 个月，现有 %(n)s 个。") % {"n": len(monthly)}})
    if not all(amount.is_finite() and amount == money.yuan(amount) for amount in monthly):
        raise ValidationError({"schedule": _("月度计划应为数字，最多四位小数，单位万元。")})
    if any(amount < 0 for amount in monthly):
        raise ValidationError({"schedule": _("月度计划不能为负数。")})
    total = sum(monthly, Decimal(0))
    if total != planned:
        raise ValidationError(
            {
                "schedule": _("12 个月合计 %(total)s 万元，与年度计划 %(planned)s 万元不等，相差 %(gap)s 万元。")
                % {"total": money.wan(total), "planned": money.wan(planned), "gap": money.wan(planned - total)}
            }
        )
    return [sum(monthly[:month], Decimal(0)) for month in MONTHS]


def schedule_for(planned: Decimal, monthly: Sequence[Decimal] | None) -> list[Decimal]:
    return linear_schedule(planned) if monthly is None else to_date_schedule(planned, monthly)


@transaction.atomic
def set_plan(
    *,
    project: Project,
    year: int,
    planned_investment: Decimal,
    by: User | None,
    opening_cumulative: Decimal | None = None,
    year_class: str = "",
    objective: str = "",
    schedule: Sequence[Decimal] | None = None,
    reason: str = "",
    first_only: bool = False,
) -> PlanSet:
    """Put a plan in force (万元). ``schedule`` gives twelve month amounts; without it the year is linear.

    The same values again change nothing. A different plan supersedes the one in force and needs a reason; with
    ``first_only`` it is a ``Conflict``, for a change is asked for (``plan_changes``).
    """
    project = Project.objects.locked(project.pk)
    before = AnnualPlan.objects.current().filter(project=project, year=year).first()
    plan = AnnualPlan(
        project=project,
        year=year,
        version=before.version + 1 if before else 1,
        planned_investment=planned_investment,
        opening_cumulative=opening_cumulative,
        year_class=year_class,
        objective=objective,
        linear=schedule is None,
        recorded_by=by,
        reason=reason.strip(),
    )
    plan.clean_fields(exclude=["project", "recorded_by"])
    to_date = schedule_for(planned_investment, schedule)
    if before and content(before) == content(plan, to_date):
        return PlanSet(before, changed=False)
    if before and first_only:
        raise _already_planned(before)
    if before and not plan.reason:
        raise ValidationError(
            {"reason": _("调整计划必须写明理由；原计划（第 %(n)s 版）会保留。") % {"n": before.version}}
        )
    counted = totals.contribution_of(project, year=year)
    _supersede(before, at=plan.recorded_at)
    plan.save()
    ScheduledMonth.objects.bulk_create(
        ScheduledMonth(plan=plan, month=month, to_date=amount) for month, amount in zip(MONTHS, to_date, strict=True)
    )
    counts = totals.contribution_of(project, year=year)
    # After both contributions: the totals of lights are brought along by whoever writes lights.
    lights.refresh(project, year=year, month=1, lit_only=True)
    audit.record_change(
        "plan.set",
        project,
        by=by,
        before=_described(before, schedule_of(before)) if before else {},
        after=_described(plan, to_date),
        keep=("year", "version"),
        reason=plan.reason,
    )
    totals.move(counted, counts)
    totals.settle([project.pk], year)
    return PlanSet(plan, changed=True)


def _already_planned(plan: AnnualPlan) -> Conflict:
    message = _("%(year)s 年已有计划（第 %(n)s 版，%(amount)s 万元）。要改，请申请计划调整，审定后成为新版本。")
    facts = {"year": plan.year, "n": plan.version, "amount": money.wan(plan.planned_investment)}
    return Conflict(
        message % facts,
        code="plan_in_force",
        version=plan.version,
        planned_investment=str(plan.planned_investment),
        by=str(plan.recorded_by) if plan.recorded_by else None,
        at=plan.recorded_at.isoformat(),
        how="request_change",
    )


def schedule_of(plan: AnnualPlan) -> list[Decimal]:
    return list(plan.schedule.order_by("month").values_list("to_date", flat=True))


def content(plan: AnnualPlan, to_date: list[Decimal] | None = None) -> tuple:
    """What makes two plans the same one; ``to_date`` for a plan whose schedule is not saved yet."""
    return (
        plan.planned_investment,
        plan.opening_cumulative,
        plan.year_class,
        plan.objective,
        plan.linear,
        schedule_of(plan) if to_date is None else to_date,
    )


def _supersede(plan: AnnualPlan | None, *, at: datetime) -> None:
    if plan:
        # The very moment the new version begins, so that as_of() finds exactly one of the two.
        plan.superseded_at = at
        plan.save(update_fields=["superseded_at"])


def _described(plan: AnnualPlan, to_date: list[Decimal]) -> dict[str, str | None]:
    fields = (
        "year",
        "version",
        "planned_investment",
        "opening_cumulative",
        "year_class",
        "objective",
        "linear",
    )
    described = {name: None if (v := getattr(plan, name)) is None else str(v) for name in fields}
    return described | ({} if plan.linear else {"schedule_to_date": " ".join(str(amount) for amount in to_date)})
