"""Who filed and when, as counts alone: for pages that show many units or months and ask no more."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from .filings import Filing
from .timeliness import Timeliness


def filed_by(rows: Iterable[Filing], key: Callable[[Filing], Any]) -> dict[Any, Timeliness]:
    """``Timeliness`` of each group of ``rows`` with only ``due``, ``filed``, ``on_time`` and ``accepted`` filled in,
    and so their rates; all four of the months whose deadline has passed.
    """
    found: dict[Any, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.passed:
            counts = found[key(row)]
            counts["due"] += 1
            counts["filed"] += row.filed
            counts["on_time"] += row.on_time is True
            counts["accepted"] += row.accepted_at is not None
    return {of: _counts(**counts) for of, counts in found.items()}


def _counts(due: int, filed: int, on_time: int, accepted: int) -> Timeliness:
    return Timeliness(due=due, filed=filed, on_time=on_time, accepted=accepted)
