"""Who is asking, and which projects they reach: one statement, and the tree of units in memory."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from .db import Database, database

TOKEN = """
SELECT u.id, u.username, t.scopes, m.role, m.unit_id
FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
LEFT JOIN projects_membership m ON m.user_id = u.id AND m.active
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > CURRENT_TIMESTAMP)
  AND u.is_active
"""
VIEW = {"reporter", "endorser", "reviewer", "leader"}
REPORT = {"reporter", "reviewer"}


class Refused(Exception):
    pass


@dataclass(frozen=True)
class Caller:
    pk: int
    username: str
    roots: tuple[tuple[str, int], ...]

    def units(self, roles: set[str]) -> frozenset[int] | None:
        """Ids of the units reached; None for all there are."""
        found = reference().below(frozenset(unit for role, unit in self.roots if role in roles))
        return None if len(found) == len(reference().units) else found


def caller(db: Database, authorization: str) -> Caller:
    digest = hashlib.sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    rows = db.rows("token", TOKEN, digest)
    if not rows or "read" not in rows[0][2]:
        raise Refused
    return Caller(rows[0][0], rows[0][1], tuple((role, unit) for _pk, _name, _scopes, role, unit in rows if role))


class Reference:
    def __init__(self, db: Database) -> None:
        units = db.rows("units", "SELECT id, code, name, parent_id FROM projects_unit")
        self.units = {pk: (code, name) for pk, code, name, _parent in units}
        self.unit_keys = {code: pk for pk, code, _name, _parent in units}
        self.children: dict[int, list[int]] = {}
        for pk, _code, _name, parent in units:
            self.children.setdefault(parent, []).append(pk)
        categories = db.rows(
            "categories", 'SELECT id, code, name FROM projects_category WHERE active ORDER BY "order", code'
        )
        self.categories = {pk: (code, name) for pk, code, name in categories}
        self.category_keys = {code: pk for pk, code, _name in categories}
        programmes = db.rows("programmes", "SELECT id, code, name FROM projects_programme")
        self.programmes = {pk: (code, name) for pk, code, name in programmes}
        self.sources = dict(db.rows("sources", "SELECT id, title FROM core_source"))
        self.source_codes = dict(db.rows("source_codes", "SELECT id, code FROM core_source"))
        self.below = cache(self._below)

    def _below(self, roots: frozenset[int]) -> frozenset[int]:
        found, waiting = set(), list(roots)
        while waiting:
            pk = waiting.pop()
            if pk not in found:
                found.add(pk)
                waiting += self.children.get(pk, [])
        return frozenset(found)


@cache
def reference() -> Reference:
    return Reference(database())


def pair(rows: dict[int, tuple[str, str]], key: int | None) -> tuple[Any, Any]:
    return rows[key] if key is not None else (None, None)
