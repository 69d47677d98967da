"""INSERT … SELECT for a model's table, the same on both databases."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, models


def series(count: int) -> str:
    """Rows i = 1 … ``count``."""
    return f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS s"


def insert(model: type[models.Model], rows: str, **values: str) -> int:
    """``values``: column → SQL over ``rows``. Columns not named are null, the model's default, or an empty text."""
    columns = {f.column: values.pop(f.attname, None) or _default(f) for f in model._meta.concrete_fields}
    if values:
        raise ValueError(f"{model.__name__} has no column {', '.join(values)}")
    given = {column: value for column, value in columns.items() if value is not None}
    names = ", ".join(connection.ops.quote_name(str(column)) for column in given)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(given.values())} FROM {rows}")
        return cursor.rowcount


def _default(field: Any) -> str | None:
    if field.primary_key or field.generated or (field.null and not field.has_default()):
        return None
    return literal(field.get_default() if field.has_default() else "")


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int):
        return str(value).upper()
    if isinstance(value, list | dict):
        value = json.dumps(value)
    elif isinstance(value, datetime):
        value = moment(value)
    elif isinstance(value, date):
        value = value.isoformat()
    return "'" + str(value).replace("'", "''") + "'"


def typed(kind: str, value: Any) -> str:
    """Inside an expression PostgreSQL must be told what a text is."""
    return literal(value) if connection.vendor == "sqlite" else f"{kind} {literal(value)}"


def moment(value: datetime) -> str:
    """As the database keeps it: SQLite in UTC, without saying so."""
    text = value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return text if connection.vendor == "sqlite" else f"{text}+00"


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
