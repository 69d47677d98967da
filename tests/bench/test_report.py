"""The published tables are made from kept results, and nothing else on the page is touched."""

from bench.growth import grown
from bench.report import rewritten, tables


def runs(*p50) -> list[dict]:
    figures = {"p95": 9, "rps": 100, "bytes": 2000, "cpu_web": 3, "cpu_database": 1, "memory": 90}
    return [{"p50": value, **figures} for value in p50]


def result(projects: int, site: tuple, floor: tuple) -> dict:
    clients = {"1": {"site": runs(*site), "floor": runs(*floor)}}
    return {
        "when": "2017-12-31 10:00",
        "database": "postgres",
        "projects": projects,
        "shape": f"{projects} projects",
        "machine": {"database": "PostgreSQL 15"},
        "runs": 3,
        "requests": 300,
        "loader_p50": 0.2,
        "operations": {"list": {"statements": {"site": 3, "floor": 3}, "clients": clients}},
    }


def test_only_what_stands_between_the_marks_is_replaced():
    page = "before\n<!-- tables -->\nold\n<!-- /tables -->\nafter"
    assert rewritten(page, {"tables": "new"}) == "before\n<!-- tables -->\nnew\n<!-- /tables -->\nafter"


def test_the_ratio_is_taken_run_by_run():
    text = tables({("postgres", 1000): result(1000, site=(4, 6, 8), floor=(2, 2, 2))})
    assert "| list | 1 | 6.00 |" in text
    assert "| 3.00 (2.00–4.00) |" in text


def test_growth_is_told_as_times_the_smallest_run_by_run():
    found = {
        "list": {"1000": {"site": [4, 8, 4], "floor": [2, 2, 2]}, "100000": {"site": [5, 8, 6], "floor": [3, 2, 2]}}
    }
    assert "| list | 4.00 | 1.25× (1.00–1.50) | 1.00× (1.00–1.50) |" in grown(found)


def test_what_a_size_does_not_answer_is_left_open():
    found = {"export": {"1000": {"site": [4], "floor": [2]}, "100000": {}}}
    assert "| export | 4.00 | — | — |" in grown(found)
