"""Pages of a long list, each found by the row before it: page 1,000 costs what page 1 costs, and rows added meanwhile
shift nothing."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

COUNTED = 1000
SALT = "erqi.cursor"
FORWARD, BACK = "after", "before"


class CursorSerializer(signing.JSONSerializer):
    """Dates and decimals as text; the database compares them as what they are.

    str() keeps a moment's microseconds; DjangoJSONEncoder cuts them, and rows of one millisecond would be skipped.
    """

    def dumps(self, obj):
        return json.dumps(obj, separators=(",", ":"), default=str).encode()


class Key(NamedTuple):
    """One column of the order. Unknown values come last in either direction; read backwards, they come first."""

    path: str
    descending: bool = False
    backwards: bool = False

    @classmethod
    def parse(cls, text: str) -> "Key":
        return cls(text.removeprefix("-"), text.startswith("-"))

    def turned(self) -> "Key":
        return self._replace(descending=not self.descending, backwards=not self.backwards)

    def ordering(self):
        places: dict[str, Any] = {"nulls_first": True} if self.backwards else {"nulls_last": True}
        column = F(self.path)
        return column.desc(**places) if self.descending else column.asc(**places)

    def same(self, value) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value) -> Q | None:
        """Rows further on in this column; None where there can be none."""
        if value is None:
            return Q(**{f"{self.path}__isnull": False}) if self.backwards else None
        further = Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})
        return further if self.backwards else further | self.same(None)

    def value(self, row) -> Any:
        """None also where a row on the way is missing."""
        for name in self.path.split("__"):
            row = getattr(row, name) if row is not None else None
        return row


def beyond(keys: list[Key], values: list) -> Q:
    """Rows after the one with ``values``: beyond it in one column and equal in all columns before that."""
    found, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        further = key.beyond(value)
        if further is not None:
            found |= equal & further
        equal &= key.same(value)
    return found


@dataclass(frozen=True)
class Page:
    """Some rows in their order, and the cursors of the pages on either side; None where there is none."""

    rows: list
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Order:
    """A named order of a list. The columns together name one row only; a cursor belongs to the name it was made for."""

    name: str
    keys: list[Key]

    def page(self, rows: QuerySet, *, limit: int, cursor: str | None = None) -> Page:
        """``limit`` rows from the start, or on either side of where ``cursor`` stands; ``ValidationError`` if it is
        not one of this order's."""
        side, values = self._read(cursor) if cursor is not None else (FORWARD, None)
        keys = [key.turned() for key in self.keys] if side == BACK else self.keys
        ordered = rows.order_by(*(key.ordering() for key in keys))
        # One more than the page tells whether there is another.
        found = list((ordered.filter(beyond(keys, values)) if values else ordered)[: limit + 1])
        more, found = len(found) > limit, found[:limit]
        if side == FORWARD:
            return self._between(found, before=values is not None, after=more)
        # Back at the start, the first page is shown in full, whatever was added to it meanwhile.
        return self._between(found[::-1], before=True, after=True) if more else self.page(rows, limit=limit)

    def _between(self, found: list, *, before: bool, after: bool) -> Page:
        return Page(
            found,
            self._cursor(BACK, found[0]) if found and before else None,
            self._cursor(FORWARD, found[-1]) if found and after else None,
        )

    def _cursor(self, side: str, row) -> str:
        values = [key.value(row) for key in self.keys]
        return signing.dumps([self.name, side, *values], salt=SALT, serializer=CursorSerializer)

    def _read(self, cursor: str) -> tuple[str, list]:
        try:
            name, side, *values = signing.loads(cursor, salt=SALT, serializer=CursorSerializer)
        except (signing.BadSignature, ValueError, UnicodeError):
            name, side, values = None, FORWARD, []
        if name != self.name or len(values) != len(self.keys):
            raise ValidationError(_("游标无效，或来自另一种排序。请从第一页重新读取。"), code="invalid_cursor")
        return side, values


def counted(rows: QuerySet) -> tuple[int, bool]:
    """How many rows there are, up to 1,000, and whether there are more."""
    found = rows.order_by().values("pk")[: COUNTED + 1].count()
    return min(found, COUNTED), found > COUNTED
