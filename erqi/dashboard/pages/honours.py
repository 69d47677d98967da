"""What the district and its units were honoured for."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Max
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from awards.models import AssessmentScheme, Commendation, Honour, HonourUnit
from erqi.accounts.roles import Area
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects.models import Unit
from projects.models.choices import Level

from .honours_asked import UNSTATED, Asked, HonoursForm

LEVELS = [*Level.values, ""]


@dataclass(frozen=True)
class Award:
    """An honour, with those given together with it on the same card."""

    honour: Honour
    siblings: list[Honour]

    @property
    def leads(self) -> list[Unit]:
        """Nobody, when the unit honoured led the work itself: the card names it once."""
        units = self._units("lead")
        return [] if units == [self.honour.recipient] else units

    @property
    def supporters(self) -> list[Unit]:
        return self._units("supporting")

    @property
    def quotes(self) -> list[dict]:
        """The words of the source behind everything on the card, each once."""
        honours = [self.honour, *self.siblings]
        rows = [row for h in honours for row in (h, *h.claims.all(), *h.contributions.all())]
        quotes = [quote for row in rows for quote in row.quotes]
        return list({(quote["words"], quote.get("note", "")): quote for quote in quotes}.values())

    def _units(self, part: str) -> list[Unit]:
        return [found.unit for found in self.honour.contributions.all() if found.part == part]


def honour_wall(honours: list[Honour]) -> list[Award]:
    """The highest level first and the unstated level last; those of one event share the card of the one they name."""
    shown = {honour.pk for honour in honours}
    cards: dict[int | None, Award] = {h.pk: Award(h, []) for h in honours if h.same_event_id not in shown}
    alone = []
    for honour in honours:
        if honour.pk in cards:
            continue
        card = cards.get(honour.same_event_id)
        # Chains and circles are refused by Honour.clean; if one got in, none of it disappears.
        card.siblings.append(honour) if card else alone.append(Award(honour, []))
    return sorted([*cards.values(), *alone], key=lambda card: LEVELS.index(card.honour.level))


def level_counts(honours: Iterable[Honour]) -> list[dict]:
    """Levels that were only inferred are counted apart from those that the source gives."""
    counts = Counter((honour.level, honour.level_inferred) for honour in honours)
    return [
        {
            "level": level or UNSTATED,
            "name": Level(level).label if level else _("级别未注明"),
            "count": counts[level, inferred],
            "inferred": inferred,
        }
        for level in LEVELS
        for inferred in (False, True)
        if counts[level, inferred]
    ]


@dataclass
class Year:
    """One year of the timeline; without a number the honours whose year nobody knows."""

    number: int | None
    honours: list[Honour] = field(default_factory=list)
    commendations: list[Commendation] = field(default_factory=list)

    @cached_property
    def awards(self) -> list[Award]:
        return honour_wall(self.honours)

    @property
    def foremost(self) -> list[Award]:
        """The national ones, which are set larger."""
        return [award for award in self.awards if award.honour.level == Level.NATIONAL]

    @property
    def others(self) -> list[Award]:
        return [award for award in self.awards if award.honour.level != Level.NATIONAL]

    @property
    def levels(self) -> list[dict]:
        return level_counts(self.honours)


@page("dashboard/honours.html", area=Area.AWARD, about=())
def view(request, basis: Basis):
    years_of_sources = latest_years()
    form = HonoursForm(request.GET, known_years())
    if not form.is_valid():
        return render(request, "dashboard/wrong_address.html", {"form": form}, status=400)
    return honours_values(Rows(basis), form.asked, years_of_sources) | {"asked_form": form}


def honours_values(rows: Rows, asked: Asked, years_of_sources: dict[int, int]) -> dict[str, Any]:
    years = timeline(asked, years_of_sources)
    honours = [honour for year in years for honour in year.honours]
    return {
        "asked": asked,
        "years": years,
        "count": len(honours),
        "levels": [(row, asked.address(level=row["level"])) for row in level_counts(honours)],
        "commended": sum(len(year.commendations) for year in years),
        "parts": parts_of(honours, asked.units),
        "schemes": [] if asked else list(schemes()),
        "honours_rows": rows.of(Honour),
        "commendations_rows": rows.of(Commendation),
        "add_honour": reverse("admin:awards_honour_add") if rows.may("add", Honour) else "",
    }


def latest_years() -> dict[int, int]:
    """Source → the newest year in which something it tells of was awarded."""
    dated = Honour.objects.exclude(awarded_on=None).exclude(source=None).order_by()
    return {source: day.year for source, day in dated.values_list("source").annotate(Max("awarded_on"))}


def known_years() -> list[int]:
    """Years of awards and of commendations, newest first."""
    awarded = Honour.objects.exclude(awarded_on=None).order_by().dates("awarded_on", "year")
    commended = Commendation.objects.order_by().values_list("year", flat=True).distinct()
    return sorted({*(day.year for day in awarded), *commended}, reverse=True)


def timeline(asked: Asked, years_of_sources: dict[int, int]) -> list[Year]:
    """Newest year first. Honours without a date stand where the newest dated one of their source does, and those
    whose source dates nothing at the end."""
    years: dict[int | None, Year] = {}
    for honour in asked.honours():
        number = honour.awarded_on.year if honour.awarded_on else years_of_sources.get(honour.source_id or 0)
        if asked.awarded in {None, number}:
            years.setdefault(number, Year(number)).honours.append(honour)
    for commendation in asked.commendations():
        years.setdefault(commendation.year, Year(commendation.year)).commendations.append(commendation)
    return sorted(years.values(), key=lambda year: -(year.number or 0))


def parts_of(honours: list[Honour], units: set[int]) -> list[tuple[str, int]]:
    """(part, number of honours) of a unit and those below it: received, led, supported. One honour may count twice."""
    if not units:
        return []
    received = sum(honour.recipient_id in units for honour in honours)
    parts = Counter(part for h in honours for part in {c.part for c in h.contributions.all() if c.unit_id in units})
    return [(_("获奖"), received), *((str(part.label), parts[part.value]) for part in HonourUnit.Part)]


def schemes() -> Iterable[AssessmentScheme]:
    return AssessmentScheme.objects.select_related("owner", "source").prefetch_related(
        "lead_units", "dimensions__lead_unit"
    )
