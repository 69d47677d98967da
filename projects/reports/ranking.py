"""Lead units beside their peers, by distance from schedule; in bands, for small differences say nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from erqi.core import money
from projects.models import Project, ScheduledMonth, Unit
from projects.models.choices import Baseline

from .figures import ZERO, Figures, rate
from .overview import figures_by
from .scope import plans_of, reports_of

# Percentage points. Rates are printed with one decimal, and what one project books a day sooner or later moves a unit
# by about as much. It is ours, not a threshold of the district's: it says what is not said, never who is late.
NOISE_POINTS = Decimal(1)


@dataclass(frozen=True)
class Peer:
    """One lead unit: ``figures`` of what it leads itself, and how far they may still move.

    ``missing``  scheduled amount (万元) of the months that its projects owe and that are not accepted yet
    """

    unit: Unit
    figures: Figures
    missing: Decimal = ZERO

    @property
    def points(self) -> Decimal | None:
        """超/欠时序 in percentage points: (done − scheduled) ÷ plan × 100."""
        return self.figures.ahead

    @property
    def ratio(self) -> Decimal | None:
        """done ÷ scheduled as a fraction; None while nothing is scheduled."""
        return rate(self.figures.done, self.figures.scheduled)

    @cached_property
    def low(self) -> Decimal:
        """``points`` as printed, to one decimal, so that whoever reads the page can check the bands."""
        return _printed(self.points or ZERO)

    @cached_property
    def high(self) -> Decimal:
        """``points`` if just the scheduled amounts of the missing months were done, as printed."""
        return _printed((self.points or ZERO) + self.missing / self.figures.plan * 100)

    def told_from(self, better: "Peer") -> bool:
        """Whether the difference to a unit with no fewer points says something: the intervals do not meet, and the
        points are at least ``NOISE_POINTS`` apart.
        """
        return self.high < better.low and better.low - self.low >= NOISE_POINTS


@dataclass(frozen=True)
class Band:
    """Units that are not told apart from the first of them; 1 is the best."""

    number: int
    peers: list[Peer] = field(default_factory=list)


@dataclass(frozen=True)
class PeerGroup:
    """Units that are compared with one another only.

    ``name``    the peer group that the units are given, "" where they are grouped by ``kind``
    ``bands``   those with a plan, if they are two or more
    ``alone``   the one with a plan that has nobody to be compared with
    ``unplanned``  those without a plan, or with a plan of 0: they have no points, and stand at no end of the others
    """

    name: str
    kind: str
    bands: list[Band]
    alone: Peer | None
    unplanned: list[Peer]

    @property
    def kind_label(self) -> Any:
        """In the reader's language; "" where the group has a name of its own."""
        return Unit.Kind(self.kind).label if self.kind else ""

    @property
    def peers(self) -> list[Peer]:
        return [*(peer for band in self.bands for peer in band.peers), *([self.alone] if self.alone else [])]

    def band_of(self, unit: Unit) -> Band | None:
        return next((band for band in self.bands if any(peer.unit == unit for peer in band.peers)), None)

    def within_reach(self, peer: Peer) -> int | None:
        """The best band from whose first unit ``peer`` is not told apart, where that is better than its own."""
        own = self.band_of(peer.unit)
        better = self.bands[: own.number - 1] if own else []
        return next((band.number for band in better if not peer.told_from(band.peers[0])), None)


def ranking(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project] | None = None,
    as_of: datetime | None = None,
    baseline: str = Baseline.CURRENT,
) -> list[PeerGroup]:
    """Lead units of ``projects`` in their peer groups, in six statements; each answers for what it leads itself.

    Ordered by points as printed, then by what is still missing, then as units are. From the best down, a unit is in
    the band that was opened last unless it is told from that band's first unit; then it opens the next. So the first
    of a band is ahead of the first of the next beyond doubt, and within a band the order means nothing.
    Projects that no unit leads yet are in no group.
    """
    scope = Project.objects.all() if projects is None else projects
    figures = figures_by("lead_unit", year=year, month=month, projects=scope, as_of=as_of, baseline=baseline)
    missing = _missing(scope, year, month, as_of, baseline)
    units = Unit.objects.without_tree_fields().filter(pk__in=figures.keys() - {None})
    groups: dict[tuple[str, str], list[Peer]] = {}
    for unit in units:
        # A group of its own making may hold several kinds.
        key = (unit.peer_group, "" if unit.peer_group else unit.kind)
        groups.setdefault(key, []).append(Peer(unit, figures[unit.pk], missing.get(unit.pk, ZERO)))
    return [_group(name, kind, peers) for (name, kind), peers in groups.items()]


def _missing(
    scope: QuerySet[Project], year: int, month: int, as_of: datetime | None, baseline: str
) -> dict[int | None, Decimal]:
    """Lead unit → what its plans expect of the months owed, up to ``month``, that are not accepted (万元).

    Schedules are kept to date: a month's own share is its row less the row before. So each row counts for its own
    month if that is missing, and against the next if that is.
    """
    owing = plans_of(scope, year, as_of, baseline).filter(Project.owes("project"))
    accepted = reports_of(None, year, month, as_of).filter(project=OuterRef("plan__project"))
    rows = ScheduledMonth.objects.filter(plan__in=owing, month__lte=month).order_by()
    sums = (
        rows.annotate(
            is_missing=~Exists(accepted.filter(month=OuterRef("month"))),
            next_is_missing=~Exists(accepted.filter(month=OuterRef("month") + 1)),
        )
        .values("plan__project__lead_unit")
        .annotate(
            own=Sum("to_date", filter=Q(is_missing=True)),
            before=Sum("to_date", filter=Q(next_is_missing=True, month__lt=month)),
        )
    )
    columns = ("plan__project__lead_unit", "own", "before")
    return {unit: money.yuan(own) - money.yuan(before) for unit, own, before in sums.values_list(*columns)}


def _group(name: str, kind: str, peers: list[Peer]) -> PeerGroup:
    planned = [peer for peer in peers if peer.points is not None]
    return PeerGroup(
        name=name,
        kind=kind,
        bands=_banded(planned) if len(planned) > 1 else [],
        alone=planned[0] if len(planned) == 1 else None,
        unplanned=[peer for peer in peers if peer.points is None],
    )


def _banded(peers: Iterable[Peer]) -> list[Band]:
    bands: list[Band] = []
    for peer in sorted(peers, key=lambda peer: (-peer.low, -peer.high, peer.unit.order, peer.unit.code)):
        if not bands or peer.told_from(bands[-1].peers[0]):
            bands.append(Band(len(bands) + 1))
        bands[-1].peers.append(peer)
    return bands


def _printed(points: Decimal) -> Decimal:
    return points.quantize(Decimal("0.1"), ROUND_HALF_UP)
