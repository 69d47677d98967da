"""What changed in a month against the month before."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.utils import timezone

from erqi.core import money
from projects.models import AnnualPlan, Light, Milestone, MilestoneMove, Problem, ProgressReport, Project

from .cells import accepted_in, cells_of
from .figures import ZERO
from .scope import within

NAMED = 5
Colour = Light.Colour
LIT = (Colour.YELLOW, Colour.RED)


@dataclass(frozen=True)
class Window:
    """A calendar month as days and as moments; ``after`` is the first moment that no longer belongs to it."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def after(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.last + timedelta(days=1), time.min))

    def days(self, field: str) -> Q:
        return Q(**{f"{field}__range": (self.first, self.last)})

    def moments(self, field: str) -> Q:
        return Q(**{f"{field}__gte": self.start, f"{field}__lt": self.after})


@dataclass(frozen=True)
class Turned:
    """Overall lights of the month beside those of the month before.

    ``red``     red now, and not red before, or without a light;  ``grey`` the same of grey
    ``worse``   now yellow or red, and less bad before;  ``better``  yellow or red before, and now green or less bad
    ``worst``   a few of the worse, each with its colour before: red before yellow, the deeper fall first
    """

    red: int
    grey: int
    worse: int
    better: int
    worst: list[tuple[Light.Colour, Light]]


@dataclass(frozen=True)
class Changes:
    """``accepted``/``invested``  projects whose figure for the month is accepted, and their sum (万元)
    ``caught_up``/``caught_up_invested``  earlier months of the year first accepted within the month, and their sum
    ``corrected``          accepted months of the year that were replaced by a correction within the month
    ``plans``              later versions of the year's plans set within the month; ``lowered``/``raised`` are the sums
                           of their differences, both as positive amounts (万元)
    ``met``                milestones met on a day of the month
    ``slipped``            milestones put off in the month;  ``missed``  due in the month and still not met
    ``opened``/``closed``  problems raised, and problems closed, in the month
    ``started``/``finished``  projects with this month's actual start, and finish
    """

    window: Window
    lights: Turned
    accepted: int
    invested: Decimal
    caught_up: int
    caught_up_invested: Decimal
    corrected: int
    plans: int
    lowered: Decimal
    raised: Decimal
    met: int
    slipped: int
    missed: int
    opened: int
    closed: int
    started: int
    finished: int


def changes(*, year: int, month: int, projects: QuerySet[Project]) -> Changes:
    """Of ``projects``, within the calendar month: at most twelve statements, whatever their number.

    All as it is known now: what was entered later for a day of the month counts.
    """
    window = window_of(year, month)
    return Changes(
        window=window,
        lights=_turned(projects, year, month),
        **_accepted(projects, year, month),
        **_late(projects, year, month, window),
        **_plans(projects, year, window),
        **_milestones(projects, window),
        **_problems(projects, window),
        **_happened(projects, started=window.days("actual_start"), finished=window.days("actual_finish")),
    )


def _happened(projects: QuerySet[Project], **when: Q) -> dict[str, Any]:
    """How many of each; only those are looked at that an index finds."""
    found = projects.order_by().filter(reduce(or_, when.values()))
    return found.aggregate(**{name: Count("pk", filter=condition) for name, condition in when.items()})


def window_of(year: int, month: int) -> Window:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Window(date(year, month, 1), following - timedelta(days=1))


def _turned(projects: QuerySet[Project], year: int, month: int) -> Turned:
    # Most lights go on as they were; an index knows the others.
    rows = within(Light.objects.overall().filter(year=year, month=month, months_running=1), projects)
    counted = rows.values_list("before", "colour").annotate(n=Count("colour"))
    pairs = Counter({(before, now): n for before, now, n in counted})
    return Turned(
        red=_newly(Colour.RED, pairs),
        grey=_newly(Colour.GREY, pairs),
        worse=sum(n for pair, n in pairs.items() if _worse(*pair)),
        better=sum(n for pair, n in pairs.items() if _better(*pair)),
        worst=_worst(rows, pairs),
    )


def _newly(colour: str, pairs: Counter[tuple[str, str]]) -> int:
    return sum(n for (before, now), n in pairs.items() if now == colour != before)


def _worse(before: str, now: str) -> bool:
    return before != "" and now in LIT and _place(now) > _place(before)


def _better(before: str, now: str) -> bool:
    return before in LIT and now != Colour.GREY and _place(now) < _place(before)


def _place(colour: str) -> int:
    return Light.ORDER.index(Colour(colour))


def _depth(pair: tuple[str, str]) -> tuple[int, int]:
    """Red before yellow, the deeper fall first."""
    before, now = pair
    return -_place(now), _place(before)


def _worst(rows: QuerySet[Light], pairs: Counter[tuple[str, str]]) -> list[tuple[Light.Colour, Light]]:
    """Some of the worst pairs are enough; their lights are put in order by keys alone, and then read."""
    wanted: list[tuple[str, str]] = []
    for pair in sorted((pair for pair in pairs if _worse(*pair)), key=_depth):
        if sum(pairs[known] for known in wanted) < NAMED:
            wanted.append(pair)
    if not wanted:
        return []
    places = [When(before=before, colour=now, then=Value(place)) for place, (before, now) in enumerate(wanted)]
    # One pair, which many projects make enough, is in the index in this order.
    order = [Case(*places, output_field=IntegerField())] if len(wanted) > 1 else []
    chosen = rows.filter(reduce(or_, (Q(before=before, colour=now) for before, now in wanted)))
    keys = list(chosen.order_by(*order, "project_id").values_list("pk", flat=True)[:NAMED])
    found = Light.objects.select_related("project__lead_unit").in_bulk(keys)
    return [(Colour(found[pk].before), found[pk]) for pk in keys]


def _accepted(projects: QuerySet[Project], year: int, month: int) -> dict[str, Any]:
    cells = cells_of(projects, None)
    if cells is not None:
        accepted, invested = accepted_in(cells, year=year, month=month)
    else:
        rows = within(ProgressReport.objects.in_force().filter(year=year, month=month), projects)
        accepted, invested = rows.aggregate(accepted=Count("pk"), invested=Sum("invested")).values()
    return {"accepted": accepted, "invested": money.yuan(invested)}


def _late(projects: QuerySet[Project], year: int, month: int, window: Window) -> dict[str, Any]:
    accepted = within(ProgressReport.objects.accepted().filter(window.moments("accepted_at"), year=year), projects)
    # The months one by one, each a stretch of an index; and of columns that it has.
    late = accepted.filter(revision=1, month__in=range(1, month)).aggregate(number=Count("month"), sum=Sum("invested"))
    corrected = accepted.filter(revision__gt=1, month__lte=month).aggregate(number=Count("month"))
    return {
        "caught_up": late["number"],
        "caught_up_invested": money.yuan(late["sum"]),
        "corrected": corrected["number"],
    }


def _plans(projects: QuerySet[Project], year: int, window: Window) -> dict[str, Any]:
    rows = within(AnnualPlan.objects.filter(window.moments("recorded_at"), year=year, version__gt=1), projects)
    earlier = AnnualPlan.objects.filter(
        project=OuterRef("project"), year=year, version=OuterRef("version") - 1
    ).order_by()
    pairs = rows.annotate(before=Subquery(earlier.values("planned_investment")))
    differences = [after - before for before, after in pairs.values_list("before", "planned_investment")]
    return {
        "plans": len(differences),
        "lowered": -sum((found for found in differences if found < 0), ZERO),
        "raised": sum((found for found in differences if found > 0), ZERO),
    }


def _milestones(projects: QuerySet[Project], window: Window) -> dict[str, Any]:
    rows = within(Milestone.objects.filter(active=True), projects)
    unmet = window.days("due") & Q(met_on=None)
    moves = MilestoneMove.objects.filter(window.moments("at"), milestone__in=rows, to_due__gt=F("from_due"))
    return {
        "slipped": moves.order_by().aggregate(n=Count("milestone", distinct=True))["n"],
        **rows.aggregate(met=Count("pk", filter=window.days("met_on")), missed=Count("pk", filter=unmet)),
    }


def _problems(projects: QuerySet[Project], window: Window) -> dict[str, Any]:
    rows = within(Problem.objects.all(), projects)
    return rows.aggregate(
        opened=Count("pk", filter=window.moments("raised_at")),
        closed=Count("pk", filter=window.moments("closed_at")),
    )
