"""Which years have something to show, and where a page opens when none was asked for."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from projects.models import AreaTotal, ProgressReport, Project, PublishedFigure, Target
from projects.models.plan import MONTHS

from .cells import cells_of, reported_months
from .scope import plans_of, reports_of


def years_with_figures() -> list[int]:
    """Years with plans, progress, targets or published figures, newest first; this year when there are none at all."""
    # Plans and accepted months are many: they count in their year's December total.
    counted = AreaTotal.objects.filter(Q(planned_projects__gt=0) | Q(newest__isnull=False), month=12)
    named = [model.objects.exclude(year=None) for model in (PublishedFigure, Target)]
    rows = [rows.order_by().values_list("year") for rows in (counted, ProgressReport.objects.open(), *named)]
    found = {year for (year,) in rows[0].union(*rows[1:]) if year is not None}
    return sorted(found, reverse=True) or [timezone.localdate().year]


def newest_year(years: Iterable[int]) -> int:
    """The newest that has begun, so that next year's plans do not push this year's progress aside."""
    this_year = timezone.localdate().year
    years = list(years)
    return max((year for year in years if year <= this_year), default=min(years, default=this_year))


def latest_month(year: int, *, projects: QuerySet[Project] | None = None, as_of: datetime | None = None) -> int:
    """The newest month for which at least half of the reports due are in: one early report does not move the page.

    Due and in as in ``Figures``, within ``projects``. When no month reaches half, the newest with any report;
    in a year without any, the last that has begun.
    """
    found = list(_months(year, projects, as_of))
    if found:
        return max((month for month, due, in_ in found if in_ * 2 >= due), default=max(month for month, *_ in found))
    today = timezone.localdate()
    return 12 if year < today.year else today.month if year == today.year else 1


def _months(year: int, projects: QuerySet[Project] | None, as_of: datetime | None) -> Iterator[tuple[int, int, int]]:
    """(month, due, in) of the months with any accepted report."""
    cells = cells_of(projects, as_of)
    if cells is not None:
        yield from reported_months(cells, year)
        return
    owed = Project.owes("project", plans=plans_of(None, year, as_of))
    reports = reports_of(projects, year, max(MONTHS), as_of).values_list("month")
    found = list(reports.annotate(in_=Count("pk", filter=owed)))
    due = plans_of(projects, year, as_of).filter(Project.owes("project")).count() if found else 0
    yield from ((month, due, in_) for month, in_ in found)
