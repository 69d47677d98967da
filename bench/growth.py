"""How the cost grows: one client, from a thousand projects to a million.

Registers of all sizes are served at once and asked in turn, run by run: the machine's own speed changes within an hour
by more than what is looked for, and so it meets every size.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .database import BASE_DIR, KEPT

SIZES = {"postgres": (1_000, 10_000, 100_000, 1_000_000), "sqlite": (1_000, 10_000, 100_000)}
OPERATIONS = (
    "list,list-deep,list-all,list-whole,list-clerk,detail,progress,statistics,months,put,accept,"
    "list-304,detail-304,page-overview,page-project"
)
# p50 in milliseconds by operation, size and server, one for each run.
Found = dict[str, dict[str, dict[str, list[float]]]]


class Served:
    """One size in a process of its own, since settings name one database: ``answer`` below, at the other end."""

    def __init__(self, process: subprocess.Popen[str]):
        self.process = process

    def ask(self, operation: str) -> dict[str, float]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(operation + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def growth(arguments: list[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m bench growth")
    options.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    options.add_argument("--sizes", type=int, nargs="+")
    options.add_argument("--only", default=OPERATIONS)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--requests", type=int, default=60, help="of each run")
    asked = options.parse_args(arguments)
    sizes = asked.sizes or SIZES[asked.database]
    with ExitStack() as stack:
        # One after another: each may have its data to make.
        served = {str(size): stack.enter_context(_served(asked, size)) for size in sizes}
        found = {name: _in_turn(name, served, asked.runs) for name in asked.only.split(",")}
    result = {
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "database": asked.database,
        "runs": asked.runs,
        "requests": asked.requests,
        "growth": found,
    }
    file = KEPT / f"{time.strftime('%Y%m%d-%H%M%S')}-{asked.database}-growth.json"
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1))
    print(f"{grown(found)}\n{file}", flush=True)


@contextmanager
def _served(asked: Any, size: int) -> Iterator[Served]:
    figures = ["--projects", str(size), "--database", asked.database, "--requests", str(asked.requests)]
    command = [sys.executable, "-m", "bench", "answer", *figures]
    with subprocess.Popen(
        command, cwd=BASE_DIR, env=os.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        process.stdout.readline()
        yield Served(process)
        process.stdin.close()


def _in_turn(name: str, served: dict[str, Served], runs: int) -> dict[str, dict[str, list[float]]]:
    """Empty where a size does not answer it, and why stands in the terminal."""
    found: dict[str, dict[str, list[float]]] = {size: {} for size in served}
    for _n in range(runs):
        for size, one in served.items():
            for server, p50 in one.ask(name).items():
                found[size].setdefault(server, []).append(p50)
    print(grown({name: found}).rsplit("\n", 1)[1], flush=True)
    return found


def grown(found: Found) -> str:
    """p50 of the smallest in milliseconds, and how many times that the others take, run by run: middle, least and
    greatest. Last, the same of the floor at the largest."""
    sizes = sorted({int(size) for by_size in found.values() for size in by_size})
    head = ["operation", f"{sizes[0]:,} (ms)", *(f"{size:,}" for size in sizes[1:]), f"floor, {sizes[-1]:,}"]
    rows = [head, ["---"] * len(head)]
    for name, by_size in found.items():
        first, *others = (by_size.get(str(size), {}) for size in sizes)
        smallest = f"{statistics.median(first['site']):.2f}" if first.get("site") else "—"
        cells = [_times(first, other, "site") for other in others]
        rows.append([name, smallest, *cells, _times(first, others[-1], "floor")])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _times(first: dict[str, list[float]], other: dict[str, list[float]], server: str) -> str:
    if not (server in first and server in other):
        return "—"
    times = [one / smallest for one, smallest in zip(other[server], first[server], strict=True)]
    return f"{statistics.median(times):.2f}× ({min(times):.2f}–{max(times):.2f})"
