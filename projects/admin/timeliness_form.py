"""What the two pages on reporting and on plans are asked: which year and months, for which unit and category."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects import reports
from projects.models import Category, Project, Unit
from projects.models.plan import MONTHS

from .timeliness_tables import KINDS, NOBODY

UNKNOWN = _("没有“%(value)s”这个选项，请从列表中选择。")


def _months() -> forms.TypedChoiceField:
    wrong = {"invalid_choice": _("月份“%(value)s”不对，应为 1–12。")}
    return forms.TypedChoiceField(coerce=int, choices=[(month, month) for month in MONTHS], error_messages=wrong)


class ScopeForm(forms.Form):
    """A year, a month, and one unit with all below it or one category. What is left out has a default."""

    year = forms.TypedChoiceField(
        label=_("年度"),
        coerce=int,
        error_messages={"invalid_choice": _("没有“%(value)s”年度的数据，请从列表中选择年度。")},
    )
    month = _months()
    unit: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("单位及其下级"),
        queryset=Unit.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=_("全部"),
        error_messages={"invalid_choice": UNKNOWN},
    )
    category: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("类别"),
        queryset=Category.objects.all(),
        to_field_name="code",
        required=False,
        empty_label=_("全部"),
        error_messages={"invalid_choice": UNKNOWN},
    )

    def __init__(self, query, visible: QuerySet[Project]):
        self.visible = visible
        years = reports.years_with_figures()
        year = query.get("year") or str(reports.newest_year(years))
        given = {**query.dict(), "year": year, "month": query.get("month") or str(self.last_month(year, visible))}
        super().__init__(given | self.defaults(query), auto_id="scope-%s")
        fields: Any = self.fields
        fields["year"].choices = [(year, year) for year in years]
        fields["month"].label = self.month_label
        fields["unit"].queryset = self._units()

    month_label = _("截至月份")

    def defaults(self, query) -> dict[str, str]:
        return {}

    @staticmethod
    def last_month(year: str, visible: QuerySet[Project]) -> int:
        return reports.latest_month(int(year), projects=visible) if year.isdecimal() and len(year) == 4 else 1

    def _units(self):
        """Those that lead visible projects, and those above them."""
        led = self.visible.order_by().exclude(lead_unit=None).values_list("lead_unit", flat=True).distinct()
        parents, shown = Unit.objects.parents(), set()
        for unit in led:
            while unit is not None and unit not in shown:
                shown.add(unit)
                unit = parents.get(unit)  # noqa: PLW2901 - going up
        return Unit.objects.without_tree_fields().filter(pk__in=shown)

    @property
    def projects(self) -> QuerySet[Project]:
        chosen: Any = self.visible
        if self.cleaned_data.get("unit"):
            chosen = chosen.within(Unit.objects.subtree_ids([self.cleaned_data["unit"].pk]))
        if self.cleaned_data.get("category"):
            chosen = chosen.filter(category=self.cleaned_data["category"])
        return chosen

    @property
    def words(self) -> str:
        return gettext("%(year)s 年 1–%(month)s 月") % self.cleaned_data


class TimelinessForm(ScopeForm):
    """Also where the months begin, and how far lead units are rolled up."""

    from_month = _months()
    level = forms.TypedChoiceField(
        label=_("单位归并"),
        coerce=int,
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": UNKNOWN},
    )
    month_label = _("至")
    field_order = ["year", "from_month", "month", "unit", "category", "level"]

    def __init__(self, query, visible):
        super().__init__(query, visible)
        fields: Any = self.fields
        fields["from_month"].label = _("自")
        levels = [(n, gettext("归并到第 %(n)s 级") % {"n": n}) for n in reports.unit_levels()]
        fields["level"].choices = [("", _("不归并")), *levels]

    def defaults(self, query):
        return {"from_month": query.get("from_month") or "1"}

    @staticmethod
    def last_month(year, visible):
        """The one that runs: what is not due yet is shown apart."""
        today = timezone.localdate()
        return today.month if year == str(today.year) else 12

    def clean(self):
        found: Any = super().clean()
        if {"from_month", "month"} <= set(found) and found["from_month"] > found["month"]:
            self.add_error("from_month", _("起始月份应不晚于截至月份。"))
        return found

    @property
    def words(self):
        if self.cleaned_data["from_month"] == self.cleaned_data["month"]:
            return gettext("%(year)s 年 %(month)s 月") % self.cleaned_data
        return gettext("%(year)s 年 %(from_month)s–%(month)s 月") % self.cleaned_data


class RowsForm(TimelinessForm):
    """Also which figure's rows are asked for, and of which line of the table by unit."""

    of = forms.ChoiceField(
        choices=[(name, kind.label) for name, kind in KINDS.items()], error_messages={"invalid_choice": UNKNOWN}
    )
    led_by = forms.CharField(required=False, max_length=60)

    def clean_led_by(self):
        code = self.cleaned_data["led_by"]
        if code in ("", NOBODY):
            return code
        offered: Any = self.fields["unit"]
        unit = offered.queryset.filter(code=code).first()
        if unit is None:
            raise forms.ValidationError(UNKNOWN, params={"value": code[:40]})
        return unit

    @property
    def projects(self):
        chosen, led_by = super().projects, self.cleaned_data["led_by"]
        if not led_by:
            return chosen
        return reports.rolled_up_to(None if led_by == NOBODY else led_by, chosen, self.cleaned_data["level"])
