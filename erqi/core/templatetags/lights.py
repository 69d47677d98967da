"""The one way a light is written: a word and a shape beside its colour."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

register = template.Library()

# Told apart without colour as well: round, pointed, square, hollow.
SHAPES = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}


@register.inclusion_tag("components/light.html")
def light(colour: str | None, label: object = "", note: object = ""):
    """``{% light row.colour row.get_colour_display %}``; without a colour a dash. ``note`` follows the word."""
    known = colour if colour in SHAPES else ""
    return {"colour": known, "shape": SHAPES.get(known, ""), "label": label, "note": note}


def lamp(colour: str | None, label: object = "", note: object = "") -> SafeString:
    """The same for a cell of a list."""
    return render_to_string("components/light.html", light(colour, label, note))
