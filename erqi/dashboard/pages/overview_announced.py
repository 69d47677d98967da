"""What was announced, promised and honoured, in short: the pages of targets and of honours tell the rest."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Case, F, IntegerField, Q, Value, When

from awards.models import Commendation, Honour
from erqi.core.models import SourceNote
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from projects import reports
from projects.models import PublishedFigure, Target
from projects.models.choices import Commitment, Level

Measure = PublishedFigure.Measure
TARGETS_SHOWN = 8
HONOURS_SHOWN = 6
INFERRED = Honour.LevelBasis.INFERRED
# The highest level first; what the source does not say of itself, last.
LEVEL = Case(
    *(When(~Q(level_basis=INFERRED), level=level, then=Value(place)) for place, level in enumerate(Level.values)),
    default=Value(len(Level.values)),
    output_field=IntegerField(),
)


def announced_of(basis: Basis, compared: list[reports.Comparison], rows: Rows) -> dict[str, Any]:
    return {
        "headline": [found for found in compared if not found.published.category_id],
        "comparisons": comparison_lines(compared, rows),
        "notes": unclear(compared),
        **promises_of(basis.year),
        **honours_of(basis.year),
    }


def comparison_lines(compared: list[reports.Comparison], rows: Rows) -> list[tuple[reports.Comparison, str, bool]]:
    """(comparison, its rows, whether nothing at all is registered) for the district's own figures."""
    return [
        (found, rows.projects(), nothing_registered(found)) for found in compared if not found.published.category_id
    ]


def nothing_registered(found: reports.Comparison) -> bool:
    """No project is there, or none with a value; a plan of 0 is a value."""
    counted = found.published.measure == Measure.PROJECT_COUNT
    return found.registered is None or (counted and not found.registered)


def unclear(compared: list[reports.Comparison]) -> list[SourceNote]:
    """What the sources of these figures leave unclear; another year's sources say nothing of this one."""
    sources = {found.published.source_id for found in compared} - {None}
    return list(SourceNote.objects.filter(on_overview=True, source__in=sources))


def promises_of(year: int) -> dict[str, Any]:
    """The firmest words first, and within one those with the nearest deadline."""
    firm: dict[str, int] = {word: place for place, word in enumerate((Commitment.ENSURE, Commitment.STRIVE))}
    found = list(Target.objects.filter(year=year).select_related("category"))
    words = Counter(target.commitment for target in found if target.commitment)
    found.sort(key=lambda target: (firm.get(target.commitment, 9), target.deadline or date.max, target.code))
    return {
        "targets": found[:TARGETS_SHOWN],
        "target_count": len(found),
        "target_words": [(word.value, word.label, words[word]) for word in Commitment if words[word]],
    }


def honours_of(year: int) -> dict[str, Any]:
    """This year's and last year's: the meeting that opens a year publishes what the year before brought."""
    years = (year - 1, year)
    found = Honour.objects.of_years(*years)
    foremost = found.annotate(place=LEVEL).select_related("recipient").prefetch_related("claims")
    commendations = Commendation.objects.filter(year__in=years).order_by("-year", "code")
    return {
        "honours": list(
            foremost.order_by("place", F("awarded_on").desc(nulls_last=True), "order", "code")[:HONOURS_SHOWN]
        ),
        "honour_count": found.count(),
        "commendations": list(commendations),
    }
