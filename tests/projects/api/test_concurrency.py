"""Calls that meet on one project: who may write is asked of the row as it is written, and nobody waits for ever."""

import random
from collections import Counter
from contextlib import contextmanager
from threading import Barrier, Event, Thread

import pytest
from django.db import connection, transaction

from erqi.accounts.roles import Role
from erqi.core.models import AuditEvent
from projects.models import ProgressReport, Project
from tests.clients import API, client_for
from tests.factories import plan, user_with

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

WRITES = {
    "month": ("put", "/projects/S1/progress/2017/3/", {"invested": "1"}),
    "plan": ("post", "/plan-changes/", {"project": "S1", "year": 2017, "planned_investment": "1"}),
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


def test_of_two_reviewers_at_once_one_accepts_and_the_other_is_told_who_was_first(district):
    colleague = user_with(Role.REVIEWER, over=district.area)
    filed = client_for(district.reporter).put(f"{API}/projects/S1/progress/2017/3/", {"invested": "10"})
    url = f"{API}/progress-reports/{filed.json()['report']['id']}/accept/"
    together, answers = Barrier(2), {}

    def accept(user):
        client = client_for(user)
        together.wait(10)
        answers[str(user)] = client.post(url)

    with running(lambda: accept(district.reviewer), lambda: accept(colleague)):
        pass
    winner, loser = sorted(answers, key=lambda name: answers[name].status_code)
    assert (answers[winner].status_code, answers[loser].status_code) == (200, 409)
    told = answers[loser].json()
    assert (told["code"], told["state"], told["by"]) == ("wrong_state", "accepted", winner)
    assert winner in told["detail"]
    assert ProgressReport.objects.in_force().get().accepted_by.display_name == winner


def test_two_systems_that_file_the_same_month_at_once_leave_one_filing(district):
    together, answers = Barrier(2), []

    def file(amount):
        client = client_for(district.reporter)
        together.wait(10)
        answers.append(client.put(f"{API}/projects/S1/progress/2017/3/", {"invested": amount}).status_code)

    with running(lambda: file("10"), lambda: file("20")):
        pass
    # The one that came second met a month already on its way.
    assert sorted(answers) == [201, 409]
    assert ProgressReport.objects.get().status == "submitted"


def test_a_month_is_accepted_or_withdrawn_never_both(district):
    filed = client_for(district.reporter).put(f"{API}/projects/S1/progress/2017/3/", {"invested": "10"})
    url = f"{API}/progress-reports/{filed.json()['report']['id']}/"
    together, answers = Barrier(2), []

    def call(user, verb):
        client = client_for(user)
        together.wait(10)
        answers.append(client.post(f"{url}{verb}/").status_code)

    with running(lambda: call(district.reviewer, "accept"), lambda: call(district.reporter, "withdraw")):
        pass
    assert sorted(answers) == [200, 409]


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
    month = {"invested": str(choose.randint(1, 99)), "explanation": "已核对"}
    plan_asked = {"project": code, "year": 2017, "planned_investment": str(choose.randint(1, 99)), "reason": "改"}
    part = {"name": "子项", "area": "area", "category": "roads", "lead_unit": "street", "parent": "U1"}
    return choose.choice(
        [
            ("put", f"/projects/{code}/progress/2017/{choose.randint(1, 3)}/", month),
            ("post", "/projects/", part),
            ("post", "/plan-changes/", plan_asked),
            ("post", f"/progress-reports/{choose.randint(1, 9)}/withdraw/", {}),
            ("patch", f"/projects/{code}/", {"parent": parent, "note": str(choose.random())}),
        ]
    )
