"""Links between the pages, each about the same month, plan and reader's choice; and the components they share."""

from django import template
from django.urls import reverse

from erqi.dashboard import charts
from erqi.dashboard.navigation import entries_for

register = template.Library()


@register.inclusion_tag("components/navigation.html", takes_context=True)
def navigation(context):
    request = context["request"]
    here = request.resolver_match and request.resolver_match.view_name
    entries = [
        (reverse(entry.name), entry.label, here in {entry.name, *entry.below}) for entry in entries_for(request.user)
    ]
    return {"entries": entries}


@register.simple_tag(takes_context=True)
def to(context, name: str, *parts, **changes) -> str:
    """``{% to "project" project.code %}``: that page about the same; ``changes`` alter parameters of its address."""
    return context["basis"].to(reverse(f"dashboard:{name}", args=parts), **changes)


@register.inclusion_tag("components/curve.html")
def curve(lines, original=None, name: str = "curve", unit: str = "亿元"):
    """Plan and done month by month as a chart, and the same numbers as a table under it.

    ``lines``: ``reports.MonthLine``s; ``original``: month → original plan to date, where it differs; ``name`` is
    unique on the page; ``unit``: 万元 where 亿元 would be too large for a single project. The page loads
    ``erqi/curve.js``, which draws every chart it finds.
    """
    original = original or {}
    return {
        "lines": [(line, original.get(line.month)) for line in lines],
        "chart": charts.curve(lines, original, unit),
        "name": name,
        "numbers": f"{name}-data",
        "originals": bool(original),
        "unit": unit,
    }
