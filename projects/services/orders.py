"""A supervision order's way: issued → signed for → answered → closed, or sent back. Its story is in the audit trail."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import Action, Area
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.services import audit
from projects.models import OrderExtension, Project, SupervisionOrder, Unit

from . import saying, steps
from .steps import Step

Status, Asked = SupervisionOrder.Status, OrderExtension.Status
WITH_UNIT = (Status.ISSUED, Status.SIGNED, Status.REDO)
OPEN = (*WITH_UNIT, Status.ANSWERED)

SIGN = Step("sign", gettext_lazy("签收"), (Status.ISSUED,), Status.SIGNED, (Action.REPORT,))
ANSWER = Step(
    "answer",
    gettext_lazy("反馈"),
    (Status.SIGNED, Status.REDO),
    Status.ANSWERED,
    (Action.REPORT,),
    words="feedback",
    longest=2000,
)
EXTEND = Step("extend", gettext_lazy("申请延期"), WITH_UNIT, None, (Action.REPORT,), words="reason")
CLOSE = Step("close", gettext_lazy("办结"), (Status.ANSWERED,), Status.CLOSED, (Action.REVIEW,), apart=("answered_by",))
RETURN = Step(
    "return",
    gettext_lazy("退回重办"),
    (Status.ANSWERED,),
    Status.REDO,
    (Action.REVIEW,),
    apart=("answered_by",),
    words="reason",
)
# Not while the unit's answer waits for the bureau itself.
REMIND = Step("remind", gettext_lazy("催办"), WITH_UNIT, None, (Action.REVIEW,))
REVOKE = Step("revoke", gettext_lazy("撤销"), OPEN, Status.REVOKED, (Action.REVIEW,), words="reason")
STEPS = (SIGN, ANSWER, EXTEND, CLOSE, RETURN, REMIND, REVOKE)

GRANT = Step(
    "grant", gettext_lazy("同意延期"), (Asked.PENDING,), Asked.GRANTED, (Action.REVIEW,), apart=("requested_by",)
)
REFUSE = Step(
    "refuse",
    gettext_lazy("不同意延期"),
    (Asked.PENDING,),
    Asked.REFUSED,
    (Action.REVIEW,),
    apart=("requested_by",),
    words="reason",
)
DECISIONS = (GRANT, REFUSE)
DECISION_LENGTH = 300


def allowed(orders: Sequence[SupervisionOrder], *, by: User) -> dict[int, list[str]]:
    """By primary key, the verbs that ``by`` may use now, with those on the extension that waits."""
    found = steps.allowed(orders, STEPS, by=by)
    pending = {
        row.order_id: row for row in OrderExtension.objects.pending().filter(order__in=orders).select_related("order")
    }
    decisions = steps.allowed(list(pending.values()), DECISIONS, by=by) if pending else {}
    for order in orders:
        asked = pending.get(order.pk)
        closed = {EXTEND.verb} if asked or _too_late(order) else set()
        closed |= {REMIND.verb} if _reminded_lately(order) else set()
        found[order.pk] = [verb for verb in found[order.pk] if verb not in closed]
        found[order.pk] += decisions[asked.pk] if asked else []
    return found


def may_issue(unit: Unit, *, by: User) -> bool:
    return by.is_superuser or unit.pk in Unit.objects.reached_by(by, Area.SUPERVISION, Action.REVIEW)


@transaction.atomic
def issue_order(
    *,
    unit: Unit,
    origin: str,
    title: str,
    requirement: str,
    due: date,
    by: User | None,
    project: Project | None = None,
) -> SupervisionOrder:
    """To one unit, about one of its projects or none. The number is the next of the year."""
    if by is not None and not may_issue(unit, by=by):
        raise Forbidden(_("您不能向“%(unit)s”下发督办单。") % {"unit": unit}, code="out_of_reach")
    if not unit.active:
        raise ValidationError({"unit": _("“%(unit)s”已停用，不能再选。") % {"unit": unit}})
    order = SupervisionOrder(
        unit=unit,
        project=project,
        origin=origin,
        title=title.strip(),
        requirement=requirement.strip(),
        original_due=saying.day_to_come("due", due),
        due=due,
        issued_by=by,
    )
    _save(order)
    after = {"unit": str(unit), "project": str(project) if project else "", "origin": origin, "due": due.isoformat()}
    audit.record("order.issue", order, by=by, after=after | {"title": order.title, "requirement": order.requirement})
    return order


@transaction.atomic
def sign(order: SupervisionOrder, *, by: User | None) -> SupervisionOrder:
    order = _begin(SIGN, order, by=by)
    order.signed_at, order.signed_by = timezone.now(), by
    return _end(SIGN, order, by=by)


@transaction.atomic
def answer(order: SupervisionOrder, *, feedback: str, by: User | None) -> SupervisionOrder:
    """What was done; the bureau will check."""
    order = _begin(ANSWER, order, by=by, words=feedback)
    order.feedback = feedback.strip()
    order.answered_at, order.answered_by = timezone.now(), by
    return _end(ANSWER, order, by=by, after={"feedback": order.feedback})


@transaction.atomic
def close(order: SupervisionOrder, *, by: User | None, note: str = "") -> SupervisionOrder:
    order = _begin(CLOSE, order, by=by)
    order.check_note = saying.words("note", note)
    order.closed_at, order.closed_by = timezone.now(), by
    _drop_pending(order, by=by)
    return _end(CLOSE, order, by=by, reason=order.check_note)


@transaction.atomic
def send_back(order: SupervisionOrder, *, reason: str, by: User | None) -> SupervisionOrder:
    """Not done as it should be: the unit does it again."""
    order = _begin(RETURN, order, by=by, words=reason)
    order.check_note = saying.words("reason", reason)
    order.redone += 1
    return _end(RETURN, order, by=by, reason=order.check_note)


@transaction.atomic
def revoke(order: SupervisionOrder, *, reason: str, by: User | None) -> SupervisionOrder:
    order = _begin(REVOKE, order, by=by, words=reason)
    order.check_note = saying.words("reason", reason)
    order.closed_at, order.closed_by = timezone.now(), by
    _drop_pending(order, by=by)
    return _end(REVOKE, order, by=by, reason=order.check_note)


@transaction.atomic
def remind(order: SupervisionOrder, *, by: User | None, note: str = "") -> SupervisionOrder:
    order = _begin(REMIND, order, by=by)
    if order.reminded_at and _reminded_lately(order):
        message = _("“%(order)s”已于 %(last)s 催办，%(next)s 之后才能再次催办。")
        times = {"last": steps.at(order.reminded_at), "next": steps.at(order.next_reminder_at)}
        raise Conflict(
            message % {"order": order, **times},
            code="reminded_lately",
            next_at=order.next_reminder_at.isoformat(),
            **steps.state_facts(order),
        )
    order.reminders += 1
    order.reminded_at = timezone.now()
    return _end(REMIND, order, by=by, after={"reminders": str(order.reminders)}, reason=note)


@transaction.atomic
def request_extension(order: SupervisionOrder, *, to_due: date, reason: str, by: User | None) -> OrderExtension:
    """On the due date at the latest: afterwards it is late, and an extension would hide that."""
    order = _begin(EXTEND, order, by=by, words=reason)
    _require_extensible(order)
    if saying.day("to_due", to_due) <= order.due:
        raise ValidationError({"to_due": _("须晚于现在的期限 %(due)s。") % {"due": order.due.isoformat()}})
    extension = OrderExtension(
        order=order, from_due=order.due, to_due=to_due, reason=saying.words("reason", reason), requested_by=by
    )
    extension.save()
    audit.record("order.extend", order, by=by, after={"to_due": to_due.isoformat()}, reason=extension.reason)
    return extension


@transaction.atomic
def grant(extension: OrderExtension, *, by: User | None, note: str = "") -> OrderExtension:
    """The order is due later; when it was first due stays known."""
    extension = _begin_decision(GRANT, extension, by=by)
    order = extension.order
    before, order.due = order.due, extension.to_due
    order.save()
    days = {"before": {"due": before.isoformat()}, "after": {"due": order.due.isoformat()}}
    return _decide(GRANT, extension, by=by, note=note, **days)


@transaction.atomic
def refuse(extension: OrderExtension, *, reason: str, by: User | None) -> OrderExtension:
    return _decide(REFUSE, _begin_decision(REFUSE, extension, by=by, words=reason), by=by, note=reason)


def _too_late(order: SupervisionOrder) -> bool:
    return timezone.localdate() > order.due


def _reminded_lately(order: SupervisionOrder) -> bool:
    return bool(order.reminded_at) and timezone.now() < order.next_reminder_at


def _require_extensible(order: SupervisionOrder) -> None:
    waiting = OrderExtension.objects.pending().select_related("requested_by").filter(order=order).first()
    if waiting:
        who, when = waiting.standing
        message = _("%(who)s 已于 %(when)s 申请延至 %(day)s，待审批；请等审批后再申请。")
        facts = {"who": who or _("系统"), "when": steps.at(when), "day": waiting.to_due.isoformat()}
        raise Conflict(message % facts, code="extension_pending", **steps.state_facts(waiting))
    if _too_late(order):
        message = _("期限 %(due)s 已过，不能再申请延期；延期须在期限当日或之前申请。")
        raise Conflict(message % {"due": order.due.isoformat()}, code="extension_too_late", **steps.state_facts(order))


def _locked(pk: int) -> SupervisionOrder:
    """The row as it is now, held until the transaction ends; see ``Project.objects.locked``."""
    rows = SupervisionOrder.objects.select_related("status_by", "issued_by", "signed_by", "answered_by", "closed_by")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=pk)


def _begin(step: Step, order: SupervisionOrder, *, by: User | None, words: str = "") -> SupervisionOrder:
    order = _locked(order.pk)
    steps.check(step, order, by=by, words=words)
    return order


def _begin_decision(step: Step, extension: OrderExtension, *, by: User | None, words: str = "") -> OrderExtension:
    order = _locked(extension.order_id)
    extension = OrderExtension.objects.select_related("requested_by", "decided_by").get(pk=extension.pk)
    extension.order = order
    steps.check(step, extension, by=by, words=words)
    return extension


def _decide(step: Step, extension: OrderExtension, *, by: User | None, note: str, **days: Any) -> OrderExtension:
    extension.decision_note = saying.words(step.words or "note", note, limit=DECISION_LENGTH)
    extension.status = step.target or extension.status
    extension.decided_at, extension.decided_by = timezone.now(), by
    extension.save()
    audit.record(f"order.{step.verb}", extension.order, by=by, reason=extension.decision_note, **days)
    return extension


def _drop_pending(order: SupervisionOrder, *, by: User | None) -> None:
    """Nobody decides on an order that is over."""
    OrderExtension.objects.pending().filter(order=order).update(
        status=Asked.REFUSED, decided_at=timezone.now(), decided_by=by, decision_note=_("督办单已结束，不再审批。")
    )


def _end(
    step: Step, order: SupervisionOrder, *, by: User | None, after: dict[str, str] | None = None, reason: str = ""
) -> SupervisionOrder:
    said, came_from = saying.words(step.words or "note", reason), order.status
    if step.target:
        order.status, order.status_at, order.status_by = step.target, timezone.now(), by
    _save(order)
    moved = order.status != came_from
    audit.record(
        f"order.{step.verb}",
        order,
        by=by,
        before={"status": came_from} if moved else {},
        after=(after or {}) | ({"status": order.status} if moved else {}),
        reason=said,
    )
    return order


PEOPLE = ["status_by", "issued_by", "signed_by", "answered_by", "closed_by"]


def _save(order: SupervisionOrder) -> None:
    order.clean_fields(exclude=["number", "unit", "project", *PEOPLE])
    order.save()
