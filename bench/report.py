"""Rewrites the tables of docs/performance.md from kept results: ``python -m bench report var/bench/2*.json``.

Of several results for a database and a size, or of its growth, the newest counts. What no result is given for stays.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from . import table
from .database import BASE_DIR
from .growth import grown

PAGE = BASE_DIR / "docs" / "performance.md"
Results = dict[tuple[str, int], dict[str, Any]]


def report(files: list[str]) -> None:
    results: Results = {}
    grew: dict[str, dict[str, Any]] = {}
    for name in sorted(files):
        found = json.loads(Path(name).read_text())
        if "growth" in found:
            grew[found["database"]] = found
        else:
            results[found["database"], found["projects"]] = found
    parts = {"machine": machine(results), "tables": tables(results)} if results else {}
    parts |= {"growth": growth(grew)} if grew else {}
    if not parts:
        sys.exit("no results named")
    PAGE.write_text(rewritten(PAGE.read_text(), parts))


def rewritten(text: str, parts: dict[str, str]) -> str:
    """Everything between <!-- name --> and <!-- /name --> is replaced."""
    for name, part in parts.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        found = re.search(pattern, text, flags=re.DOTALL)
        if found:
            text = f"{text[: found.start()]}{found[1]}{part}\n{found[2]}{text[found.end() :]}"
    return text


def machine(results: Results) -> str:
    return "\n".join(f"- {' · '.join(f'{k} {v}' for k, v in found['machine'].items())}" for found in _ones(results))


def _ones(results: Results) -> list[dict[str, Any]]:
    """One result for each database: they were measured on the same machine."""
    return list({database: found for (database, _projects), found in sorted(results.items())}.values())


def tables(results: Results) -> str:
    return "\n\n".join(_table(found) for _key, found in sorted(results.items()))


def _table(found: dict[str, Any]) -> str:
    told = (
        f"{found['when']}, {found['machine']['database']}: {found['shape']}. {found['runs']} runs of "
        f"{found['requests']} requests; the loader's own round trip {found['loader_p50']:.2f} ms."
    )
    return f"### {found['database']}, {found['projects']:,}\n\n{told}\n\n{table.whole(found)}"


def growth(grew: dict[str, dict[str, Any]]) -> str:
    return "\n\n".join(_grown(found) for _database, found in sorted(grew.items()))


def _grown(found: dict[str, Any]) -> str:
    told = f"{found['when']}: {found['runs']} runs of {found['requests']} requests, each size in turn."
    return f"### {found['database']}\n\n{told}\n\n{grown(found['growth'])}"
