"""How the lights moved over a year."""

from collections import Counter

from django.db.models import Count, QuerySet

from projects.models import Light, Project


def light_months(*, year: int, month: int, projects: QuerySet[Project] | None = None) -> dict[int, Counter[str]]:
    """Month → colour → number of projects with that overall light, to ``month``; a month never judged is absent."""
    rows = Light.objects.overall().filter(year=year, month__lte=month).order_by()
    if projects is not None:
        rows = rows.filter(project__in=projects.order_by().values("pk"))
    found: dict[int, Counter[str]] = {}
    for of, colour, number in rows.values_list("month", "colour").annotate(number=Count("pk")).order_by("month"):
        found.setdefault(of, Counter())[colour] = number
    return found
