"""How the review pages write what they compare."""

from collections.abc import Sequence
from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from erqi.core import money
from erqi.core.numbers import trimmed
from projects.models import ProgressReport

register = template.Library()


@register.filter
def signed(amount: Decimal | None) -> str:
    """A difference in 万元 with its sign; “—” when there is nothing to compare with."""
    if amount is None:
        return "—"
    return f"+{money.wan(amount)}" if amount > 0 else f"−{money.wan(-amount)}" if amount < 0 else "±0"


@register.filter
def signed_points(points: Decimal | None) -> str:
    if points is None:
        return ""
    text = trimmed(abs(points))
    sign = "+" if points > 0 else "−" if points < 0 else "±"
    return _("%(points)s 点") % {"points": f"{sign}{text}"}


@register.filter
def ahead_words(points: Decimal) -> str:
    """In words, where a pill would be too wide."""
    text = money.points(points)
    words = _("超时序 %(points)s 点") if text[0] == "+" else _("欠时序 %(points)s 点")
    return words % {"points": text.lstrip("+−")} if text[0] in "+−" else _("与时序持平")


@register.filter
def percent_of(percent: Decimal | None) -> str:
    """A share that is already in percent."""
    return "—" if percent is None else f"{trimmed(percent)}%"


@register.filter
def month_of(row: ProgressReport, beside: ProgressReport) -> str:
    """Which month ``row`` is of; the year only where it is another one than that of ``beside``."""
    if row.year == beside.year:
        return _("%(month)s 月") % {"month": row.month}
    return _("%(year)s 年 %(month)s 月") % {"year": row.year, "month": row.month}


@register.filter
def months(numbers: Sequence[int]) -> str:
    """Consecutive months: “2 月” or “2–5 月”."""
    first, last = numbers[0], numbers[-1]
    return _("%(month)s 月") % {"month": first if first == last else f"{first}–{last}"}


@register.filter
def picked(pk: int, stamp: str) -> str:
    """What the box of a row sends: which row, and as of which filing."""
    return f"{pk}|{stamp}"


@register.filter
def named(code: str, names: dict) -> str:
    return str(names.get(code, code))


@register.filter
def plain(number: Decimal | None) -> str:
    return "—" if number is None else trimmed(number)
