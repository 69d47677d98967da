"""No hot operation reads a large table from end to end. `make bench` asks the same of 100,000 projects."""

import pytest

from bench import data, rows
from bench.measure import requests_of
from bench.operations import HOT, OPERATIONS, World
from bench.plans import scans
from bench.reference import Shape
from bench.sql import execute

pytestmark = pytest.mark.postgresql


@pytest.fixture
def many(db) -> World:
    """As many as it takes for the planner to prefer an index."""
    shape = Shape(projects=4000, districts=1, months=range(10, 13), lit=range(12, 13))
    execute("SET LOCAL session_replication_role = replica")
    rows.fill(shape)
    execute("ANALYZE")
    data.rebuild_totals()
    execute("SET LOCAL session_replication_role = origin")
    execute("ANALYZE")
    return World(shape)


def found(names, many, here):
    found = [scan for name in names for scan in scans(name, requests_of(OPERATIONS[name], many, here, 1)[0])]
    return [(scan.operation, scan.node, scan.table, scan.condition) for scan in found]


def test_hot_operations_find_their_rows_by_an_index(many, here):
    assert found([name for name in HOT if name != "search"], many, here) == []
    # So few names are read sooner than looked up by their parts, as a hundred thousand are.
    execute("SET LOCAL enable_seqscan = off")
    assert found(["search"], many, here) == []
