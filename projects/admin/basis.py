"""Which year and month a list speaks of, from its address; the same rule as on the overview page."""

from dataclasses import dataclass

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from projects.models import AnnualPlan, ProgressReport
from projects.models.choices import FIRST_YEAR, LAST_YEAR
from projects.models.plan import MONTHS


@dataclass(frozen=True)
class Basis:
    year: int
    month: int

    @property
    def words(self) -> str:
        values = {"year": self.year, "month": self.month}
        if self.month == 1:
            return _("%(year)s 年 1 月，万元") % values
        return _("%(year)s 年 1–%(month)s 月，万元") % values


def basis_of(request) -> Basis:
    """As asked for in ``request``; nonsense falls back to the newest."""
    if not hasattr(request, "_basis"):
        year = whole(request.GET.get("year"), range(FIRST_YEAR, LAST_YEAR + 1)) or newest_year(years_with_plans())
        request._basis = Basis(year, whole(request.GET.get("month"), MONTHS) or latest_month(year))
    return request._basis


def whole(text: str | None, allowed: range) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and int(text[:5]) in allowed else None


def years_with_plans() -> list[int]:
    return list(AnnualPlan.objects.current().order_by("-year").values_list("year", flat=True).distinct())


def newest_year(years: list[int]) -> int:
    """The newest that has begun, so that next year's plans do not push this year's progress aside."""
    this_year = timezone.localdate().year
    return max((year for year in years if year <= this_year), default=min(years, default=this_year))


def latest_month(year: int) -> int:
    """The last with accepted reports; in a year without any, the last that has begun."""
    month = ProgressReport.objects.in_force().filter(year=year).aggregate(month=Max("month"))["month"]
    today = timezone.localdate()
    return month or (12 if year < today.year else today.month if year == today.year else 1)
