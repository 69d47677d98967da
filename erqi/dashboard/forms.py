from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from erqi.core import moments
from projects import reports
from projects.models.choices import FIRST_YEAR
from projects.models.plan import MONTHS


class AsOfField(forms.Field):
    """A day, meaning its end here, or a moment with its zone."""

    widget = forms.DateInput(attrs={"type": "date"})

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if moments.DATE.fullmatch(value):
            return timezone.make_aware(datetime.combine(moments.parse_date(value), time.max))
        return moments.parse_moment(value)

    def validate(self, value):
        super().validate(value)
        # The year first: moments at the very ends of the calendar cannot be converted between zones.
        this_year = localdate().year
        if value and (not FIRST_YEAR <= value.year <= this_year or localdate(value) > localdate()):
            raise ValidationError(_("时点应在 2000 年以后，且不晚于今天。"), code="out_of_range")


class PeriodForm(forms.Form):
    """Which year and month, and as known when. What is left out falls back to the newest that has something to show."""

    year = forms.TypedChoiceField(
        label=_("年度"),
        coerce=int,
        error_messages={"invalid_choice": _("没有“%(value)s”年度的数据，请从列表中选择年度。")},
    )
    month = forms.TypedChoiceField(
        label=_("截至月份"),
        coerce=int,
        choices=[(month, month) for month in MONTHS],
        error_messages={"invalid_choice": _("月份“%(value)s”不对，应为 1–12。")},
    )
    as_of = AsOfField(
        label=_("按当时掌握"),
        required=False,
        help_text=_("填日期，则所有计划和进度按那一天掌握的情况计算。"),
    )

    def __init__(self, query, projects):
        """``projects``: those that the reader sees; the month to open with is theirs."""
        years = reports.years_with_figures()
        year = query.get("year") or str(reports.newest_year(years))
        given: dict[str, Any] = {
            "year": year,
            "month": query.get("month") or "1",
            "as_of": query.get("as_of", ""),
        }
        super().__init__(given, auto_id="period-%s")
        offered: Any = self.fields["year"]
        offered.choices = [(year, year) for year in years]
        if not query.get("month") and self.is_valid():
            asked = self.cleaned_data
            given["month"] = reports.latest_month(asked["year"], projects=projects, as_of=asked["as_of"])
            self.full_clean()

    @property
    def period(self) -> dict:
        """``year``, ``month`` and ``as_of`` for ``projects.reports``."""
        return self.cleaned_data
