"""Small pictures of a group of projects, drawn on the server: presentation attributes only, as the CSP wants it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template

from erqi.dashboard.groups import Shining
from projects.reports import MonthLine
from projects.reports.ranking import Peer

register = template.Library()

WIDTH, HEIGHT = 240, 64


@register.inclusion_tag("dashboard/groups/_strip.html")
def strip(lights: Sequence[Shining]):
    """Lights by colour as one bar, and each colour with its word and number as a link."""
    total = sum(light.number for light in lights)
    left, parts = Decimal(0), []
    for light in lights:
        share = Decimal(light.number * 100) / total
        parts.append((light, f"{left:.2f}", f"{share:.2f}"))
        left += share
    return {"parts": parts, "total": total}


@register.inclusion_tag("dashboard/groups/_spark.html")
def spark(lines: Sequence[MonthLine]):
    """Plan and done to date over the year, without axes: the shape only, its last numbers in words."""
    amounts = [amount for line in lines for amount in (line.scheduled_to_date, line.to_date) if amount is not None]
    top = max([*amounts, Decimal(0)]) or Decimal(1)
    known = [line for line in lines if line.to_date is not None]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "scheduled": _path(((line.month, line.scheduled_to_date) for line in lines), top),
        "done": _path(((line.month, line.to_date) for line in lines), top),
        "last": known[-1] if known else None,
        "at": _point(known[-1].month, known[-1].to_date or Decimal(0), top) if known else None,
    }


def _path(months: Iterable[tuple[int, Decimal | None]], top: Decimal) -> str:
    points = [_point(month, amount, top) for month, amount in months if amount is not None]
    return " ".join(f"{x},{y}" for x, y in points)


def _point(month: int, amount: Decimal, top: Decimal) -> tuple[str, str]:
    """January stands at the left edge, December at the right; a hair's breadth inside, for the stroke."""
    x = 4 + Decimal(month - 1) * (WIDTH - 8) / 11
    y = HEIGHT - 4 - max(amount, Decimal(0)) / top * (HEIGHT - 8)
    return f"{x:.1f}", f"{y:.1f}"


@dataclass(frozen=True)
class Scale:
    """From the lowest to the highest points of a peer group, and always with 0 on it."""

    low: Decimal
    high: Decimal

    @classmethod
    def of(cls, peers: Iterable[Peer]) -> "Scale":
        ends = [Decimal(0), *(end for peer in peers for end in (peer.low, peer.high))]
        return cls(min(ends), max(ends))

    def at(self, points: Decimal) -> Decimal:
        """Per cent of the width, with room at both ends for the mark itself."""
        return 4 + (points - self.low) / ((self.high - self.low) or Decimal(1)) * 92


@register.simple_tag
def scale(peers: Iterable[Peer]) -> Scale:
    return Scale.of(peers)


@register.inclusion_tag("dashboard/groups/_interval.html")
def interval(peer: Peer, on: Scale) -> dict[str, Any]:
    """Points now as a mark, and what the missing months may still add as a line to its right."""
    now, most = on.at(peer.low), on.at(peer.high)
    return {
        "peer": peer,
        "zero": f"{on.at(Decimal(0)):.2f}",
        "now": f"{now:.2f}",
        "most": f"{most:.2f}",
        "width": f"{most - now:.2f}",
        "open": peer.high > peer.low,
    }
