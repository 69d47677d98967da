"""Calls that meet on one project: who may write is asked of the row as it is written, and nobody waits for ever."""

import random
from collections import Counter
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from erqi.core.models import AuditEvent
from projects.models import Project
from tests.clients import API, client_for
from tests.factories import plan

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WRITES = {
    "month": ("put", "/projects/S1/progress/2017/3/", {"invested": "1"}),
    "plan": ("post", "/annual-plans/", {"project": "S1", "year": 2017, "planned_investment": "1"}),
    "project": ("patch", "/projects/S1/", {"note": "改"}),
    "stolen back": ("patch", "/projects/S1/", {"lead_unit": "street"}),
}


@contextmanager
def running(*functions):
    """Each in a thread with a connection of its own, waited for at the end."""

    def run(function):
        try:
            function()
        finally:
            connection.close()

    threads = [Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join(60)


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("call", WRITES)
def test_a_project_given_to_another_unit_meanwhile_is_no_longer_written_to(district, call):
    method, path, values = WRITES[call]
    client, answers, held = client_for(district.reporter), [], Event()

    def write():
        held.wait(10)
        answers.append(getattr(client, method)(API + path, values).status_code)

    with running(write), transaction.atomic():
        project = Project.objects.select_for_update(no_key=True).get(code="S1")
        project.lead_unit = district.town
        project.save()
        held.set()
        # The call is made before the move is finished, so it looks at the old row first.
        assert any(waits_for_a_lock() or Event().wait(0.02) for _ in range(500))
    assert answers == ([400] if call == "plan" else [404])
    assert Project.objects.get(code="S1").lead_unit == district.town
    assert not AuditEvent.objects.exists()


def test_a_row_that_others_keep_too_long_is_busy(district):
    client, answers, held = client_for(district.reporter), [], Event()

    def write():
        held.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answers.append(client.put(f"{API}/projects/S1/progress/2017/3/", {"invested": "1"}))

    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(code="S1")
        with running(write):
            held.set()
    (answer,) = answers
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "busy", "1")


def test_many_writes_that_meet_each_other_never_fail_the_server(district):
    for project in (district.street_project, district.town_project, district.unled_project):
        plan(project, 2017, 100)
    failed: list = []

    def work(number):
        choose, client = random.Random(number), client_for(district.reviewer)
        for _ in range(15):
            method, path, values = some_write(choose)
            answer = getattr(client, method)(API + path, values)
            if answer.status_code >= 500:
                failed.append((method, answer.status_code, answer.json()["code"]))

    with running(*(lambda number=number: work(number) for number in range(4))):
        pass
    assert not failed, Counter(failed)


def some_write(choose: random.Random) -> tuple[str, str, dict]:
    code, parent = choose.sample(["S1", "T1", "U1"], 2)
    month = {"invested": str(choose.randint(1, 99)), "reason": "改"}
    part = {"name": "子项", "area": "area", "category": "roads", "lead_unit": "street", "parent": "U1"}
    return choose.choice(
        [
            ("put", f"/projects/{code}/progress/2017/{choose.randint(1, 3)}/", month),
            ("post", "/projects/", part),
            ("patch", f"/projects/{code}/", {"parent": parent, "note": str(choose.random())}),
        ]
    )
