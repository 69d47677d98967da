"""A replica that has exactly what the primary had when it last caught up."""

from typing import Any

from django.conf import settings
from django.db import connection, connections


class Lagging:
    def __init__(self, name: str):
        """``name``: a file on SQLite, a database on PostgreSQL."""
        self.name = name
        connections.settings["replica"] = {**connection.settings_dict, "NAME": name}
        replica = connections["replica"]
        # A test may open only the databases that were there before it; this one came later.
        replica.ensure_connection = lambda: replica.connection or replica.connect()  # type: ignore[method-assign]
        self.catch_up()

    def catch_up(self) -> None:
        connections["replica"].close()
        if connection.vendor == "sqlite":
            self._copy_file()
        else:
            self._copy_database()

    def _copy_file(self) -> None:
        import sqlite3

        connection.ensure_connection()
        copy = sqlite3.connect(self.name)
        connection.connection.backup(copy)
        copy.close()

    def _copy_database(self) -> None:
        original = connection.settings_dict["NAME"]
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}"')
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{original}"')

    def end(self) -> None:
        connections["replica"].close()
        del connections["replica"]
        del connections.settings["replica"]
        if connection.vendor != "sqlite":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{self.name}"')


def routed() -> dict[str, Any]:
    """The settings that ERQI_REPLICA_URL brings."""
    return {
        "DATABASE_ROUTERS": ["erqi.core.routing.ReadRouter"],
        "MIDDLEWARE": [*settings.MIDDLEWARE, "erqi.core.routing.ReadRouteMiddleware"],
    }
