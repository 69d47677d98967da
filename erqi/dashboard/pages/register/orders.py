"""What the register can be sorted by, each by the names of its address: ``rate`` and, turned, ``-rate``."""

from typing import Any

from django.db.models import Case, IntegerField, Value, When

from erqi.core.keyset import Key, Order
from projects.models import Light
from projects.models.measured import AHEAD, DONE, PLAN, RATE

DEFAULT = "code"
PLAIN: dict[str, tuple[str, ...]] = {
    "code": (),
    "name": ("name",),
    "category": ("category__order", "category__code"),
    "lead_unit": ("lead_unit__order", "lead_unit__code"),
    "total_investment": ("total_investment",),
    "planned_start": ("planned_start",),
    "planned_finish": ("planned_finish",),
}
# From green to red; a project without a light comes last either way.
SEVERITY = Case(
    *(When(light=colour, then=Value(place)) for place, colour in enumerate(Light.ORDER)),
    output_field=IntegerField(),
)
COMPUTED: dict[str, Any] = {"plan": PLAN, "done": DONE, "rate": RATE, "ahead": AHEAD, "light": SEVERITY}
NAMES = tuple(sign + name for name in (*PLAIN, *COMPUTED) for sign in ("", "-"))


def order(sort: str) -> Order:
    """The code, which no two projects share, comes last; it turns only where it was asked for itself."""
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    paths = PLAIN.get(name, ("position",))
    last = Key("code", descending=descending and not paths)
    return Order(sort, [*(Key(path, descending=descending) for path in paths), last])


def with_position(rows, sort: str):
    """Rows ``with_progress``, with the value by which they are sorted where no column holds it."""
    expression = COMPUTED.get(sort.removeprefix("-"))
    return rows if expression is None else rows.annotate(position=expression)
