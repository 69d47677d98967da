"""Asking for a year's plan or for another one, and deciding it. The one who asked never decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core import money
from erqi.core.exceptions import Conflict
from erqi.core.services import audit
from projects.models import AnnualPlan, PlanChange, Project

from . import saying, steps
from .plans import content, schedule_for, set_plan
from .steps import Step

Status = PlanChange.Status

APPROVE = Step(
    "approve", gettext_lazy("同意"), (Status.PENDING,), Status.APPROVED, (Action.REVIEW,), apart=("requested_by",)
)
REJECT = Step(
    "reject",
    gettext_lazy("不同意"),
    (Status.PENDING,),
    Status.REJECTED,
    (Action.REVIEW,),
    apart=("requested_by",),
    words="reason",
)
WITHDRAW = Step(
    "withdraw", gettext_lazy("撤回"), (Status.PENDING,), Status.WITHDRAWN, (Action.REPORT,), doer="requested_by"
)
STEPS = (APPROVE, REJECT, WITHDRAW)


def allowed(changes: Sequence[PlanChange], *, by: User) -> dict[int, list[str]]:
    """By primary key, the verbs that ``by`` may use now: no consent to what another plan has overtaken."""
    found = steps.allowed(changes, STEPS, by=by)
    asked = [change for change in changes if APPROVE.verb in found[change.pk]]
    plans = AnnualPlan.objects.current().filter(project__in={change.project_id for change in asked}).order_by()
    now = {(project, year): pk for project, year, pk in plans.values_list("project", "year", "pk")} if asked else {}
    for change in asked:
        if now.get((change.project_id, change.year), change.basis_id) != change.basis_id:
            found[change.pk].remove(APPROVE.verb)
    return found


@dataclass(frozen=True)
class Requested:
    """``changed`` is False when exactly this already waits, or is the plan in force."""

    change: PlanChange | None
    changed: bool


@transaction.atomic
def request_plan(
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
) -> Requested:
    """Ask for a plan (万元; ``schedule``: twelve month amounts). To change one in force takes a reason.

    ``Conflict`` while another request for the same year waits.
    """
    project = Project.objects.locked(project.pk)
    waiting = PlanChange.objects.pending().filter(project=project, year=year).select_related("requested_by").first()
    basis = AnnualPlan.objects.current().filter(project=project, year=year).first()
    change = PlanChange(
        project=project,
        year=year,
        basis=basis,
        planned_investment=planned_investment,
        opening_cumulative=opening_cumulative,
        year_class=year_class,
        objective=objective,
        schedule=None if schedule is None else [str(amount) for amount in schedule],
        reason=reason.strip(),
        requested_by=by,
    )
    change.clean_fields(exclude=["project", "basis", "requested_by", "decided_by", "result"])
    to_date = schedule_for(planned_investment, schedule)
    if waiting:
        if _content(waiting) == _content(change):
            return Requested(waiting, changed=False)
        raise _already_waiting(waiting)
    if basis:
        if _in_force(change, basis, to_date):
            return Requested(None, changed=False)
        _require_reason(change, basis)
    change.save()
    audit.record("plan.request", project, by=by, after=_described(change), reason=change.reason)
    return Requested(change, changed=True)


def _in_force(change: PlanChange, basis: AnnualPlan, to_date: list[Decimal]) -> bool:
    asked = AnnualPlan(
        planned_investment=change.planned_investment,
        opening_cumulative=change.opening_cumulative,
        year_class=change.year_class,
        objective=change.objective,
        linear=change.schedule is None,
    )
    return content(basis) == content(asked, to_date)


def _require_reason(change: PlanChange, basis: AnnualPlan) -> None:
    if not change.reason:
        raise ValidationError(
            {"reason": _("调整计划必须写明理由；原计划（第 %(n)s 版）会保留。") % {"n": basis.version}}
        )


def _already_waiting(waiting: PlanChange) -> Conflict:
    message = _(
        "%(who)s 已于 %(when)s 申请将年度计划定为 %(amount)s 万元，待审定。请先撤回该申请，或等审定后再提。"
    ) % {
        "who": waiting.requested_by or _("系统"),
        "when": steps.at(waiting.requested_at),
        "amount": money.wan(waiting.planned_investment),
    }
    return Conflict(message, code="plan_change_pending", **steps.state_facts(waiting))


@transaction.atomic
def approve(change: PlanChange, *, by: User | None, note: str = "") -> PlanChange:
    """The plan asked for comes into force as a new version; the project's lights of that year follow."""
    change = _begin(APPROVE, change, by=by)
    note = saying.words("note", note)
    _require_unmoved(change)
    outcome = set_plan(
        project=change.project,
        year=change.year,
        planned_investment=change.planned_investment,
        opening_cumulative=change.opening_cumulative,
        year_class=change.year_class,
        objective=change.objective,
        schedule=None if change.schedule is None else [Decimal(amount) for amount in change.schedule],
        reason=change.reason,
        by=by,
    )
    if not outcome.changed:
        message = _("申请的内容与现行计划相同，请不予同意。")
        raise Conflict(message, code="plan_unchanged", **steps.state_facts(change))
    change.result = outcome.plan
    return _decide(APPROVE, change, by=by, note=note)


def _require_unmoved(change: PlanChange) -> None:
    """Plans come from elsewhere too, such as an import: consent was asked for against the one it names."""
    plans = AnnualPlan.objects.current().select_related("recorded_by")
    current = plans.filter(project=change.project_id, year=change.year).first()
    if current is None or current.pk == change.basis_id:
        return
    who, when = current.recorded_by or _("系统"), current.recorded_at
    message = _("申请之后，%(who)s于 %(when)s 已将年度计划改为第 %(n)s 版，请不予同意，由单位重新申请。")
    raise Conflict(
        message % {"who": who, "when": steps.at(when), "n": current.version},
        code="plan_moved",
        **steps.state_facts(change) | {"by": str(who), "at": when.isoformat(), "version": current.version},
    )


@transaction.atomic
def reject(change: PlanChange, *, by: User | None, reason: str) -> PlanChange:
    return _decide(REJECT, _begin(REJECT, change, by=by, words=reason), by=by, note=reason)


@transaction.atomic
def withdraw(change: PlanChange, *, by: User | None) -> PlanChange:
    return _decide(WITHDRAW, _begin(WITHDRAW, change, by=by), by=by, note="")


def _begin(step: Step, change: PlanChange, *, by: User | None, words: str = "") -> PlanChange:
    project = Project.objects.locked(change.project_id)
    change = PlanChange.objects.select_related("requested_by", "decided_by").get(pk=change.pk)
    change.project = project
    steps.check(step, change, by=by, words=words)
    return change


def _decide(step: Step, change: PlanChange, *, by: User | None, note: str) -> PlanChange:
    before, change.status = change.status, step.target or change.status
    change.decided_at, change.decided_by, change.decision_note = timezone.now(), by, note.strip()
    change.save()
    audit.record(
        f"plan.{step.verb}",
        change.project,
        by=by,
        before={"status": before},
        after=_described(change),
        reason=change.decision_note,
    )
    return change


CONTENT = ("planned_investment", "opening_cumulative", "year_class", "objective", "schedule", "reason")


def _content(change: PlanChange) -> tuple:
    schedule = change.schedule and [Decimal(amount) for amount in change.schedule]
    return (*(getattr(change, name) for name in CONTENT if name != "schedule"), schedule)


def _described(change: PlanChange) -> dict[str, str | None]:
    names = ("year", "status", "planned_investment", "opening_cumulative", "year_class", "objective")
    described = {name: None if (v := getattr(change, name)) is None else str(v) for name in names}
    return described | ({} if change.schedule is None else {"schedule": " ".join(change.schedule)})
