"""Which year and month a list speaks of, from its address; the same rule as on the overview page."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from projects import reports
from projects.models import Project
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
        asked = whole(request.GET.get("year"), range(FIRST_YEAR, LAST_YEAR + 1))
        year = asked or reports.newest_year(reports.years_with_figures())
        visible = Project.objects.visible_to(request.user)
        month = whole(request.GET.get("month"), MONTHS) or reports.latest_month(year, projects=visible)
        request._basis = Basis(year, month)
    return request._basis


def whole(text: str | None, allowed: range) -> int | None:
    number = int(text) if text and len(text) <= 4 and text.isascii() and text.isdecimal() else None
    return number if number in allowed else None
