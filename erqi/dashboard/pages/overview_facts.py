"""A number of the overview with its name, and the way to the rows behind it."""

from dataclasses import dataclass
from typing import Any

from erqi.dashboard.links import Rows


@dataclass(frozen=True)
class Fact:
    """``note`` says more; without ``value`` there is nothing to tell."""

    label: str
    value: str
    unit: str
    href: str = ""
    note: str = ""


def counted(label: str, number: int, unit: str, href: str = "", note: str = "") -> Fact:
    return Fact(label, str(number) if number else "", unit, href, note)


def told(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.value]


def whole(rows: Rows, model: Any, **filters: Any) -> str:
    """The admin's list, which knows neither category nor unit: no way to the rows of a part."""
    return "" if rows.basis.category or rows.basis.unit else rows.of(model, **filters)
