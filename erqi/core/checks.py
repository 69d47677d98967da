"""What only the database itself can tell: run by ``check --database default`` and before every migration."""

from collections.abc import Iterable
from typing import Any

from django.core import checks
from django.db import connections

UNLIMITED = "0"
TIMEOUTS = ("idle_in_transaction_session_timeout", "statement_timeout")


@checks.register(checks.Tags.database)
def sessions_have_limits(databases: Iterable[str] | None = None, **_options: Any) -> list[checks.CheckMessage]:
    """Behind a pool the settings cannot ask for it themselves."""
    return [_told(alias) for alias in databases or () if UNLIMITED in _limits(alias)]


def _limits(alias: str) -> list[str]:
    if connections[alias].vendor != "postgresql":
        return []
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(%s) name", [list(TIMEOUTS)])
        return [value for (value,) in cursor.fetchall()]


def _told(alias: str) -> checks.CheckMessage:
    user = connections[alias].settings_dict["USER"]
    return checks.Warning(
        f"数据库 {alias} 没有设全时限，失联或停不下来的会话会一直占着锁 / "
        f"database {alias} lacks a timeout: a session that is lost, or does not end, keeps its locks for ever",
        hint=f"ALTER ROLE {user} SET idle_in_transaction_session_timeout = '15s'; "
        f"ALTER ROLE {user} SET statement_timeout = '30s';",
        id="erqi.W001",
    )
