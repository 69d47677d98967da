"""The one way a figure, a bar and a light are written on a page."""

from decimal import Decimal

from django import template

from erqi.core import money

register = template.Library()
register.filter("yi", money.yi)
register.filter("wan", money.wan)
register.filter("percent", money.percent)
register.filter("points", money.points)


@register.filter
def in_unit(amount: Decimal | None, unit: str) -> str:
    return money.wan(amount) if unit == "万元" else money.yi(amount)


@register.inclusion_tag("components/bar.html")
def bar(done: Decimal | None, scheduled: Decimal | None = None, label: str = ""):
    """Completion (fraction) as a bar, with a marker where the schedule stands; drawn without inline styles (CSP)."""
    ahead = None if done is None or scheduled is None else done >= scheduled
    return {
        "done": done,
        "scheduled": scheduled,
        "label": label,
        "state": "unknown" if ahead is None else "ahead" if ahead else "behind",
        "width": _hundredths(done),
        "marker": None if scheduled is None else _hundredths(scheduled),
        "over": done is not None and done > 1,
    }


@register.inclusion_tag("components/pill.html")
def pill(ahead: Decimal | None):
    """Ahead of or behind schedule in percentage points: a word and a shape beside the colour."""
    shown = money.points(ahead)
    return {"ahead": ahead, "points": shown, "state": STATES.get(shown[0], "even")}


# By what is printed: 0.04 points behind prints as 0.0 and is called even.
STATES = {"+": "ahead", "−": "behind", "—": "unknown"}


@register.inclusion_tag("components/figure.html")
def figure(label: str, value: str, unit: str = "", href: str = "", note: str = ""):
    """A number with its name and unit; ``href`` leads to the rows behind it."""
    return {"label": label, "value": value, "unit": unit, "href": href, "note": note}


def _hundredths(fraction: Decimal | None) -> str:
    """0–100 with two decimals, as an SVG length; more than the plan fills the bar."""
    return f"{min(max(fraction or Decimal(0), Decimal(0)), Decimal(1)) * 100:.2f}"
