"""Rows for reading: what a model's instance would say, at a tenth of its cost.

Labels of choices come from the model, rows of reference tables from memory: reading an attribute asks the database
nothing, and nothing can be saved.
"""

from collections.abc import Callable
from typing import Any, Self

from django.db import models
from django.utils.translation import get_language


class LeanRow:
    """Columns and annotations by their names, and what the rows of one answer share: the reader's language, tables."""

    def __init__(self, values: dict[str, Any], shared: dict[str, Any]):
        self.__dict__ = values | shared

    @classmethod
    def maker(cls, **shared: Any) -> Callable[[dict[str, Any]], Self]:
        shared["language"] = get_language()
        return lambda values: cls(values, shared)


def lean_row(model: type[models.Model], **tables: str) -> type[Any]:
    """A class of rows of ``model``. ``tables``: for a relation, the name under which all rows share the table in memory
    (``core.models.reference``) where its row is found.
    """
    columns: list[Any] = list(model._meta.concrete_fields)
    shown = {f"get_{column.name}_display": _label_of(column) for column in columns if column.choices}
    known = {name: _row_of(model._meta.get_field(name), table) for name, table in tables.items()}
    return type(f"Lean{model.__name__}", (LeanRow,), {**shown, **known})


def _label_of(column: Any) -> property:
    name = column.attname
    known: dict[str | None, dict[Any, str]] = {}

    def label(row: LeanRow) -> Any:
        language, value = row.__dict__["language"], row.__dict__[name]
        if language not in known:
            known[language] = {value: str(label) for value, label in column.flatchoices}
        return known[language].get(value, value)

    return property(label)


def _row_of(column: Any, table: str) -> property:
    name = column.attname
    return property(lambda row: row.__dict__[table].get(row.__dict__[name]))
