"""Keeping ``Light.before`` equal to the colour of the month before, which ``services.lights`` writes."""

from collections.abc import Iterator, Sequence

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from projects.models import Light

KEY = ("project", "dimension", "year", "month")


def wrong(projects: Sequence[int]) -> Iterator[tuple[tuple, str, str]]:
    """Key, the colour that it should be, and the one that it is."""
    for *key, was, before in _differing(projects).values_list(*KEY, "was", "before"):
        yield tuple(key), was, before


def settle(projects: Sequence[int]) -> int:
    """Write them as they are to be; how many were not. The caller holds the projects."""
    return _differing(projects).update(before=F("was"))


def _differing(projects: Sequence[int]) -> QuerySet[Light]:
    same = Light.objects.filter(project=OuterRef("project"), dimension=OuterRef("dimension")).order_by()
    this_year = same.filter(year=OuterRef("year"), month=OuterRef("month") - 1)
    last_year = same.filter(year=OuterRef("year") - 1, month=12)
    of_last_year, of_this_year = (Subquery(lights.values("colour")) for lights in (last_year, this_year))
    was = Coalesce(Case(When(month=1, then=of_last_year), default=of_this_year), Value(""))
    return Light.objects.filter(project__in=projects).order_by().annotate(was=was).exclude(before=F("was"))
