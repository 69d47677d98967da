"""A ratio to a floor that answers something else would say nothing."""

from django.test import Client

from bench import data
from bench.measure import difference, read
from bench.operations import OPERATIONS

READS = [
    name for name, operation in OPERATIONS.items() if operation.floor and operation.compared and name != "list-deep"
]


def site_answer(request) -> bytes:
    answer = Client().generic(request["method"], request["path"], headers=request["headers"])
    assert answer.status_code == 200, answer.content
    return answer.getvalue()


def test_the_floor_gives_the_sites_own_answers(small, here, floor_answer):
    data.derive()
    found = {name: differs(OPERATIONS[name].requests(small, here)[:5], floor_answer) for name in READS}
    assert found == dict.fromkeys(READS, "")


def differs(requests, floor_answer) -> str:
    pairs = ((read(site_answer(request)), read(floor_answer(request))) for request in requests)
    return next((found for site, floor in pairs if (found := difference(site, floor))), "")


def test_a_difference_is_said_with_its_place():
    assert difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == "/a/1/b: 2 ≠ floor 3"
    assert difference({"a": 1}, {"a": 1, "b": None}) == "/b: '—' ≠ floor None"
    assert difference({"next": "one address"}, {"next": "another"}) == ""
