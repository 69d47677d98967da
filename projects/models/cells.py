"""Projects that know whether their figures can be read from totals instead of being counted row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

# What totals are kept by: columns of ``Project`` and of its totals alike, each table's cells finer than the last's.
COARSE = ("category", "area")
CELL = (*COARSE, "lead_unit")
FINE = (*CELL, "programme")
# What chooses among them: ``under`` follows from the columns of a cell.
CHOOSING = {*FINE, "under"}
LOOKUPS = {"", "exact", "in", "among", "isnull", "id", "id__exact", "id__in"}


@dataclass(frozen=True)
class Cells:
    """The totals of some projects: a condition on their columns, and which it speaks of."""

    condition: Q
    columns: frozenset[str] = frozenset()


def under() -> Any:
    """The unit (its id) that a project belongs to: who leads it or, while nobody does, its area.

    One column, so that an index finds what belongs to a district's units however many districts there are.
    """
    unit = models.BigIntegerField()
    return models.GeneratedField(
        expression=Coalesce("lead_unit", "area", output_field=unit), output_field=unit, db_persist=True
    )


class CellQuerySet(models.QuerySet):
    """As long as projects are chosen by nothing but ``CHOOSING``, the same condition chooses their totals.

    Whatever else narrows them, or is not understood here, costs no more than an answer counted from rows.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._cells: Cells | None = Cells(Q())

    @property
    def cells(self) -> Cells | None:
        """None where only rows can answer."""
        # Reading ``query`` first adds what a related manager has put off.
        query = self.query
        if query.is_empty():
            return Cells(Q(pk__in=[]))
        return None if query.is_sliced or query.combinator else self._cells

    def _clone(self):
        clone: Any = super()._clone()  # type: ignore[misc] # the stubs leave it out
        clone._cells = self._cells
        return clone

    def _filter_or_exclude_inplace(self, negate, args, kwargs):
        super()._filter_or_exclude_inplace(negate, args, kwargs)  # type: ignore[misc]
        self._cells = self._cells and _narrowed(self._cells, Q(*args, **kwargs), negate=negate)

    def __and__(self, other):
        return _of_rows(super().__and__(other))

    def __or__(self, other):
        return _of_rows(super().__or__(other))

    def __xor__(self, other):
        return _of_rows(super().__xor__(other))

    def extra(self, *args, **kwargs):
        return _of_rows(super().extra(*args, **kwargs))

    def complex_filter(self, filter_obj):
        return _of_rows(super().complex_filter(filter_obj))

    def distinct(self, *field_names):
        found = super().distinct(*field_names)
        return _of_rows(found) if field_names else found


def _of_rows(combined: Any) -> Any:
    if isinstance(combined, CellQuerySet):
        combined._cells = None
    return combined


def _narrowed(cells: Cells, condition: Q, *, negate: bool) -> Cells | None:
    columns = frozenset(_columns(condition))
    if not columns <= CHOOSING:
        return None
    return Cells(cells.condition & (~condition if negate else condition), cells.columns | columns)


def _columns(condition: Q) -> Iterator[str]:
    """What it speaks of; "" for anything that totals might not say the same of."""
    for part in condition.children:
        if isinstance(part, Q):
            yield from _columns(part)
        else:
            yield _column(*part) if isinstance(part, tuple) else ""


def _column(path: str, value: Any) -> str:
    column, _, lookup = path.partition("__")
    # An iterator is used up when it is asked a second time; an expression speaks of another query's columns.
    asked_again = not isinstance(value, Iterator)
    plain = isinstance(value, models.QuerySet) or not hasattr(value, "resolve_expression")
    return column if lookup in LOOKUPS and asked_again and plain else ""
