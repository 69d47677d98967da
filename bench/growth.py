"""How the cost grows: one client, from a thousand projects to a million."""

import argparse
import json
import os
import statistics
import subprocess
import sys
from typing import Any

from .database import BASE_DIR, KEPT

SIZES = {"postgres": (1_000, 10_000, 100_000, 1_000_000), "sqlite": (1_000, 10_000, 100_000)}
OPERATIONS = "list,list-deep,list-all,list-clerk,search,detail,progress,statistics,months,put,accept,page-overview"


def growth(arguments: list[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m bench growth")
    options.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    options.add_argument("--sizes", type=int, nargs="+")
    options.add_argument("--only", default=OPERATIONS)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--requests", type=int, default=200)
    asked = options.parse_args(arguments)
    found = {size: _run(asked, size) for size in asked.sizes or SIZES[asked.database]}
    print(grown(found))


def _run(asked: Any, size: int) -> dict[str, Any]:
    """In a process of its own: settings name one database."""
    before = set(KEPT.glob("2*.json"))
    figures = ["--clients", "1", "--runs", str(asked.runs), "--requests", str(asked.requests), "--only", asked.only]
    command = [sys.executable, "-m", "bench", "--projects", str(size), "--database", asked.database, *figures]
    subprocess.run(command, cwd=BASE_DIR, env=os.environ, check=True)
    [file] = set(KEPT.glob("2*.json")) - before
    return json.loads(file.read_text())


def grown(found: dict[int, dict[str, Any]]) -> str:
    """p50 in milliseconds at the smallest size, and how many times that at the others."""
    sizes = sorted(found)
    rows = [["operation", f"{sizes[0]:,} (ms)", *(f"{size:,}" for size in sizes[1:])], ["---"] * (len(sizes) + 1)]
    names = dict.fromkeys(name for size in sizes for name in found[size]["operations"])
    for name in names:
        medians = [_p50(found[size]["operations"].get(name)) for size in sizes]
        first = medians[0]
        times = [f"{p50 / first:.2f}×" if p50 and first else "—" for p50 in medians[1:]]
        rows.append([name, f"{first:.2f}" if first else "—", *times])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _p50(found: dict[str, Any] | None) -> float | None:
    return statistics.median(run["p50"] for run in found["clients"]["1"]["site"]) if found else None
