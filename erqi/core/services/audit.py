"""The audit trail: one event appended at the end of each change, in the same transaction."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from ..context import current_origin
from ..exceptions import Conflict
from ..holding import Holding
from ..models import AuditEvent, AuditHead
from ..models.audit import GENESIS

# None is the system itself: a command or a job.
Actor = AbstractUser | AnonymousUser | None

holding = Holding(AuditHead, "id")
# Derived or secret columns say nothing about what a person changed.
LEFT_OUT = {"search_text", "password", "token_hash"}


def snapshot(instance: models.Model) -> dict[str, str | None]:
    """The row's own columns as text, many-to-many links as sorted names with their codes, since two units of one name
    are two units; None is unknown."""
    columns = {
        field.name: None if (value := field.value_from_object(instance)) is None else str(value)
        for field in instance._meta.concrete_fields
        if field.name not in LEFT_OUT and not field.generated
    }
    links = {
        field.name: "、".join(sorted(f"{row}（{object_key(row)}）" for row in getattr(instance, field.name).all()))
        for field in instance._meta.many_to_many
        if instance.pk
    }
    return columns | links


def differences(before: dict, after: dict) -> tuple[dict, dict]:
    """Only what changed, on both sides."""
    changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {n: before[n] for n in changed if n in before}, {n: after[n] for n in changed if n in after}


def _text(values: dict) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""


def object_key(instance: models.Model) -> str:
    return str(getattr(instance, "code", None) or instance.pk)


def record(
    action: str,
    instance: models.Model,
    *,
    by: Actor,
    before: dict | None = None,
    after: dict | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one event. The head row is locked until the caller's transaction ends, so call this last."""
    # Without a savepoint: a change that cannot be recorded does not happen.
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        here = current_origin()
        event = AuditEvent(
            sequence=head.sequence + 1,
            at=datetime.now(UTC).isoformat(timespec="microseconds"),
            actor=by.get_username() if by is not None and by.is_authenticated else "system",
            action=action,
            model=instance._meta.label_lower,
            object_key=object_key(instance)[:120],
            object_name=str(instance)[:255],
            before=_text(before or {}),
            after=_text(after or {}),
            reason=reason[:500],
            channel=here.channel,
            address=here.address[:64],
            request_id=here.request_id,
            previous_hash=head.hash,
        )
        event.hash = event.computed_hash()
        event.save(force_insert=True)
        _move_head(event)
    return event


def hold() -> None:
    """For what is to be written after an event, by who has none to record: the end of the chain, until the commit."""
    _locked_head()


def _move_head(event: AuditEvent) -> None:
    """In plain SQL: to put an UPDATE into words takes longer than to run it, and every write pays for this one."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_audithead SET sequence = %s, hash = %s WHERE id = 1", [event.sequence, event.hash])


def _locked_head() -> AuditHead:
    return holding(id=1) or _first_head()


def _first_head() -> AuditHead:
    head, created = AuditHead.objects.select_for_update(no_key=True).get_or_create(pk=1)
    if created and AuditEvent.objects.exists():
        # To start again at 1 would hide that somebody removed the end of the chain.
        raise Conflict(_("审计链的末端记录被删除，暂停写入。请系统管理员运行 verify_audit 查明。"), code="audit_broken")
    return head


def record_change(
    action: str,
    instance: models.Model,
    *,
    by: Actor,
    before: dict,
    after: dict,
    keep: tuple[str, ...] = (),
    reason: str = "",
) -> None:
    """Append an event with only the changed values; nothing when nothing changed.

    ``keep`` names the values that say which part of ``instance`` this is about, such as year and month.
    """
    old, new = differences(before, after)
    if old or new:
        new |= {name: after[name] for name in keep}
        record(action, instance, by=by, before=old, after=new, reason=reason)


def broken_links() -> Iterator[str]:
    """Every place where the chain does not hold: a changed, missing, added or reordered event."""
    expected, last_hash = 1, GENESIS
    for event in AuditEvent.objects.order_by("sequence").iterator():
        if event.sequence != expected:
            yield f"第 {expected}–{event.sequence - 1} 条缺失 / events {expected}–{event.sequence - 1} are missing"
        elif event.previous_hash != last_hash:
            yield f"第 {event.sequence} 条与前一条不相接 / event {event.sequence} does not follow the one before it"
        if event.hash != event.computed_hash():
            yield f"第 {event.sequence} 条内容被改动 / event {event.sequence} was changed"
        expected, last_hash = event.sequence + 1, event.hash
    head = AuditHead.objects.filter(pk=1).first() or AuditHead(sequence=0, hash=GENESIS)
    if (head.sequence, head.hash) != (expected - 1, last_hash):
        yield f"末端记录为第 {head.sequence} 条，链止于第 {expected - 1} 条 / the chain and its recorded end differ"
