"""Which honours a reader asks for: of which unit, level, claim and year. Everything by default."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from awards.models import Commendation, CommendationRecipient, Honour, HonourClaim, HonourUnit
from erqi.core.filtersets import MAX_SEARCH
from erqi.dashboard.basis import CodedRow
from projects.models import Unit
from projects.models.choices import FIRST_YEAR, LAST_YEAR, Level

# An honour whose source gives no level.
UNSTATED = "unstated"


class HonoursForm(forms.Form):
    """``awarded`` is the year of the award: ``year`` is the one that the other pages are about."""

    unit = CodedRow(_("单位"), Unit.objects.without_tree_fields(), _("没有编号为“%(value)s”的单位，请从列表中选择。"))
    level = forms.ChoiceField(
        label=_("级别"),
        required=False,
        choices=[("", _("全部")), *Level.choices, (UNSTATED, _("级别未注明"))],
        error_messages={"invalid_choice": _("没有“%(value)s”这个级别，请从列表中选择。")},
    )
    claim = forms.ChoiceField(
        label=_("亮点"),
        required=False,
        choices=[("", _("全部")), *HonourClaim.Kind.choices],
        error_messages={"invalid_choice": _("没有“%(value)s”这种亮点，请从列表中选择。")},
    )
    awarded = forms.TypedChoiceField(
        label=_("年份"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("年份“%(value)s”不对，请从列表中选择。")},
    )
    search = forms.CharField(
        label=_("查找"),
        required=False,
        max_length=MAX_SEARCH,
        widget=forms.TextInput(attrs={"type": "search"}),
        error_messages={"max_length": _("查找的文字太长，请缩短。")},
    )

    def __init__(self, query, years: list[int]):
        given = {name: query.get(name, "") for name in self.base_fields}
        super().__init__(given, auto_id="honours-%s")
        fields: dict[str, Any] = self.fields
        awarded, unit = fields["awarded"], fields["unit"]
        # In the list those that have something to show; an address may name any year and any unit.
        awarded.choices = [(year, year) for year in range(FIRST_YEAR, LAST_YEAR + 1)]
        listed = sorted({*map(str, years), given["awarded"]} - {""}, reverse=True)
        awarded.widget.choices = [("", _("全部")), *((year, year) for year in listed)]
        unit.widget.choices = [("", _("全部")), *self._units(given["unit"])]

    def _units(self, asked: str) -> list[tuple[str, str]]:
        parts = (
            Honour.objects.values("recipient"),
            HonourUnit.objects.values("unit"),
            CommendationRecipient.objects.values("unit"),
        )
        wanted = Q(code=asked.replace("\0", "")) if asked else Q()
        for ids in parts:
            wanted |= Q(pk__in=ids.order_by())
        return list(Unit.objects.without_tree_fields().filter(wanted).values_list("code", "name"))

    @cached_property
    def asked(self) -> "Asked":
        return Asked(**self.cleaned_data)


@dataclass(frozen=True)
class Asked:
    unit: Unit | None = None
    level: str = ""
    claim: str = ""
    awarded: int | None = None
    search: str = ""

    def __bool__(self) -> bool:
        return bool(self.query)

    @property
    def query(self) -> dict[str, Any]:
        return {
            **({"unit": self.unit.code} if self.unit else {}),
            **{name: value for name in ("level", "claim", "awarded", "search") if (value := getattr(self, name))},
        }

    def address(self, **changes: Any) -> str:
        """The page about the same, but for ``changes``; None leaves a parameter out."""
        query = {name: value for name, value in {**self.query, **changes}.items() if value is not None}
        return f"{reverse('dashboard:honours')}?{urlencode(query)}" if query else reverse("dashboard:honours")

    @cached_property
    def units(self) -> set[int]:
        """Ids of the unit and of those below it."""
        return Unit.objects.subtree_ids([self.unit.pk]) if self.unit else set()

    @cached_property
    def _named(self) -> set[int]:
        return set(Unit.objects.without_tree_fields().search(self.search).values_list("pk", flat=True))

    def honours(self) -> QuerySet[Honour]:
        """The year of an award is left to the timeline, which knows where those without a date stand."""
        rows = Honour.objects.all()
        if self.unit:
            rows = rows.involving(self.units)
        if self.level:
            rows = rows.filter(level="" if self.level == UNSTATED else self.level)
        if self.claim:
            rows = rows.filter(pk__in=HonourClaim.objects.filter(kind=self.claim).order_by().values("honour"))
        if self.search:
            named = Honour.objects.involving(self._named).order_by().values("pk")
            rows = rows.filter(Q(pk__in=rows.search(self.search).order_by().values("pk")) | Q(pk__in=named))
        return rows.with_contributors().select_related("source")

    def commendations(self) -> QuerySet[Commendation]:
        """They have neither level nor claim: who asks for these asks for none."""
        rows = Commendation.objects.select_related("source").prefetch_related("recipients__unit")
        if self.level or self.claim:
            return rows.none()
        if self.unit:
            rows = rows.filter(pk__in=_commended(self.units))
        if self.awarded:
            rows = rows.filter(year=self.awarded)
        return rows.filter(Q(title__icontains=self.search) | Q(pk__in=_commended(self._named))) if self.search else rows


def _commended(units: set[int]) -> QuerySet:
    return CommendationRecipient.objects.filter(unit__in=units).order_by().values("commendation")
