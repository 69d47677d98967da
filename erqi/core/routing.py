"""Which database answers a read: a replica that already has what its reader has written, else the primary.

The audit trail is the clock. A change appends its event and moves ``AuditHead`` in its own transaction, and nobody else
appends before that transaction ends. So a replica whose head has reached a person's last event on the primary has
everything that this person wrote, however far behind it is otherwise.

In force only where ERQI_REPLICA_URL names a replica. Commands, jobs, the admin, transactions and unsafe requests never
leave the primary.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connections, models, router
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from .context import remember
from .middleware import channel
from .models import AuditEvent, AuditHead
from .models.audit import TRAIL

logger = logging.getLogger(__name__)

PRIMARY, REPLICA = "default", "replica"
SAFE = {"GET", "HEAD"}
# Apps and models. Who comes in and what they may do is never a moment old; nor is the version by which reference rows
# are kept in memory; a saved view leaves no audit event.
ALWAYS_PRIMARY = {
    "accounts",
    "admin",
    "auth",
    "contenttypes",
    "core.referenceversion",
    "django_q",
    "sessions",
    "projects.membership",
    "projects.savedview",
}
PAUSE_SECONDS = 5


def connection_for(model: type[models.Model]) -> Any:
    """Where SQL of our own reads this model's table, as a queryset would."""
    return connections[router.db_for_read(model)]


class Replica:
    """How far the replica has come. One that does not answer is left alone for a while, or every request would wait."""

    def __init__(self) -> None:
        self.lost_at: float | None = None

    def head(self) -> tuple[int, str] | None:
        """Number and hash of the last event that it has; None when it does not answer."""
        if self.lost_at is not None and time.monotonic() < self.lost_at + PAUSE_SECONDS:
            return None
        try:
            head = AuditHead.objects.using(REPLICA).filter(pk=1).values_list("sequence", "hash").first()
        except (OperationalError, InterfaceError) as error:
            self._note_lost(error)
            return None
        self._note_found()
        return head or (0, "")

    def _note_lost(self, error: Exception) -> None:
        if self.lost_at is None:
            logger.warning(
                "从库不可用，改由主库读取 / the replica does not answer, the primary reads instead: %s", error
            )
        self.lost_at = time.monotonic()

    def _note_found(self) -> None:
        if self.lost_at is not None:
            logger.warning("从库已恢复 / the replica answers again")
        self.lost_at = None


replica = Replica()


@dataclass
class Route:
    """The database of one safe request, found at its first read after its user is known, and then kept."""

    request: HttpRequest
    database: str | None = None

    def find(self) -> str:
        if self.database is None:
            user: Any = getattr(self.request, "user", None)
            # A token's owner is not known before the API has looked at it: until then nobody has, for all we know.
            if user is None or not user.is_authenticated:
                return PRIMARY
            self.settle(user)
        return self.database or PRIMARY

    def settle(self, user: Any) -> None:
        head = replica.head()
        self.database = PRIMARY
        if head is not None and head[0] >= _last_event(user):
            self.database = REPLICA
            # What versions of the data are made of: the head of the database that they are read from.
            remember(TRAIL, head[1])


def _last_event(user: Any) -> int:
    """The number of a person's last change (0: none), or of the last change of their account: what they did under
    another username came before that."""
    events = AuditEvent.objects.using(PRIMARY).order_by("-sequence").values_list("sequence", flat=True)
    account = events.filter(model=user._meta.label_lower, object_key=str(user.pk))
    return max(events.filter(actor=user.get_username()).first() or 0, account.first() or 0)


_route: ContextVar[Route | None] = ContextVar("route", default=None)


def settle(user: Any) -> None:
    """The reader is known now; called before anything is read or compared on their behalf."""
    route = _route.get()
    if route is not None:
        route.settle(user)


@contextmanager
def on(route: Route | None) -> Iterator[None]:
    """Reads go along ``route``; None is the primary."""
    token = _route.set(route)
    try:
        yield
    finally:
        _route.reset(token)


def _always_primary(model: type[models.Model]) -> bool:
    return model._meta.app_label in ALWAYS_PRIMARY or model._meta.label_lower in ALWAYS_PRIMARY


class ReadRouter:
    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        route = _route.get()
        if route is None or _always_primary(model) or connections[PRIMARY].in_atomic_block:
            return PRIMARY
        return route.find()

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        route = _route.get()
        if route is not None and not _always_primary(model):
            route.database = PRIMARY
        return PRIMARY

    def allow_relation(self, *_instances: models.Model, **hints: Any) -> bool:
        """They are the same rows."""
        return True

    def allow_migrate(self, db: str, *_names: str, **hints: Any) -> bool:
        return db == PRIMARY


class ReadRouteMiddleware:
    """Opens the route of a safe request; what it streams is read along the same one."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in SAFE or channel(request.path) == "admin":
            with on(None):
                return self.get_response(request)
        route = Route(request)
        with on(route):
            response = self.get_response(request)
        if response.streaming and not isinstance(response, FileResponse):
            response.streaming_content = _along(route, response.streaming_content)
        return response


def _along(route: Route, parts: Iterable) -> Iterator:
    with on(route):
        yield from parts
