"""Pages of a long list, each found by the row before it: page 1,000 costs what page 1 costs, and rows added meanwhile
shift nothing."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.core import signing
from django.core.exceptions import EmptyResultSet, FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import F, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from .prepared import Param, Prepared

# Which side of which row → the pieces of a page, each of which is asked for so many rows.
Read = Callable[[str, list | None], list[Callable[[int], Iterable]]]
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
    # Whether the column can be unknown. Where it cannot, nothing is asked about it, and one index serves both ways.
    nullable: bool = True

    @classmethod
    def parse(cls, text: str) -> "Key":
        return cls(text.removeprefix("-"), text.startswith("-"))

    def turned(self) -> "Key":
        return self._replace(descending=not self.descending, backwards=not self.backwards)

    def ordering(self):
        places: dict[str, Any] = {"nulls_first": True} if self.backwards else {"nulls_last": True}
        column = F(self.path)
        places = places if self.nullable else {}
        return column.desc(**places) if self.descending else column.asc(**places)

    def same(self, value) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def further(self, value) -> Q:
        """Known values beyond a known one."""
        return Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value})

    def onward(self, value) -> Q:
        """A known value and those beyond it."""
        return Q(**{f"{self.path}__{'lte' if self.descending else 'gte'}": value})

    def other_side(self, value) -> Q | None:
        """After the known values the unknown, read backwards the known after the unknown; None where that is all."""
        ends = self.backwards if value is None else not self.backwards
        return Q(**{f"{self.path}__isnull": value is not None}) if self.nullable and ends else None

    def value(self, row) -> Any:
        """None also where a row on the way is missing."""
        for name in self.path.split("__"):
            row = getattr(row, name) if row is not None else None
        return row


def stretches(keys: Sequence[Key], values: Sequence) -> list[Q]:
    """The rows after the one with ``values``, in one or two pieces, each a single stretch of an index on the columns:
    a condition with OR at its top would have the database read everything from the start of the list.
    """
    if not keys:
        return []
    (first, *rest), (value, *others) = keys, values
    ties = [first.same(value) & piece for piece in stretches(rest, others)]
    here = [first.further(value)] if value is not None else []
    found = [first.onward(value) & _any([*here, *ties])] if here and ties else [*here, *([_any(ties)] if ties else [])]
    other = first.other_side(value)
    return found if other is None else [*found, other]


def _any(conditions: Sequence[Q]) -> Q:
    return reduce(or_, conditions)


def column_of(model: type[models.Model], path: str) -> Any:
    """The model's own column; None for another table's or a computed one."""
    try:
        return model._meta.pk if path == "pk" else model._meta.get_field(path)
    except FieldDoesNotExist:
        return None


def nullable(model: type[models.Model], path: str) -> bool:
    """Whether the column, or a row on the way to it, can be missing; a computed one can."""
    name, _, rest = path.partition("__")
    column = column_of(model, name)
    if column is None or column.null:
        return True
    return nullable(column.related_model, rest) if rest else False


def names_one_row(model: type[models.Model], path: str) -> bool:
    return bool(getattr(column_of(model, path), "unique", False))


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

        def read(side: str, values: list | None) -> list[Callable[[int], Iterable]]:
            found = self.pieces(rows.model, side, values)
            return [partial(_first, rows.filter(piece).order_by(*ordering)) for piece, ordering in found]

        return self.page_of(read, limit=limit, cursor=cursor)

    def page_of(self, read: Read, *, limit: int, cursor: str | None) -> Page:
        """The same of rows that ``read`` finds."""
        side, values = self._asked(cursor) if cursor is not None else (FORWARD, None)
        # One more than the page tells whether there is another.
        found: list = []
        for piece in read(side, values):
            found += piece(limit + 1 - len(found)) if len(found) <= limit else []
        more, found = len(found) > limit, found[:limit]
        if side == FORWARD:
            return self._between(found, before=values is not None, after=more)
        # Back at the start, the first page is shown in full, whatever was added to it meanwhile.
        if not more:
            return self.page_of(read, limit=limit, cursor=None)
        return self._between(found[::-1], before=True, after=True)

    def pieces(self, model: type[models.Model], side: str, values: Sequence | None) -> list[tuple[Q, list[Any]]]:
        """What is read one after the other: the condition of each stretch, and the order in which it is read.

        ``values`` of the row to begin after, None from the start; each may be told later (an expression), but not
        whether it is known.
        """
        keys = [key._replace(nullable=nullable(model, key.path)) for key in self.keys]
        keys = [key.turned() for key in keys] if side == BACK else keys
        found = stretches(keys, values) if values else [Q()]
        if keys[0].nullable and column_of(model, keys[0].path):
            # Each piece is all known or all unknown: sorted plainly, which an index of the column can do.
            found = found if values else [Q(**{f"{keys[0].path}__isnull": unknown}) for unknown in (False, True)]
            keys = [keys[0]._replace(nullable=False), *keys[1:]]
        return [(piece, [key.ordering() for key in keys]) for piece in found]

    def _between(self, found: list, *, before: bool, after: bool) -> Page:
        return Page(
            found,
            self._cursor(BACK, found[0]) if found and before else None,
            self._cursor(FORWARD, found[-1]) if found and after else None,
        )

    def _cursor(self, side: str, row) -> str:
        values = [key.value(row) for key in self.keys]
        return signing.dumps([self.name, side, *values], salt=SALT, serializer=CursorSerializer)

    def _asked(self, cursor: str) -> tuple[str, list]:
        try:
            name, side, *values = signing.loads(cursor, salt=SALT, serializer=CursorSerializer)
        except (signing.BadSignature, ValueError, UnicodeError):
            name, side, values = None, FORWARD, []
        if name != self.name or len(values) != len(self.keys):
            raise ValidationError(_("游标无效，或来自另一种排序。请从第一页重新读取。"), code="invalid_cursor")
        return side, values


def _first(rows: QuerySet, number: int) -> Iterable:
    return rows[:number]


class Pages:
    """The pages of one question: each is put into SQL the first time, and later only told where to begin.

    ``rows`` are found by columns of their own; a page's rows are their keys, ``order``'s columns and the capped count
    of all.
    """

    def __init__(self, rows: QuerySet, order: Order, *, limit: int):
        self.rows, self.order, self.limit = rows, order, limit
        # Which side, and which values of the row to begin after are known → its pieces.
        self._known: dict[tuple, list[Prepared]] = {}

    def page(self, cursor: str | None) -> Page:
        return self.order.page_of(self._read, limit=self.limit, cursor=cursor)

    @property
    def columns(self) -> list[str]:
        return [key.path for key in self.order.keys]

    def _read(self, side: str, values: list | None) -> list[Callable[[int], Iterable]]:
        shape = (side, *(value is None for value in values or ()))
        if shape not in self._known:
            self._known[shape] = [self._prepared(*piece) for piece in self._pieces(side, values)]
        given = dict(zip(self.columns, values or (), strict=False))
        return [partial(self._rows, statement, given) for statement in self._known[shape]]

    def _pieces(self, side: str, values: list | None) -> list[tuple[Q, list[Any]]]:
        model = self.rows.model
        pairs = zip(self.columns, values or (), strict=False)
        later = [None if value is None else Param(path, column_of(model, path)) for path, value in pairs]
        return self.order.pieces(model, side, later or None)

    def _prepared(self, piece: Q, ordering: list[Any]) -> Prepared:
        rows = self.rows.filter(piece).order_by(*ordering).values("pk", *self.columns, counted=capped_count(self.rows))
        return Prepared(lambda: rows[: self.limit + 1], for_good=False)

    @staticmethod
    def _rows(statement: Prepared, given: dict[str, Any], number: int) -> Iterable:
        try:
            return [SimpleNamespace(**row) for row in statement.dicts(**given)[:number]]
        except EmptyResultSet:
            # The conditions contradict each other: nothing has to be asked.
            return []


class CappedCount(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"


def capped_count(rows: QuerySet) -> Subquery:
    """The same as a column: up to 1,001, which means more than 1,000."""
    return CappedCount(rows.order_by().values("pk")[: COUNTED + 1], output_field=models.IntegerField())


def counted(rows: QuerySet) -> tuple[int, bool]:
    """How many rows there are, up to 1,000, and whether there are more."""
    found = rows.order_by().values("pk")[: COUNTED + 1].count()
    return min(found, COUNTED), found > COUNTED
