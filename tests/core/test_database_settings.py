"""What the environment says of the databases, as the settings take it."""

import os
import runpy

import pytest
from django.core.checks import Tags, run_checks
from django.db import connection

from erqi.core.checks import TIMEOUTS
from erqi.settings import BASE_DIR

PRIMARY = "postgres://erqi:secret@one:6432/erqi"
REPLICA = "postgres://erqi:secret@two/erqi"


@pytest.fixture
def settings_with(monkeypatch, tmp_path):
    def read(**environment: str):
        for name in [name for name in os.environ if name.startswith("ERQI_")]:
            monkeypatch.delenv(name)
        for name, value in {"SECRET_KEY": "x", "VAR_DIR": str(tmp_path), **environment}.items():
            monkeypatch.setenv(f"ERQI_{name}", value)
        return runpy.run_path(str(BASE_DIR / "erqi" / "settings.py"))

    return read


def test_one_database_is_not_routed_at_all(settings_with):
    found = settings_with(DATABASE_URL=PRIMARY)
    assert set(found["DATABASES"]) == {"default"}
    assert "DATABASE_ROUTERS" not in found
    assert not [name for name in found["MIDDLEWARE"] if "routing" in name]


def test_a_replica_brings_the_route(settings_with):
    found = settings_with(DATABASE_URL=PRIMARY, REPLICA_URL=REPLICA)
    assert found["DATABASES"]["replica"]["HOST"] == "two"
    assert found["DATABASES"]["replica"]["TEST"] == {"MIRROR": "default"}
    assert found["DATABASE_ROUTERS"] == ["erqi.core.routing.ReadRouter"]
    # Last: inside of the request's origin, after the login.
    assert found["MIDDLEWARE"][-1] == "erqi.core.routing.ReadRouteMiddleware"


def test_each_connection_asks_for_its_limits(settings_with):
    found = settings_with(DATABASE_URL=PRIMARY, REPLICA_URL=REPLICA, STATEMENT_TIMEOUT_SECONDS="7")
    for database in found["DATABASES"].values():
        assert "statement_timeout=7s" in database["OPTIONS"]["options"]
        assert "idle_in_transaction_session_timeout=15s" in database["OPTIONS"]["options"]
        assert "jit=off" in database["OPTIONS"]["options"]
        assert database["OPTIONS"]["connect_timeout"] <= 5


def test_behind_a_pool_nothing_is_asked_of_a_session(settings_with):
    """pgbouncer in transaction mode refuses start-up options, and a cursor would outlive its server connection."""
    found = settings_with(DATABASE_URL=PRIMARY, REPLICA_URL=REPLICA, PGBOUNCER="1")
    for database in found["DATABASES"].values():
        assert "options" not in database["OPTIONS"]
        assert database["DISABLE_SERVER_SIDE_CURSORS"] is True


def warnings() -> list[str]:
    return [found.id for found in run_checks(tags=[Tags.database], databases=["default"])]


def test_limits_that_hold_are_no_news(db):
    assert "erqi.W001" not in warnings()


@pytest.mark.postgresql
@pytest.mark.parametrize("limit", TIMEOUTS)
def test_without_one_of_them_the_check_says_how_to_set_it(db, limit):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {limit} = 0")
    [found] = [found for found in run_checks(tags=[Tags.database], databases=["default"]) if found.id == "erqi.W001"]
    assert "ALTER ROLE" in found.hint
