"""Runs: the site and the floor in turn, the same requests, as often as asked."""

import csv
import io
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import HTTPError

import psutil
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .database import BASE_DIR
from .operations import Operation, Requests, World
from .site import Server

WARM = 40
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


class Loader:
    """``load.py`` in its own process."""

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process

    def measure(self, **plan: Any) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def loader() -> Iterator[Loader]:
    command = [sys.executable, "-m", "bench.load"]
    with subprocess.Popen(command, cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Loader(process)
        process.stdin.close()


def ask(server: Server, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    """One request outside all measuring."""
    data = request.get("body", "").encode() or None
    headers = request["headers"] | ({"Content-Type": "application/json"} if data else {})
    call = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{request['path']}", data, headers, method=request["method"]
    )
    try:
        with urllib.request.urlopen(call, timeout=300) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except HTTPError as error:
        return error.code, dict(error.headers), error.read()


def requests_of(operation: Operation, world: World, server: Server, count: int) -> Requests:
    if operation.writes:
        return operation.writes(count)
    assert operation.requests
    found = operation.requests(world, server)
    return [_conditional(request, server) for request in found] if operation.conditional else found


def _conditional(request: dict[str, Any], server: Server) -> dict[str, Any]:
    _status, headers, _body = ask(server, request)
    known = headers.get("ETag")
    return {**request, "headers": {**request["headers"], "If-None-Match": known}} if known else request


def run(
    operation: Operation,
    world: World,
    server: Server,
    *,
    loader: Loader,
    clients: int,
    count: int,
    database: int | None,
) -> dict[str, Any]:
    """One measurement: milliseconds, requests a second, bytes, and processor time per request in milliseconds."""
    count = max(int(count * operation.share), min(3, count), clients if operation.share == 1 else 1)
    warm = 0 if operation.share < 0.1 else max(WARM, clients * 4)
    requests = requests_of(operation, world, server, count + (warm if operation.writes else 0))
    plan = {"port": server.port, "statuses": operation.statuses}
    if warm:
        first = requests[-warm:] if operation.writes else requests
        loader.measure(requests=first, count=warm, clients=max(clients, 8), **plan)
    before = _processor(server, database)
    found = loader.measure(requests=requests[:count], count=count, clients=clients, **plan)
    after = _processor(server, database)
    if found["wrong"]:
        raise RuntimeError(f"{server.name} {operation.name}: answers {found['wrong']}, wanted {operation.statuses}")
    spent = {name: (after[name] - before[name]) * 1000 / count for name in after}
    return {**found, **spent, "memory": max(process.memory_info().rss for process in server.workers()) / 2**20}


def _processor(server: Server, database: int | None) -> dict[str, float]:
    """Seconds that the workers and the database have used so far."""
    found = {"cpu_web": _used(server.process, server.workers())}
    if database:
        main = psutil.Process(database)
        found["cpu_database"] = _used(main, main.children())
    return found


def _used(main: psutil.Process, children: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (process.cpu_times() for process in [main, *children]))


def statements(request: dict[str, Any]) -> int:
    """What the site asks the database, transactions' own words aside; the second time, with its tables in memory."""
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
    headers, body = request["headers"], request.get("body", "")
    with CaptureQueriesContext(connection) as captured:
        answer = client.generic(request["method"], request["path"], body, "application/json", headers=headers)
        if answer.streaming:
            answer.getvalue()
    return sum(not query["sql"].startswith(TRANSACTION) for query in captured.captured_queries)


def same(operation: Operation, world: World, site: Server, floor: Server) -> str:
    """What differs between the two answers, in words; "" when nothing does."""
    assert operation.requests
    for one, other in zip(operation.requests(world, site), operation.requests(world, floor), strict=True):
        (status, _head, left), (floor_status, _floor_head, right) = ask(site, one), ask(floor, other)
        if floor_status != 200 or status != 200:
            return f"{one['path']}: {status}, floor {floor_status}"
        if found := difference(read(left), read(right)):
            return f"{one['path']}: {found}"
    return ""


def read(answer: bytes) -> Any:
    if answer.startswith(b"{"):
        return json.loads(answer)
    return [[_plain(cell) for cell in row] for row in csv.reader(io.StringIO(answer.decode()))]


def _plain(cell: str) -> str:
    """SQLite keeps no trailing zeros, so a table read from it has none."""
    return cell.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", cell) else cell


def difference(left: Any, right: Any, where: str = "") -> str:
    """The first place where two answers differ; addresses of next pages are only there or not."""
    if where == "/next":
        left, right = left is not None, right is not None
    if isinstance(left, dict) and isinstance(right, dict):
        names = [*left, *(name for name in right if name not in left)]
        parts = ((name, left.get(name, "—"), right.get(name, "—")) for name in names)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        parts = ((str(n), a, b) for n, (a, b) in enumerate(zip(left, right, strict=True)))
    else:
        return "" if left == right else f"{where}: {left!r} ≠ floor {right!r}"
    return next((found for name, a, b in parts if (found := difference(a, b, f"{where}/{name}"))), "")
