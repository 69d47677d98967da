"""Adding to totals: one statement for a table, on either database."""

from functools import cache
from typing import Any

from django.db import connection

from projects.models.total import AMOUNTS, COUNTS, MEASURES, Total

from .sums import Cells, Key

LATER = "CASE WHEN t.newest IS NULL OR EXCLUDED.newest > t.newest THEN EXCLUDED.newest ELSE t.newest END"
# So many rows in a statement: SQLite knows 32,766 parameters.
BATCH = 1000


def add(table: type[Total], changes: Cells, *, newest: str = LATER) -> None:
    """Add to the cells named, in the order of their keys; ``newest`` is the later one unless told otherwise."""
    keys = in_order(changes)
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        values = [value for key in batch for value in (*key, *(changes[key][name] for name in (*MEASURES, "newest")))]
        columns = [*table.KEY, *MEASURES, "newest"] * len(batch)
        stored = [_stored(table, column, value) for column, value in zip(columns, values, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_statement(table, len(batch), newest), stored)


def in_order(cells: Cells) -> list[Key]:
    return sorted(cells, key=lambda key: [part or 0 for part in key])


@cache
def _column(table: type[Total], name: str) -> Any:
    return table._meta.get_field(name)


def _stored(table: type[Total], name: str, value: Any) -> Any:
    return _column(table, name).get_db_prep_save(value, connection)


@cache
def _statement(table: type[Total], rows: int, newest: str) -> str:
    """SQLite adds in binary: what comes out is brought back to the yuan."""
    keys = [_column(table, name) for name in table.KEY]
    names = [*(key.column for key in keys), *MEASURES, "newest"]
    row = f"({', '.join(['%s'] * len(names))})"
    # As the unique constraint says it.
    target = ", ".join(f"(COALESCE({key.column}, 0))" if key.null else key.column for key in keys)
    sums = [f"{name} = t.{name} + EXCLUDED.{name}" for name in COUNTS]
    sums += [f"{name} = ROUND(t.{name} + EXCLUDED.{name}, 4)" for name in AMOUNTS]
    return (
        f"INSERT INTO {table._meta.db_table} AS t ({', '.join(names)}) VALUES {', '.join([row] * rows)} "  # noqa: S608
        f"ON CONFLICT ({target}) DO UPDATE SET {', '.join(sums)}, newest = {newest}"
    )
