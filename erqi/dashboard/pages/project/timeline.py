"""Milestones on one axis of days, drawn by the server: first promised, in force, met, and how far they slipped."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from projects.models import Milestone, MilestoneMove, Project

from .trouble import left_words

YEAR = timedelta(days=366)
# Months between two marks of the axis, and how many marks stand beside one another on a telephone.
STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
MOST_TICKS = 8


@dataclass(frozen=True)
class Axis:
    """From the first of a month to the first of another."""

    first: date
    last: date

    def at(self, day: date) -> str:
        """Where ``day`` stands, 0–100, as an SVG length in percent."""
        return f"{100 * (day - self.first).days / (self.last - self.first).days:.2f}"

    @property
    def ticks(self) -> list[tuple[str, str]]:
        """(place, words): the year at each January, and at the beginning unless one follows at once; else the month."""
        start, end = _index(self.first), _index(self.last)
        step = next((step for step in STEPS if (end - start) / step <= MOST_TICKS), STEPS[-1])
        found = [_first_day(index) for index in range(start, end) if index % step == 0]
        dated = found[:1] if all(day.month > 1 for day in found[1:2]) else []
        return [(self.at(day), _tick(day, dated=day in dated)) for day in found]


@dataclass(frozen=True)
class Point:
    """One milestone, its dates as places on the axis; ``late`` is None where it is not late now."""

    milestone: Milestone
    moves: list[MilestoneMove]
    original: str
    due: str
    met: str
    # How far the day it was met, else the day in force, lies after the one first promised; and how that is said.
    slipped: int
    slip: str
    standing: str
    state: str

    @property
    def words(self) -> str:
        """All of the picture in a sentence; whose it is, its row says."""
        return _("原定 %(first)s，现定 %(due)s，%(slip)s，%(standing)s") % {
            "first": self.milestone.original_due,
            "due": self.milestone.due,
            "slip": self.slip,
            "standing": self.standing,
        }


@dataclass(frozen=True)
class Timeline:
    """``day`` is the one the lateness is judged at; ``now`` its place, empty where it is far from all of them."""

    axis: Axis
    points: list[Point]
    day: date
    now: str

    @property
    def moves(self) -> list[tuple[Milestone, MilestoneMove]]:
        return [(point.milestone, move) for point in self.points for move in point.moves]


def timeline_of(project: Project, day: date) -> Timeline | None:
    moves = Prefetch("moves", MilestoneMove.objects.select_related("by").order_by("at", "pk"))
    return timeline(list(project.milestones.filter(active=True).order_by("due", "pk").prefetch_related(moves)), day)


def timeline(rows: list[Milestone], day: date) -> Timeline | None:
    if not rows:
        return None
    days = [found for row in rows for found in (row.original_due, row.due, row.met_on) if found]
    near = min(days) - YEAR <= day <= max(days) + YEAR
    axis = _axis([*days, day] if near else days)
    return Timeline(axis, [_point(row, axis, day) for row in rows], day, axis.at(day) if near else "")


def _axis(days: Iterable[date]) -> Axis:
    days = list(days)
    return Axis(min(days).replace(day=1), _first_day(_index(max(days)) + 1))


def _point(row: Milestone, axis: Axis, day: date) -> Point:
    slipped = ((row.met_on or row.due) - row.original_due).days
    standing, state = _standing(row, day)
    return Point(
        milestone=row,
        moves=list(row.moves.all()),
        original=axis.at(row.original_due),
        due=axis.at(row.due),
        met=axis.at(row.met_on) if row.met_on else "",
        slipped=slipped,
        slip=slip_words(slipped),
        standing=standing,
        state=state,
    )


def slip_words(days: int) -> str:
    if not days:
        return _("未变")
    return (_("晚 %(days)s 天") if days > 0 else _("早 %(days)s 天")) % {"days": abs(days)}


def _standing(row: Milestone, day: date) -> tuple[str, str]:
    """(in words, met / late / open)"""
    if row.met_on:
        return _("%(day)s 完成") % {"day": row.met_on}, "met"
    return left_words(row.due, day), "late" if row.due < day else "open"


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def _tick(day: date, *, dated: bool) -> str:
    if day.month == 1:
        return str(day.year)
    return f"{day:%Y-%m}" if dated else _("%(month)s月") % {"month": day.month}
