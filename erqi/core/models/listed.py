"""The values of another table's rows as one column, so that a list of rows stays one statement."""

import json
from typing import Any

from django.db.models import QuerySet, Subquery, TextField


class Listed(Subquery):
    """``Listed(rows, "unit_id")``: a list of one column of ``rows``, in their order."""

    template = "ARRAY(%(subquery)s)"

    def __init__(self, rows: QuerySet, column: str):
        super().__init__(rows.values_list(column), output_field=TextField())

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        column: Any
        [column] = self.query.select or self.query.annotation_select.values()
        name = connection.ops.quote_name(column.target.column)
        template = f"(SELECT json_group_array({name}) FROM (%(subquery)s))"  # noqa: S608 (a column of ours)
        return super().as_sql(compiler, connection, template=template)

    def convert_value(self, value: Any, _expression: Any, _connection: Any) -> list:
        """SQLite's array arrives as JSON."""
        return json.loads(value) if isinstance(value, str) else value
