"""Query plans of the hot operations: no statement may read a large table from end to end."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

LARGE = {
    "projects_project",
    "projects_projectmonth",
    "projects_progressreport",
    "projects_annualplan",
    "projects_scheduledmonth",
    "projects_light",
    "projects_approvalcode",
    "core_auditevent",
}


class Scan(NamedTuple):
    operation: str
    node: str
    table: str
    condition: str
    sql: str


def scans(name: str, request: dict[str, Any]) -> Iterator[Scan]:
    """Large tables, or their indexes, read from end to end in the plans of what ``request`` asks the database."""
    for sql in asked(request):
        if not sql.startswith(("SELECT", "UPDATE", "INSERT", "WITH", "DECLARE", "EXECUTE")):
            continue
        for node, above, limited in _nodes(explained(sql)):
            if node.get("Relation Name") in LARGE and _whole(node, above, limited=limited):
                yield Scan(name, node["Node Type"], node["Relation Name"], node.get("Filter", ""), sql)


def asked(request: dict[str, Any]) -> list[str]:
    """The SQL of one request in this process; the second time, when its tables are in memory."""
    client = Client(SERVER_NAME="127.0.0.1")
    method, path, body = request["method"], request["path"], request.get("body", "")
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(method, path, body, "application/json", headers=request["headers"])
        if answer.streaming:
            answer.getvalue()
    if answer.status_code >= 300:
        raise LookupError(f"{path}: {answer.status_code}")
    return [query["sql"] for query in captured.captured_queries]


def explained(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {_without_cursor(sql)}")
        [[found]] = cursor.fetchall()
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def _without_cursor(sql: str) -> str:
    return sql.partition(" FOR ")[2] if sql.startswith("DECLARE") else sql


def _nodes(
    plan: dict[str, Any], above: str = "", *, limited: bool = False
) -> Iterator[tuple[dict[str, Any], str, bool]]:
    """Each node, the kind of the one that it feeds, and whether that stops asking after a page of rows."""
    yield plan, above, limited
    for part in plan.get("Plans", []):
        apart = part.get("Parent Relationship") in {"SubPlan", "InitPlan"}
        yield from _nodes(part, plan["Node Type"], limited=not apart and (limited or plan["Node Type"] == "Limit"))


def _whole(node: dict[str, Any], above: str, *, limited: bool) -> bool:
    """A count capped at 1,000 stops at the thousandth row it meets, a page in an index's order at its own end."""
    if node["Node Type"] == "Seq Scan":
        return above != "Limit" or "Filter" in node
    return node["Node Type"].startswith("Index") and "Index Cond" not in node and not limited


def show(options: Any) -> None:
    """Every scan found; leaves with an error when there is one in a hot operation."""
    from . import data
    from .bench import world_of
    from .measure import requests_of
    from .operations import HOT, OPERATIONS
    from .site import Server

    shape = data.prepare(options.database, options.projects)
    world, here = world_of(shape), Server("site", 0, None)
    found: list[Scan] = []
    for name in HOT:
        try:
            rows = list(scans(name, requests_of(OPERATIONS[name], world, here, 1)[0]))
        except LookupError as error:
            print(f"{name}: {error}")
            continue
        print(f"{name}: {'nothing is read from end to end' if not rows else ''}", flush=True)
        for scan in rows:
            print(f"  {scan.node} {scan.table}  {scan.condition}\n    {scan.sql[:400]}")
        found += rows
    raise SystemExit(1 if found else 0)
