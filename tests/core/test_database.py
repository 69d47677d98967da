from django.db import connection


def test_postgresql_is_driven_by_psycopg2(db):
    """Django takes psycopg 3 wherever it can be imported; what was measured and locked is psycopg2."""
    import importlib.util

    assert importlib.util.find_spec("psycopg") is None
    if connection.vendor == "postgresql":
        assert connection.Database.__name__ == "psycopg2"
