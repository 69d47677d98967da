"""How the wall writes what was announced: the number large, the words around it small."""

from django import template
from django.utils.html import format_html

from .announced import PATTERNS, PLAIN, as_printed, unit_name

register = template.Library()


@register.filter
def in_large(row) -> str:
    """A target or published figure, as ``announced`` writes it."""
    if row.value is None:
        return "—"
    unit = unit_name(row.unit_of_measure)
    spaced = f" {unit}" if unit and unit != "%" else unit
    pattern = str(PATTERNS.get(row.qualifier, PLAIN)) % {"value": "{value}", "unit": "{unit}"}
    return format_html(pattern, value=format_html('<b class="number">{}</b>', as_printed(row.value)), unit=spaced)
