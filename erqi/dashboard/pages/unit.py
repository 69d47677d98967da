"""Units inside their peer groups, and one unit: what it leads, hosts and helps with, and what it was honoured for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404

from erqi.accounts.roles import Area
from erqi.dashboard.basis import Basis
from erqi.dashboard.groups import Shining, group_values, shining
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects import reports
from projects.models import Light, Project, Unit
from projects.reports.filed import filed_by
from projects.reports.lights import light_counts
from projects.reports.ranking import NOISE_POINTS, Band, Peer, PeerGroup
from projects.reports.ranking import ranking as peer_groups

from .unit_matters import awards_of, matters_of

LISTED = 20
NEIGHBOURS = 5


@dataclass(frozen=True)
class PeerLine:
    """``reach``: the best band that it may still come to, where that is better than its own."""

    peer: Peer
    lights: list[Shining]
    filing: reports.Timeliness
    rows: str
    reach: int | None = None


@dataclass(frozen=True)
class RankedGroup:
    group: PeerGroup
    bands: list[tuple[Band, list[PeerLine]]]


@page("dashboard/units.html", area=Area.PROJECT)
def ranking(_request, basis: Basis) -> dict[str, Any]:
    rows, groups = Rows(basis), peer_groups(**basis.arguments)
    lines = PeerLines(basis, rows)
    return {
        "noise": NOISE_POINTS,
        "groups": [
            RankedGroup(group, [(band, lines.of(group, band.peers)) for band in group.bands])
            for group in groups
            if group.bands
        ],
        "alone": [(group, line) for group in groups if group.alone for line in lines.of(None, [group.alone])],
        "unplanned": [(group, line) for group in groups for line in lines.of(None, group.unplanned)],
        "unled": basis.projects.filter(lead_unit=None).count(),
        "unled_rows": rows.projects(gap="unit"),
        **idle_units(groups),
    }


def idle_units(groups: Iterable[PeerGroup]) -> dict[str, Any]:
    """By kind, so that a unit which leads nothing here can still be opened: it may help, host, or be honoured."""
    leading = {peer.unit.pk for group in groups for peer in (*group.peers, *group.unplanned)}
    units = Unit.objects.without_tree_fields().filter(active=True).exclude(pk__in=leading)
    by_kind: dict[str, list[Unit]] = {kind: [] for kind in Unit.Kind.values}
    for unit in units:
        by_kind[unit.kind].append(unit)
    found = [(Unit.Kind(kind).label, rows) for kind, rows in by_kind.items() if rows]
    return {"idle": found, "idle_number": len(units)}


class PeerLines:
    """What stands beside a unit's points: its lights and how it filed the month, read once for all of them."""

    def __init__(self, basis: Basis, rows: Rows):
        self.rows = rows
        lights = light_counts(**basis.period, by="unit", projects=basis.projects)
        self.lights = {group.of: group.colours for group in lights.groups}
        rows_owed = reports.filings(projects=basis.projects, year=basis.year, months=[basis.month])
        self.filings = filed_by(rows_owed, lambda row: row.unit)

    def of(self, group: PeerGroup | None, peers: Iterable[Peer]) -> list[PeerLine]:
        return [self._line(group, peer) for peer in peers]

    def _line(self, group: PeerGroup | None, peer: Peer) -> PeerLine:
        unit = peer.unit
        colours = self.lights.get(unit, Counter())
        return PeerLine(
            peer,
            shining(colours, self.rows, lead_unit=unit.code),
            self.filings.get(unit.pk, reports.Timeliness()),
            self.rows.projects(lead_unit=unit.code),
            group.within_reach(peer) if group else None,
        )


# One unit ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a unit stands among its peers, by what it leads itself; ``band`` is None where it cannot be placed.

    ``near``: those around it in the order of the page, with their bands.
    """

    group: PeerGroup
    peer: Peer
    band: Band | None
    reach: int | None
    near: list[tuple[Band, Peer]]


@dataclass(frozen=True)
class UnitBelow:
    """A unit with everything below it."""

    unit: Unit
    figures: reports.Figures
    rows: str


@dataclass(frozen=True)
class Led:
    project: Project
    figures: reports.Figures
    light: Light | None


@page("dashboard/unit.html", area=Area.PROJECT, about=("baseline", "category", "as_of"))
def view(_request, basis: Basis, code: str) -> dict[str, Any]:
    unit = get_object_or_404(Unit.objects.without_tree_fields(), code=code)
    own = replace(basis, unit=unit)
    rows, values = Rows(own), group_values(own)
    by_unit = {group.of: group.figures for group in values["found"].by_unit}
    return {
        "unit": unit,
        **values,
        "leads": values["total"].projects,
        "leads_itself": by_unit.get(unit),
        "place": place_of(unit, basis),
        **around(unit, by_unit, rows, unled_by_area(own) if None in by_unit else {}),
        "led": led_by(own),
        "led_rows": rows.projects(),
        "parts": other_parts(unit, basis),
        **filed_months(own),
        **matters_of(own),
        **awards_of(unit, basis),
    }


def place_of(unit: Unit, basis: Basis) -> Place | None:
    for group in peer_groups(**basis.arguments):
        for peer in (*group.peers, *group.unplanned):
            if peer.unit == unit:
                return Place(group, peer, group.band_of(unit), group.within_reach(peer), near(group, peer))
    return None


def near(group: PeerGroup, peer: Peer) -> list[tuple[Band, Peer]]:
    placed = [(band, found) for band in group.bands for found in band.peers]
    here = next((place for place, (_band, found) in enumerate(placed) if found is peer), 0)
    start = max(0, min(here - NEIGHBOURS, len(placed) - 2 * NEIGHBOURS - 1))
    return placed[start : start + 2 * NEIGHBOURS + 1]


def unled_by_area(basis: Basis) -> dict[int, reports.Figures]:
    """Area (unit id) → its projects that nobody leads yet."""
    return reports.figures_by("area", **{**basis.arguments, "projects": basis.projects.filter(lead_unit=None)})


def around(
    unit: Unit, by_unit: dict[Any, reports.Figures], rows: Rows, unled: dict[int, reports.Figures]
) -> dict[str, Any]:
    """Units above, from the top; those right below that lead something themselves or further down, or are an area with
    projects that nobody leads yet; the others; and what nobody leads in the unit itself.
    """
    children = list(Unit.objects.without_tree_fields().filter(parent=unit))
    subtrees = Unit.objects.subtrees([child.pk for child in children])
    led = {of.pk: figures for of, figures in by_unit.items() if of}
    below = []
    for child in children:
        parts = (own[pk] for own in (led, unled) for pk in own.keys() & subtrees[child.pk])
        below.append(UnitBelow(child, sum(parts, reports.Figures()), rows.projects(unit=child.code)))
    return {
        "above": above(unit),
        "unled": unled.get(unit.pk),
        "below": [line for line in below if line.figures.projects],
        "idle": [line.unit for line in below if line.unit.active and not line.figures.projects],
    }


def above(unit: Unit) -> list[Unit]:
    parents, chain = Unit.objects.parents(), []
    here = parents.get(unit.pk)
    while here is not None and here not in chain:
        chain.append(here)
        here = parents.get(here)
    named = Unit.objects.without_tree_fields().in_bulk(chain)
    return [named[pk] for pk in reversed(chain)]


def led_by(basis: Basis) -> list[Led]:
    """The projects furthest behind schedule first, in points of their own plans and then in money; those without a
    plan last.
    """
    figures = reports.figures_by("pk", **basis.arguments)

    def distance(pk: int) -> tuple[bool, Decimal, Decimal, int]:
        own = figures[pk]
        return own.ahead is None, own.ahead or Decimal(0), own.done - own.scheduled, pk

    worst = sorted(figures, key=distance)[:LISTED]
    projects = Project.objects.in_bulk(worst)
    lights = Light.objects.overall().filter(**basis.period, project__in=worst)
    colours = {light.project_id: light for light in lights}
    return [Led(projects[pk], figures[pk], colours.get(pk)) for pk in worst]


def filed_months(basis: Basis) -> dict[str, Any]:
    months = range(1, basis.month + 1)
    owed = reports.filings(projects=basis.projects, year=basis.year, months=months)
    found = filed_by(owed, lambda row: row.month)
    total = filed_by(owed, lambda _row: None).get(None, reports.Timeliness())
    return {"filed": total, "filed_months": [(month, found.get(month, reports.Timeliness())) for month in months]}


def other_parts(unit: Unit, basis: Basis) -> list[tuple[str, int, str]]:
    """(part, projects, their rows) of the unit itself in projects, whoever leads them."""
    visible, rows = basis.projects, Rows(basis)
    found = {
        "host": (visible.filter(host_unit=unit), rows.projects(host_unit=unit.code)),
        "supporting": (visible.filter(supporting_units=unit), rows.projects(supporting_unit=unit.code)),
        "owner": (visible.filter(owner=unit), rows.projects(owner=unit.code)),
    }
    counted = [(part, projects.count(), href) for part, (projects, href) in found.items()]
    return [row for row in counted if row[1]]
