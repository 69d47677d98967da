"""What happened to a row, from the audit trail: who did what, when, and why."""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.dateparse import parse_datetime

from erqi.accounts.models import User
from erqi.core.models import AuditEvent
from erqi.core.services.audit import object_key


@dataclass(frozen=True)
class Happened:
    """``action`` as the trail has it ("order.sign"); ``by`` the person's name, or "" for the system itself."""

    at: datetime
    by: str
    action: str
    reason: str
    before: dict[str, str | None]
    after: dict[str, str | None]


def story(row: models.Model) -> list[Happened]:
    """Everything that was done to ``row``, the newest first. Whether the reader may see it is the caller's question."""
    events = list(AuditEvent.objects.filter(model=row._meta.label_lower, object_key=object_key(row)))
    people = User.objects.filter(username__in={event.actor for event in events})
    names = {user.username: str(user) for user in people}
    return [
        Happened(
            at=parse_datetime(event.at) or datetime.fromisoformat(event.at),
            by="" if event.actor == "system" else names.get(event.actor, event.actor),
            action=event.action,
            reason=event.reason,
            before=json.loads(event.before or "{}"),
            after=json.loads(event.after or "{}"),
        )
        for event in events
    ]
