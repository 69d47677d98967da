"""Numbers for drawing. What a chart shows also stands beside it in a table, to the last digit."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from erqi.core import money
from projects.reports import MonthLine


def curve(lines: Iterable[MonthLine], original: Mapping[int, Decimal], unit: str = "亿元") -> dict[str, Any]:
    """Plan, done and the month's own; ``original``: month → original plan to date (万元), empty if it is the plan."""
    rows = list(lines)
    series = {
        "scheduled": [drawn(line.scheduled_to_date, unit) for line in rows],
        "done": [drawn(line.to_date, unit) for line in rows],
        "invested": [drawn(line.invested, unit) for line in rows],
    }
    if original:
        series["original"] = [drawn(original.get(line.month), unit) for line in rows]
    return {
        "months": [_("%(month)s月") % {"month": line.month} for line in rows],
        **series,
        "words": {
            "unit": _(unit),
            "original": _("原计划累计"),
            "scheduled": _("计划累计"),
            "done": _("完成累计"),
            "invested": _("当月完成"),
        },
    }


def drawn(amount: Decimal | None, unit: str) -> float | None:
    """万元 → 亿元, or as they are, for drawing only."""
    return None if amount is None else round(float(amount / money.UNITS[unit]), 4)


def yi(amount: Decimal | None) -> float | None:
    return drawn(amount, "亿元")
