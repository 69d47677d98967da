"""``unit__among=ids``: as ``__in``, with any number of keys as one value.

``__in`` normalises, compiles and sends each key by itself, which for the four hundred units of a district costs more
than the question they belong to.
"""

import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Field, ForeignObject, Lookup


def packed(keys: Iterable[int], connection: Any) -> str:
    """As one value for the database."""
    return f"{{{','.join(map(str, keys))}}}" if connection.vendor == "postgresql" else json.dumps(list(keys))


class KeyList(Field):
    """Any number of primary keys, given later (``core.prepared``)."""

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002 - Django's signature
        return packed(value, connection)


@Field.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        column, params = self.process_lhs(compiler, connection)
        keys: str = "%s"
        more: Any = [packed(self.rhs, connection)] if self.rhs_is_direct_value() else []
        if not more:
            keys, more = self.process_rhs(compiler, connection)
        if connection.vendor == "postgresql":
            # A constant array is both a way into an index and, where rows are looked at one by one, hashed.
            return f"{column} = ANY({keys}::bigint[])", [*params, *more]
        return f"{column} IN (SELECT value FROM json_each({keys}))", [*params, *more]  # noqa: S608 (our own column)
