from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


def refuse_cycle(row: models.Model, field: str = "parent") -> None:
    """``ValidationError`` on ``field`` when going up from ``row`` would come back to it."""
    seen, above = {row.pk}, getattr(row, field)
    while above is not None:
        if above.pk in seen:
            raise ValidationError({field: _("“%(name)s”在其下级之中，不能作为上级。") % {"name": getattr(row, field)}})
        seen.add(above.pk)
        above = getattr(above, field)


def below(children: Mapping[int | None, list[int]], roots: Iterable[int]) -> set[int]:
    """``roots`` and everything below them; a circle that got in ends where it began."""
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pk = waiting.pop()
        if pk not in found:
            found.add(pk)
            waiting += children.get(pk, [])
    return found


def children_of(parents: Iterable[tuple[int, int | None]]) -> dict[int | None, list[int]]:
    """From (id, id of the one above): the one above → its children."""
    children: dict[int | None, list[int]] = {}
    for pk, parent in parents:
        children.setdefault(parent, []).append(pk)
    return children
