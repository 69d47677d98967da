import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from bench import rows
from bench.operations import World
from bench.reference import Shape
from bench.site import Server


@pytest.fixture
def small(db) -> World:
    """A bench of 200 projects, without what is derived from its rows."""
    shape = Shape(projects=200, districts=1, months=range(1, 13), lit=range(12, 13))
    rows.fill(shape)
    return World(shape)


@pytest.fixture
def floor_answer(monkeypatch) -> Callable[[dict[str, Any]], Any]:
    """What the floor says, on the test's own connection: what the test wrote is nowhere else yet."""
    from bench.floor import app, db, reach

    connection.ensure_connection()
    database = db.Database(connection.connection)
    monkeypatch.setattr(db._local, "database", database, raising=False)
    reach.reference.cache_clear()

    def answer(request: dict[str, Any]) -> Any:
        path, _mark, query = request["path"].partition("?")
        environ = {"REQUEST_METHOD": request["method"], "PATH_INFO": path, "QUERY_STRING": query}
        environ |= {"HTTP_AUTHORIZATION": request["headers"]["Authorization"], "wsgi.input": io.BytesIO()}
        return b"".join(app.application(environ, lambda _status, _headers: None))

    yield answer
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name in database.known:
                cursor.execute(f"DEALLOCATE {name}")


@pytest.fixture
def here() -> Server:
    """In place of a running server: requests are put together only."""
    return Server("site", 0, None)
