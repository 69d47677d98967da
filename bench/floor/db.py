"""One persistent connection for each thread; statements are prepared once on it."""

import os
import re
import sqlite3
import threading
from functools import partial
from typing import Any
from urllib.parse import unquote

ADDRESS = os.environ.get("ERQI_DATABASE_URL", "")
POSTGRES = ADDRESS.startswith("postgres")
# Written once for both databases: {ids:$1} is a list of keys; {amount:x} a decimal of four places as text.
PATTERNS = (
    (r"\{ids:(\$\d+)\}", "= ANY(%s)", "IN (SELECT value FROM json_each(%s))"),
    (r"\{amount:([^}]+)\}", "(%s)::numeric(24,4)::text", "CASE WHEN %s IS NOT NULL THEN printf('%%.4f', %s) END"),
    (r"\{percent:([^}]+)\}", "(%s)::text", "CASE WHEN %s IS NOT NULL THEN printf('%%.2f', %s) END"),
    (r"\{day:([^}]+)\}", "(%s)::text", "(%s || '')"),
    (r"\{moment:([^}]+)\}", "to_char(%s AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')", "(%s || '')"),
)
_local = threading.local()


class Database:
    """``statements`` counts since the request began."""

    def __init__(self, connection: Any = None) -> None:
        self.connection = connection or (_postgres() if POSTGRES else _sqlite())
        self.cursor = self.connection.cursor()
        self.known: dict[str, str] = {}
        self.statements = 0

    def rows(self, name: str, sql: str, *values: Any) -> list[tuple]:
        self.run(name, sql, *values)
        return self.cursor.fetchall()

    def run(self, name: str, sql: str, *values: Any) -> None:
        self.statements += 1
        if name not in self.known:
            self.known[name] = self._prepare(name, sql, len(values))
        self.cursor.execute(self.known[name], values)

    def _prepare(self, name: str, sql: str, count: int) -> str:
        sql = spelled(sql)
        if not POSTGRES:
            return sql.replace("$", "?")
        self.cursor.execute(f"PREPARE {name} AS {sql}")
        return f"EXECUTE {name}" + (f" ({', '.join(['%s'] * count)})" if count else "")

    def begin(self) -> None:
        self.cursor.execute("BEGIN" if POSTGRES else "BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.cursor.execute("COMMIT")

    def rollback(self) -> None:
        self.cursor.execute("ROLLBACK")


def spelled(sql: str) -> str:
    for pattern, postgres, sqlite in PATTERNS:
        form = postgres if POSTGRES else sqlite
        sql = re.sub(pattern, partial(_filled, form), sql)
    return sql


def _filled(form: str, found: re.Match[str]) -> str:
    return form % ((found[1],) * form.count("%s"))


def keys(ids: Any) -> str:
    """A list of keys as one value."""
    joined = ",".join(map(str, ids))
    return f"{{{joined}}}" if POSTGRES else f"[{joined}]"


def database() -> Database:
    if not hasattr(_local, "database"):
        _local.database = Database()
    return _local.database


def _postgres() -> Any:
    import psycopg2

    found = re.fullmatch(r"postgres://(\w+)@/(.+)/(\w+)", ADDRESS)
    assert found, "the bench's own address"
    connection = psycopg2.connect(host=found[2], user=found[1], dbname=found[3])
    connection.autocommit = True
    return connection


def _sqlite() -> Any:
    path = unquote(ADDRESS.removeprefix("sqlite:///"))
    connection = sqlite3.connect(path if path.startswith("/") else f"/{path}", timeout=20, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
