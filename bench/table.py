"""Figures as tables, in the terminal and in docs/performance.md."""

import statistics
from typing import Any

COLUMNS = (
    "operation",
    "clients",
    "site p50",
    "p95",
    "req/s",
    "floor p50",
    "p95",
    "req/s",
    "ratio (spread)",
    "CPU ratio",
    "SQL",
    "kB",
    "MB",
    "CPU web",
    "CPU db",
)


def lines(name: str, found: dict[str, Any]) -> str:
    return "\n".join("  ".join(f"{cell:>10}" for cell in row) for row in rows(name, found))


def rows(name: str, found: dict[str, Any]) -> list[list[str]]:
    return [_row(name, found["statements"], clients, runs) for clients, runs in found["clients"].items()]


def _row(name: str, statements: dict[str, int], clients: str, runs: dict[str, list[dict[str, float]]]) -> list[str]:
    site, floor = runs["site"], runs.get("floor", [])
    return [
        name,
        clients,
        *(f"{_middle(site, column):.{places}f}" for column, places in (("p50", 2), ("p95", 2), ("rps", 0))),
        *(
            f"{_middle(floor, column):.{places}f}" if floor else "—"
            for column, places in (("p50", 2), ("p95", 2), ("rps", 0))
        ),
        ratio(site, floor),
        f"{_processor(site) / _processor(floor):.2f}" if floor else "—",
        "/".join(str(count) for count in statements.values()),
        f"{_middle(site, 'bytes') / 1000:.1f}",
        f"{_middle(site, 'memory'):.0f}",
        f"{_middle(site, 'cpu_web'):.1f}",
        f"{_middle(site, 'cpu_database'):.1f}" if "cpu_database" in site[0] else "—",
    ]


def ratio(site: list[dict[str, float]], floor: list[dict[str, float]]) -> str:
    """p50 of the site ÷ p50 of the floor, run by run: the middle, the least and the greatest."""
    if not floor:
        return "—"
    found = [one["p50"] / other["p50"] for one, other in zip(site, floor, strict=True)]
    return f"{statistics.median(found):.2f} ({min(found):.2f}–{max(found):.2f})"


def _processor(runs: list[dict[str, float]]) -> float:
    """Of web and database together: less disturbed by what else the machine does than time on the clock."""
    return _middle(runs, "cpu_web") + (_middle(runs, "cpu_database") if "cpu_database" in runs[0] else 0)


def _middle(runs: list[dict[str, float]], column: str) -> float:
    return statistics.median(run[column] for run in runs)


def whole(result: dict[str, Any]) -> str:
    """As Markdown; milliseconds, and milliseconds of processor time per request."""
    cells = [list(COLUMNS), ["---"] * len(COLUMNS)]
    for name, found in result["operations"].items():
        cells += rows(name, found)
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
