"""Which years have something to show, and where a page opens when none was asked for."""

from collections.abc import Iterable

from django.db.models import Max
from django.utils import timezone

from projects.models import AnnualPlan, ProgressReport, PublishedFigure


def years_with_figures() -> list[int]:
    """Years with plans, progress or published figures, newest first; this year when there are none at all."""
    rows = [
        model.objects.exclude(year=None).order_by().values_list("year")
        for model in (AnnualPlan, ProgressReport, PublishedFigure)
    ]
    found = {year for (year,) in rows[0].union(*rows[1:]) if year is not None}
    return sorted(found, reverse=True) or [timezone.localdate().year]


def newest_year(years: Iterable[int]) -> int:
    """The newest that has begun, so that next year's plans do not push this year's progress aside."""
    this_year = timezone.localdate().year
    years = list(years)
    return max((year for year in years if year <= this_year), default=min(years, default=this_year))


def latest_month(year: int) -> int:
    """The last with accepted reports; in a year without any, the last that has begun."""
    month = ProgressReport.objects.in_force().filter(year=year).aggregate(month=Max("month"))["month"]
    today = timezone.localdate()
    return month or (12 if year < today.year else today.month if year == today.year else 1)
