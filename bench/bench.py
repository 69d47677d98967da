"""One bench: the operations asked for, on one database, with one and more clients."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.client import NOT_IMPLEMENTED
from typing import Any, TextIO
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection

from erqi.accounts.models import User

from . import data, machine, measure, table
from .database import KEPT, postmaster
from .operations import API, FIGURES, OPERATIONS, Operation, World, get
from .reference import BUREAU, Shape
from .site import Server, served


def bench(asked: Any) -> dict[str, Any]:
    with ready(asked) as bench:
        found = {name: bench.operation(OPERATIONS[name]) for name in chosen(asked.only)}
        shape = bench.world.shape
        result = {
            "when": time.strftime("%Y-%m-%d %H:%M"),
            "database": asked.database,
            "shape": shape.told(),
            "projects": shape.projects,
            "machine": machine.described(asked.database),
            "requests": asked.requests,
            "runs": asked.runs,
            "loader_p50": bench.own_p50(),
            "operations": {name: figures for name, figures in found.items() if figures},
        }
    file = KEPT / f"{time.strftime('%Y%m%d-%H%M%S')}-{asked.database}-{shape.projects}.json"
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1))
    print(table.whole(result), f"\n{file}", flush=True)
    return result


def answer(asked: Any, *, orders: TextIO, answers: TextIO) -> None:
    """One run of each operation named in a line: a line of JSON with p50 of site and floor, empty where it is not
    answered. A line comes first when everything stands."""
    with ready(asked) as bench:
        found: dict[str, Operation | None] = {}
        answers.write("\n")
        answers.flush()
        for order in orders:
            name = order.strip()
            if name not in found:
                found[name] = bench.answered(OPERATIONS[name])
            operation = found[name]
            runs = bench.runs(operation, clients=1, runs=1) if operation else {}
            answers.write(json.dumps({server: one["p50"] for server, [one] in runs.items()}) + "\n")
            answers.flush()


@contextmanager
def ready(asked: Any) -> Iterator["Bench"]:
    """Data, site, floor and loader; ``asked``: the database, the number of projects and of requests."""
    shape = data.prepare(asked.database, asked.projects)
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=["redoc"])
    world = world_of(shape)
    connection.close()
    with ExitStack() as stack:
        site = stack.enter_context(served("site", "erqi.wsgi:application"))
        floor = stack.enter_context(served("floor", "bench.floor.app:application"))
        loader = stack.enter_context(measure.loader())
        yield Bench(asked, world, site, floor, loader)


def chosen(only: str) -> list[str]:
    names = [name for name in only.split(",") if name] or list(OPERATIONS)
    unknown = [name for name in names if name not in OPERATIONS]
    if unknown:
        raise SystemExit(f"no operation {', '.join(unknown)}; there are {', '.join(OPERATIONS)}")
    return names


def world_of(shape: Shape) -> World:
    return World(shape, session=signed_in(User.objects.get(pk=BUREAU)))


def signed_in(user: User) -> str:
    session = SessionStore()
    backend = "erqi.accounts.backends.RoleBackend"
    session.update(
        {SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: backend, HASH_SESSION_KEY: user.get_session_auth_hash()}
    )
    session.create()
    return str(session.session_key)


class Bench:
    def __init__(self, asked: Any, world: World, site: Server, floor: Server, loader: measure.Loader):
        self.asked, self.world, self.site, self.floor, self.loader = asked, world, site, floor, loader
        self.database = postmaster(asked.database, world.shape.projects)

    def operation(self, operation: Operation) -> dict[str, Any] | None:
        """Figures of all runs; None where the site does not have it (yet)."""
        if not (answered := self.answered(operation)):
            return None
        found = {
            "about": operation.about,
            "statements": self._statements(answered),
            "clients": {str(n): self.runs(answered, clients=n, runs=self.asked.runs) for n in self.asked.clients},
        }
        print(table.lines(operation.name, found), flush=True)
        return found

    def answered(self, operation: Operation) -> Operation | None:
        """The operation as it can be measured here: without the floor where that has no answer, None where the site
        has none or a different one, and why is said."""
        if operation.name == "list-deep":
            self._find_deep_page()
        operation = replace(operation, floor=operation.floor and self._floor_has(operation))
        if refused := self._refused(operation):
            print(f"{operation.name}: {refused}", flush=True)
            return None
        return operation

    def own_p50(self) -> float:
        """Milliseconds of the loader's round trip against an application that does nothing."""
        with served("nothing", "bench.nothing:application") as nothing:
            plan = {"requests": [get("/")], "count": 1000, "clients": 1, "statuses": [200]}
            return self.loader.measure(port=nothing.port, **plan)["p50"]

    def _floor_has(self, operation: Operation) -> bool:
        request = measure.requests_of(operation, self.world, self.floor, 1)[0]
        return measure.ask(self.floor, request)[0] != NOT_IMPLEMENTED

    def _refused(self, operation: Operation) -> str:
        request = measure.requests_of(operation, self.world, self.site, 1)[0]
        status, _headers, body = measure.ask(self.site, request)
        if status not in operation.statuses:
            return f"not measured: {request['path']} answers {status} {body[:200].decode(errors='replace')}"
        if not (operation.floor and operation.compared):
            return ""
        differs = measure.same(operation, self.world, self.site, self.floor)
        return f"not measured, the answers differ: {differs}" if differs else ""

    def runs(self, operation: Operation, *, clients: int, runs: int) -> dict[str, list[dict[str, Any]]]:
        """Site and floor in turn, so that whatever the machine does meanwhile meets both."""
        servers = [self.site, self.floor] if operation.floor else [self.site]
        found: dict[str, list[dict[str, Any]]] = {server.name: [] for server in servers}
        for _n in range(runs):
            for server in servers:
                found[server.name].append(self._run(operation, server, clients))
        return found

    def _run(self, operation: Operation, server: Server, clients: int) -> dict[str, Any]:
        return measure.run(
            operation,
            self.world,
            server,
            loader=self.loader,
            clients=clients,
            count=self.asked.requests,
            database=self.database,
        )

    def _statements(self, operation: Operation) -> dict[str, int]:
        """Once everything is in memory: of the site the second request, of the floor the least of several, which meet
        different workers."""
        requests = measure.requests_of(operation, self.world, self.site, 4)
        found = {"site": [measure.statements(request) for request in (requests[0], requests[-1])][-1]}
        connection.close()
        if operation.floor:
            requests = measure.requests_of(operation, self.world, self.floor, 4)
            answers = [measure.ask(self.floor, requests[n % len(requests)])[1] for n in range(4)]
            found["floor"] = min(int(headers["X-Statements"]) for headers in answers)
        return found

    def _find_deep_page(self) -> None:
        """Followed once: page 1,000, or the last but few where there are not so many."""
        pages = min(1000, self.world.shape.projects * 9 // 10 // 50)
        for server in (self.site, self.floor):
            for _n in range(max(pages * 50 // 200, 1)):
                self.world.cursors[server.name] = self._cursor(server)

    def _cursor(self, server: Server) -> str:
        here = {"cursor": self.world.cursors[server.name]} if server.name in self.world.cursors else {}
        request = get(f"{API}/projects/", limit=200, ordering="-total_investment", **FIGURES, **here)
        after = json.loads(measure.ask(server, request)[2])["next"]
        return parse_qs(urlsplit(after).query)["cursor"][0] if "cursor=" in after else after
