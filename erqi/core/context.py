"""Where the current change comes from: set by the HTTP middleware or a command, read by the audit trail.

The domain never sees a request; it sees this.
"""

import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    channel: str = "command"
    address: str = ""
    request_id: str = ""


_origin: ContextVar[Origin] = ContextVar("origin")


def current_origin() -> Origin:
    return _origin.get(Origin())


@contextmanager
def origin(channel: str, address: str = "", request_id: str = ""):
    token = _origin.set(Origin(channel, address, request_id or uuid.uuid4().hex))
    try:
        yield _origin.get()
    finally:
        _origin.reset(token)
