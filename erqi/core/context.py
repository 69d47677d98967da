"""Where the current change comes from: set by the HTTP middleware or a command, read by the audit trail.

The domain never sees a request; it sees this.
"""

import uuid
from collections.abc import Callable, Hashable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Origin:
    channel: str = "command"
    address: str = ""
    request_id: str = ""
    # What was found out within this HTTP request; None elsewhere, where one person's doings may outlast their roles.
    found: dict[Hashable, Any] | None = field(default=None, compare=False, repr=False)


_origin: ContextVar[Origin] = ContextVar("origin")


def current_origin() -> Origin:
    return _origin.get(Origin())


def once(key: Hashable, find: Callable[[], T]) -> T:
    """What ``find`` answers, asked at most once within an HTTP request."""
    found = current_origin().found
    if found is None:
        return find()
    if key not in found:
        found[key] = find()
    return found[key]


def remember(key: Hashable, answer: Any) -> None:
    """What ``once`` would ask for is known already."""
    found = current_origin().found
    if found is not None:
        found[key] = answer


def forget(key: Hashable) -> None:
    """What ``once`` found has just been changed."""
    (current_origin().found or {}).pop(key, None)


@contextmanager
def origin(channel: str, address: str = "", request_id: str = "", *, found: dict[Hashable, Any] | None = None):
    token = _origin.set(Origin(channel, address, request_id or uuid.uuid4().hex, found))
    try:
        yield _origin.get()
    finally:
        _origin.reset(token)
