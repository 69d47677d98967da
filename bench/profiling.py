"""Where an operation's time goes, in this process."""

import cProfile
import pstats
import time
from typing import Any

from django.test import Client

from . import data
from .bench import world_of
from .measure import statements
from .operations import OPERATIONS
from .site import Server


def profile(asked: Any) -> None:
    shape = data.prepare(asked.database, asked.projects)
    operation, world = OPERATIONS[asked.operation], world_of(shape)
    here: Any = Server("site", 0, None)
    requests = operation.writes(asked.requests + 20) if operation.writes else operation.requests(world, here)
    client = Client(SERVER_NAME="127.0.0.1", raise_request_exception=False)
    turn = iter(range(10**9))

    def send(count: int) -> int:
        for _n in range(count):
            request = requests[next(turn) % len(requests)]
            method, path, body = request["method"], request["path"], request.get("body", "")
            answer = client.generic(method, path, body, "application/json", headers=request["headers"])
            if answer.streaming:
                answer.getvalue()
        return answer.status_code

    status = send(10)
    began = time.perf_counter()
    send(asked.requests // 2)
    bare = (time.perf_counter() - began) / (asked.requests // 2) * 1000
    profiler = cProfile.Profile()
    profiler.runcall(send, asked.requests // 2)
    for order in ("tottime", "cumtime"):
        pstats.Stats(profiler).sort_stats(order).print_stats(asked.rows)
    counted = statements(requests[next(turn) % len(requests)])
    print(f"{operation.name}: {status}, {bare:.2f} ms without the profiler, {counted} statements")
