"""How what was announced is written: numbers as printed, units and qualifiers in the reader's language."""

from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from erqi.core import money
from projects.models.choices import Qualifier

register = template.Library()

# Units of measure are data; these are the ones with an English name. A counter needs none: 18 projects.
COUNTERS = {"个", "条", "项", "所", "处", "家", "份", "次", "件"}
UNIT_NAMES = {
    "亿元": _("亿元"),
    "万元": _("万元"),
    "万平方米": _("万平方米"),
    "米": _("米"),
    "人次": _("人次"),
    "万人": _("万人"),
    "天": _("天"),
    "年": _("年"),
}
PATTERNS = {
    Qualifier.AT_LEAST: pgettext_lazy("qualifier", "%(value)s%(unit)s以上"),
    Qualifier.MORE_THAN: pgettext_lazy("qualifier", "%(value)s余%(unit)s"),
    Qualifier.REACHED: pgettext_lazy("qualifier", "达%(value)s%(unit)s"),
}
PLAIN = "%(value)s%(unit)s"


def in_english() -> bool:
    return (get_language() or "").startswith("en")


@register.filter
def as_printed(value: Decimal | None) -> str:
    """3216, 111.3: no grouping below five digits, as newspapers print."""
    text = money.wan(value)
    return text if value is None or abs(value) >= 10_000 else text.replace(",", "")


@register.filter
def unit_name(unit: str) -> str:
    return "" if in_english() and unit in COUNTERS else str(UNIT_NAMES.get(unit, unit))


@register.filter
def announced(row) -> str:
    """A target or published figure: 210 亿元以上, or in English: at least 210 …"""
    if row.value is None:
        return "—"
    pattern = PATTERNS.get(row.qualifier, PLAIN)
    unit = unit_name(row.unit_of_measure)
    return pattern % {"value": as_printed(row.value), "unit": f" {unit}" if unit and unit != "%" else unit}


@register.filter
def chinese(text) -> str:
    """Chinese data, marked as such on an English page, so that it is read aloud and set in the right language."""
    return format_html('<span lang="zh-Hans">{}</span>', text) if text and in_english() else conditional_escape(text)


@register.simple_tag
def in_language(row, name: str) -> str:
    """The English twin of a field (``label`` → ``label_en``) for an English reader, where there is one."""
    english = getattr(row, f"{name}_en", "")
    return conditional_escape(english) if english and in_english() else chinese(getattr(row, name))


@register.filter
def as_registered(value: Decimal) -> str:
    """Counts whole, amounts with two decimals."""
    rounded = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if rounded == rounded.to_integral_value():
        return as_printed(rounded)
    return f"{rounded:,}" if abs(rounded) >= 10_000 else str(rounded)


@register.filter
def signed(gap: Decimal | None) -> str:
    if gap is None:
        return "—"
    # Rounded first: a difference that prints as nothing has no sign.
    gap = gap.quantize(Decimal("0.01"), ROUND_HALF_UP)
    sign = "+" if gap > 0 else "−" if gap < 0 else ""
    return f"{sign}{as_registered(abs(gap))}"
