"""A hot query written as a QuerySet and put into SQL once: each call only fills in its values.

Building and compiling a QuerySet costs more than a small statement does, and so does planning it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connections, router
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from psycopg2.extensions import AsIs

# So often on one connection that it is worth preparing: as psycopg 3 does by itself.
OFTEN = 5


class Param(Expression):
    """A value that is given with each call; ``field`` says how the database wants it."""

    def __init__(self, name: str, field: Field):
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]


class Prepared:
    """Made of a function that returns a QuerySet with ``Param`` in the places of its values.

    ``for_good``: as long as the process runs, so that the database may keep its plan, too; nobody would tell it to
    forget one again.
    """

    def __init__(self, build: Callable[[], QuerySet], *, for_good: bool = True):
        self.build, self.for_good = build, for_good
        self.statements: dict[str, Statement] = {}

    @cached_property
    def model(self) -> type[Model]:
        return self.build().model

    def __call__(self, **values: Any) -> list[Any]:
        """As the QuerySet itself: tuples of its ``values``, else its model's rows with the related ones it selects."""
        statement, rows = self._asked(values)
        return [statement.make(row) for row in rows] if statement.make else rows

    def dicts(self, **values: Any) -> list[dict[str, Any]]:
        statement, rows = self._asked(values)
        return [dict(zip(statement.names, row, strict=True)) for row in rows]

    def _asked(self, values: dict[str, Any]) -> tuple["Statement", list[tuple]]:
        # As a QuerySet would: a replica where one may answer (erqi.core.routing).
        connection = connections[router.db_for_read(self.model)]
        statement = self._statement(connection)
        with connection.cursor() as cursor:
            _execute(statement, values, connection, cursor)
            rows = cursor.fetchall()
        # The compiler belongs to a connection: kept, it would keep that of the thread that came first.
        compiler = statement.query.get_compiler(connection=connection)
        converters = statement.converters
        if converters is None:
            converters = compiler.get_converters(statement.columns)
        if converters:
            rows = [tuple(row) for row in compiler.apply_converters(rows, converters)]
        return statement, rows

    def _statement(self, connection: Any) -> "Statement":
        if connection.alias not in self.statements:
            rows = self.build()
            compiler = rows.query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
            columns = [column[0] for column in compiler.select]
            # Those of the database itself belong to a connection, too.
            bound = any(connection.ops.get_db_converters(column) for column in columns)
            self.statements[connection.alias] = Statement(
                name=f"erqi_{next(_numbers)}" if self.for_good else "",
                sql=sql,
                params=params,
                query=compiler.query,
                columns=columns,
                converters=None if bound else compiler.get_converters(columns),
                names=list(compiler.query.selected or ()),
                make=_maker(compiler) if rows._iterable_class is ModelIterable else None,
            )
        return self.statements[connection.alias]


class Statement(NamedTuple):
    """``name``: the database's, "" for one that it does not keep."""

    name: str
    sql: str
    params: tuple
    query: Any
    columns: list[Any]
    converters: dict | None
    names: list[str]
    make: Callable[[Sequence[Any]], Model] | None


def _maker(compiler: Any) -> Callable[[Sequence[Any]], Model]:
    """A row as Django's ``ModelIterable`` makes an instance of it."""
    info, alias = compiler.klass_info, compiler.connection.alias
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column.target.attname for column, *_sql in compiler.select[start:end]]
    # The stubs are of Django 6, which takes one more.
    related = get_related_populators(info, compiler.select, alias)  # type: ignore[call-arg]

    def make(row: Sequence[Any]) -> Model:
        made = info["model"].from_db(alias, names, row[start:end])
        for populator in related:
            populator.populate(row, made)
        return made

    return make


_numbers = count(1)
# Connection → how often each statement was asked on it.
_asked_on: WeakKeyDictionary[Any, Counter[str]] = WeakKeyDictionary()


def _execute(statement: Statement, values: dict[str, Any], connection: Any, cursor: Any) -> None:
    """Planning a wide statement takes the database longer than answering it: one that a connection is asked often is
    planned once there. Not behind a pool in transaction mode, where the next transaction has another connection.
    """
    own_session = connection.vendor == "postgresql" and not connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]
    if own_session and statement.name and _often(statement, connection):
        given = [_filled(param, values, connection) for param in statement.params if isinstance(param, Param)]
        places = f"({', '.join(['%s'] * len(given))})" if given else ""
        cursor.execute(f"EXECUTE {statement.name}{places}", given)
    else:
        cursor.execute(statement.sql, [_filled(param, values, connection) for param in statement.params])


def _often(statement: Statement, connection: Any) -> bool:
    """Whether the database has it prepared for this connection, which it is now if this is the moment."""
    times = _asked_on.setdefault(connection.connection, Counter())
    if times[statement.name] >= OFTEN:
        return True
    if times[statement.name] == OFTEN - 1:
        # Constants stay in its words, so that an index for them alone can still be chosen.
        numbers = count(1)
        params = [AsIs(f"${next(numbers)}") if isinstance(param, Param) else param for param in statement.params]
        with connection.wrap_database_errors, connection.connection.cursor() as bare:
            bare.execute(f"PREPARE {statement.name} AS {statement.sql}", params)
    # Not before it is prepared, which a transaction that has failed already refuses.
    times[statement.name] += 1
    return times[statement.name] >= OFTEN


def _filled(param: Any, values: dict[str, Any], connection: Any) -> Any:
    if not isinstance(param, Param):
        return param
    return param.output_field.get_db_prep_value(values[param.name], connection)
