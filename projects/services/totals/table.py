"""Adding to totals: one statement for a table, on either database."""

from functools import cache, lru_cache
from typing import Any

from django.db import connection

from projects.models.total import AMOUNTS, COUNTS, MEASURES, Total

from .sums import Cells, Key

LATER = "CASE WHEN t.newest IS NULL OR EXCLUDED.newest > t.newest THEN EXCLUDED.newest ELSE t.newest END"
STATEMENT_TIMEOUT, IDLE_TIMEOUT = "statement_timeout", "idle_in_transaction_session_timeout"
# So many rows in a statement: SQLite knows 32,766 parameters.
BATCH = 1000


def add(table: type[Total], changes: Cells, *, newest: str = LATER) -> None:
    """Add to the cells named, in the order of their keys; ``newest`` is the later one unless told otherwise."""
    keys = in_order(changes)
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        # Most measures stay as they are: naming them would be most of the statement.
        changed = tuple(name for name in MEASURES if any(changes[key][name] for key in batch))
        rows = [[*key, *(changes[key][name] for name in (*changed, "newest"))] for key in batch]
        columns = [_column(table, name) for name in (*table.KEY, *changed, "newest")]
        with connection.cursor() as cursor:
            head, row, tail = _statement(table, changed, newest)
            cursor.execute(f"{head} {', '.join([row] * len(rows))} {tail}", _stored(columns, rows))


def in_order(cells: Cells) -> list[Key]:
    return sorted(cells, key=lambda key: [part or 0 for part in key])


@cache
def _column(table: type[Total], name: str) -> Any:
    return table._meta.get_field(name)


def _stored(columns: list[Any], rows: list[list[Any]]) -> list[Any]:
    return [
        column.get_db_prep_save(value, connection) for row in rows for column, value in zip(columns, row, strict=True)
    ]


@lru_cache(1000)
def _statement(table: type[Total], changed: tuple[str, ...], newest: str) -> tuple[str, str, str]:
    """What stands before the rows, a row, and what stands after them. A new row has zeros for what is not ``changed``.

    SQLite adds in binary: what comes out is brought back to the yuan.
    """
    keys = [_column(table, name) for name in table.KEY]
    names = [*(key.column for key in keys), *changed, "newest"]
    zeros = [name for name in MEASURES if name not in changed]
    # As the unique constraint says it.
    target = ", ".join(f"(COALESCE({key.column}, 0))" if key.null else key.column for key in keys)
    sums = [f"{name} = t.{name} + EXCLUDED.{name}" for name in COUNTS if name in changed]
    sums += [f"{name} = ROUND(t.{name} + EXCLUDED.{name}, 4)" for name in AMOUNTS if name in changed]
    return (
        f"INSERT INTO {table._meta.db_table} AS t ({', '.join(names + zeros)}) VALUES",
        f"({', '.join(['%s'] * len(names) + ['0'] * len(zeros))})",
        f"ON CONFLICT ({target}) DO UPDATE SET {', '.join([*sums, f'newest = {newest}'])}",
    )


def unlimited(*limits: str) -> None:
    """Lifts ``STATEMENT_TIMEOUT`` or ``IDLE_TIMEOUT`` until the transaction ends: however many rows there are, and
    however long it takes to add them up here.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("; ".join(f"SET LOCAL {limit} = 0" for limit in limits))
