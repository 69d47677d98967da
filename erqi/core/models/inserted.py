"""Models whose rows are written one by one and often: their INSERT is put into SQL once, not anew for each row."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connections, models


class Inserted(models.Model):
    """The usual ``save``; where a value is an expression, or the database is to shape it, Django says the INSERT."""

    class Meta:
        abstract = True

    def _do_insert(self, manager, using, fields, returning_fields, raw):
        connection = connections[using]
        given = [getattr(self, field.attname) if raw else field.pre_save(self, True) for field in fields]  # noqa: FBT003 - Django's signature
        shaped = any(hasattr(field, "get_placeholder") for field in fields)
        if shaped or any(hasattr(value, "resolve_expression") for value in given):
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]
        stored = [field.get_db_prep_save(value, connection) for field, value in zip(fields, given, strict=True)]
        with connection.cursor() as cursor:
            cursor.execute(_insert(type(self), tuple(fields), tuple(returning_fields)), stored)
            return cursor.fetchall()


@cache
def _insert(model: type[models.Model], fields: Sequence[Any], returned: Sequence[Any]) -> str:
    """Both databases return what they have made up themselves: the key."""
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    back = ", ".join(f'"{field.column}"' for field in returned)
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places}) RETURNING {back}'  # noqa: S608 (our own names)
