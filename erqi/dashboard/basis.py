"""What a page is about: which month, which plan, whose projects, as known when. Its address says all of it, so that a
view can be sent to a colleague."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.http import QueryDict
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action, Area, may
from erqi.core import moments
from projects import reports
from projects.models import Category, Project, Unit
from projects.models.choices import FIRST_YEAR, Baseline
from projects.models.plan import MONTHS


@dataclass(frozen=True)
class Basis:
    """One reader's view of the register.

    ``as_of`` reaches plans and progress; which projects there are, and their lights, are always the present ones.
    """

    user: Any
    year: int
    month: int
    baseline: str = Baseline.CURRENT
    category: Category | None = None
    unit: Unit | None = None
    as_of: datetime | None = None
    # As it was asked for, a day or a moment, to be repeated in addresses.
    as_of_text: str = field(default="", compare=False)
    # ``areas``, where they have been asked for already.
    known_areas: list[Unit] | None = field(default=None, compare=False)

    @cached_property
    def projects(self) -> QuerySet[Project]:
        """Those the reader may see, of the category, led within the unit's subtree."""
        rows = Project.objects.visible_to(self.user)
        if self.category:
            rows = rows.filter(category=self.category)
        return rows.within(Unit.objects.subtree_ids([self.unit.pk])) if self.unit else rows

    @cached_property
    def areas(self) -> list[Unit]:
        """The districts that the reader's projects stand in; the site is called by them."""
        return districts_of(self.user) if self.known_areas is None else self.known_areas

    @cached_property
    def districts(self) -> reports.Districts | None:
        """Those to be compared, where the page is about more than one."""
        return compared(self.user, self.areas, within=self.unit)

    @property
    def arguments(self) -> dict[str, Any]:
        """For ``projects.reports``: year, month, projects, as_of and baseline."""
        return {"projects": self.projects, "as_of": self.as_of, "baseline": self.baseline, **self.period}

    @property
    def period(self) -> dict[str, Any]:
        return {"year": self.year, "month": self.month}

    @property
    def query(self) -> dict[str, Any]:
        """As parameters of an address; what is as on every page is left out."""
        found = {
            **self.period,
            "baseline": "" if self.baseline == Baseline.CURRENT else self.baseline,
            "category": self.category and self.category.code,
            "unit": self.unit and self.unit.code,
            "as_of": self.as_of_text,
        }
        return {name: value for name, value in found.items() if value}

    def to(self, address: str, **changes: Any) -> str:
        """``address`` about the same; a change to None or "" leaves its parameter out."""
        query = {name: value for name, value in {**self.query, **changes}.items() if value not in {None, ""}}
        return f"{address}?{urlencode(query)}" if query else address

    @cached_property
    def sees_projects(self) -> bool:
        return may(self.user, Area.PROJECT, Action.VIEW)

    @cached_property
    def scope(self) -> list[Unit] | None:
        """The units whose projects this reader sees; None for who sees all there are."""
        if Project.objects.all_visible_to(self.user):
            return None
        memberships = self.user.memberships.filter(active=True).select_related("unit")
        return list(dict.fromkeys(row.unit for row in memberships.order_by("unit__order", "unit__code")))

    @property
    def day(self) -> date:
        """The day from which lateness is judged: today; in a year that is over, the last day of the month shown."""
        today = localdate()
        return today if self.year >= today.year else date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def not_begun(self) -> bool:
        today = localdate()
        return (self.year, self.month) > (today.year, today.month)


def districts_of(user: Any) -> list[Unit]:
    visible = Project.objects.visible_to(user)
    return list(Unit.objects.without_tree_fields().filter(pk__in=visible.order_by().values("area")))


def compared(user: Any, areas: Iterable[Unit], *, within: Unit | None = None) -> reports.Districts | None:
    """Of the areas those that the reader sees all of, so that no parts are compared; None unless several."""
    if not Project.objects.all_visible_to(user):
        seen = Unit.objects.reached_by(user, Area.PROJECT, Action.VIEW)
        areas = [area for area in areas if area.pk in seen]
    if within:
        below = Unit.objects.subtree_ids([within.pk])
        areas = [area for area in areas if area.pk in below]
    found = reports.Districts.of(areas)
    return found if len(found) > 1 else None


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


class NameSelect(forms.Select):
    """Names are data: on an English page each says that it is Chinese.

    Written in one go: Django takes a template for each option, and a district has hundreds of units to choose from.
    """

    def render(self, name, value, attrs=None, renderer=None):
        chosen = self.format_value(value)
        options = ((flatatt(self._about(str(key), chosen)), label) for key, label in self.choices)
        return format_html(
            "<select{}>{}</select>",
            flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})})),
            format_html_join("\n", "<option{}>{}</option>", options),
        )

    @staticmethod
    def _about(key: str, chosen: list[str]) -> dict[str, Any]:
        return {"value": key, **({"lang": "zh-Hans"} if key else {}), "selected": key in chosen}


class CodedRow(forms.ModelChoiceField):
    """A row by its code; of the rows offered only."""

    widget = NameSelect

    def __init__(self, label, queryset, wrong):
        super().__init__(
            queryset,
            label=label,
            required=False,
            to_field_name="code",
            empty_label=_("全部"),
            error_messages={"invalid_choice": wrong},
        )

    def to_python(self, value):
        # SQLite refuses a null character with an error of its own.
        return super().to_python(str(value).replace("\0", "�") if value else None)


class BasisForm(forms.Form):
    """The parameters of an address. What is left out falls back to the newest that has something to show."""

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
    baseline = forms.ChoiceField(
        label=_("对照"),
        choices=[(Baseline.CURRENT, Baseline.CURRENT.label), (Baseline.ORIGINAL, Baseline.ORIGINAL.label)],
        required=False,
        error_messages={
            "invalid_choice": _("没有“%(value)s”这种对照，请选 current（现行计划）或 original（原计划）。")
        },
    )
    category = CodedRow(_("类别"), Category.objects.all(), _("没有编号为“%(value)s”的类别，请从列表中选择。"))
    unit = CodedRow(
        _("责任单位"), Unit.objects.without_tree_fields(), _("没有编号为“%(value)s”的单位，请从列表中选择。")
    )
    as_of = AsOfField(
        label=_("按当时掌握"),
        required=False,
        help_text=_("填日期，则所有计划和进度按那一天掌握的情况计算。"),
    )

    def __init__(self, query: QueryDict, user, shown: Iterable[str]):
        """``shown``: the fields that the page offers; it is not about the others, whatever its address says."""
        self.user = user
        self.areas: list[Unit] | None = None
        shown = {"year", "month", *shown}
        given: dict[str, Any] = {name: query.get(name, "") for name in shown}
        self.years = reports.years_with_figures()
        given["year"] = given["year"] or str(reports.newest_year(self.years))
        asked = given["month"]
        given["month"] = asked or "1"
        super().__init__(given, auto_id="basis-%s")
        for name in self.fields.keys() - shown:
            del self.fields[name]
        offered: Any = self.fields["year"]
        offered.choices = [(year, year) for year in self.years]
        if "unit" in self.fields:
            self._offer_units()
        if not asked and self.is_valid():
            given["month"] = self._latest_month()
            self.full_clean()

    def _offer_units(self) -> None:
        """In the list those that lead something the reader sees; an address may name any unit above them too.

        Of several districts these themselves, who stands in none of them, and the units of the one asked for: those of
        all are too many to read.
        """
        field: Any = self.fields["unit"]
        # PostgreSQL refuses to look for a null character.
        asked = self.data.get("unit", "").replace("\0", "�")
        units = Unit.objects.without_tree_fields()
        chosen = units.filter(code=asked).first() if asked else None
        areas = self.areas = districts_of(self.user)
        offered = units.filter(pk__in=Project.objects.visible_to(self.user).order_by().values("lead_unit"))
        listed: dict[Unit, None] = {}
        if districts := compared(self.user, areas):
            listed = dict.fromkeys(area for area in areas if area.pk in districts)
            own = districts.district(chosen.pk) if chosen else None
            elsewhere = districts.units - (districts.within[own] if own else set())
            offered = offered.exclude(pk__among=frozenset(elsewhere))
        listed |= dict.fromkeys([*offered, *([chosen] if chosen else [])])
        field.widget.choices = [("", _("全部")), *((unit.code, unit.name) for unit in listed)]

    def _latest_month(self) -> int:
        asked = self.cleaned_data
        visible = Project.objects.visible_to(self.user)
        return reports.latest_month(asked["year"], projects=visible, as_of=asked.get("as_of"))

    @cached_property
    def basis(self) -> Basis:
        asked = {name: value for name, value in self.cleaned_data.items() if value not in {None, ""}}
        return Basis(user=self.user, as_of_text=self.data.get("as_of", ""), known_areas=self.areas, **asked)
