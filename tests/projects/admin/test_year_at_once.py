"""Two clerks with the same form of a project press save at the same moment."""

import re
from datetime import date
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects.models import PlanChange, ReportingPeriod
from tests.core.admin.pages import opened, refusals
from tests.threads import together

from .test_year import filed

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clerks(district):
    clients = [Client(), Client()]
    for client, user in zip(clients, (district.reporter, district.reviewer), strict=True):
        client.force_login(user)
    return clients


def save_both(clerks, form, *changes):
    filled = [opened(client, form) | boxes for client, boxes in zip(clerks, changes, strict=True)]
    return together(*(partial(client.post, form, data) for client, data in zip(clerks, filled, strict=True)))


def test_different_months_are_both_kept(clerks, form, project):
    answers = save_both(clerks, form, {"months-2-invested": "120"}, {"months-3-invested": "60"})
    assert [answer.status_code for answer in answers] == [302, 302]
    assert [filed(project, month).invested for month in (3, 4)] == [120, 60]


def test_several_months_are_held_before_the_end_of_the_trail(clerks, form, project):
    """Else whoever files one of them for another project would wait for the trail, and this form for them."""
    for month in (3, 4):
        days = {"opens": date(2017, month, 15), "due": date(2017, month, 22)}
        ReportingPeriod.objects.create(year=2017, month=month, **days)
    boxes = {f"months-{n}-{name}": value for n in (2, 3) for name, value in (("invested", "1"), ("draft", "on"))}
    filled = opened(clerks[0], form) | boxes
    with CaptureQueriesContext(connection) as statements:
        answer = clerks[0].post(form, filled)
    assert answer.status_code == 302, refusals(answer)
    held = [query["sql"] for query in statements if "FOR NO KEY UPDATE" in query["sql"]]
    tables = [re.search(r'FROM "(\w+)"', sql)[1] for sql in held]
    assert tables[:2] == ["projects_project", "projects_reportingperiod"]
    assert '"month" =' not in held[1]


def test_on_the_same_month_the_later_is_told(clerks, form, project):
    amounts = ("120", "130")
    answers = save_both(clerks, form, *({"months-2-invested": amount} for amount in amounts))
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    kept, told = sorted(zip(amounts, answers, strict=True), key=lambda pair: -pair[1].status_code)
    assert f"报送（{kept[0]} 万元），正在审核" in " ".join(refusals(told[1]))
    assert filed(project, 3).invested == int(kept[0])
    assert project.reports.filter(month=3).count() == 1


def test_on_the_same_plan_one_asks_and_the_other_is_told(clerks, form, project):
    changes = ({"plan-0-planned_investment": amount, "plan-0-reason": "会议"} for amount in ("1300", "1400"))
    answers = save_both(clerks, form, *changes)
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert PlanChange.objects.filter(project=project).count() == 1


def test_on_the_same_field_the_later_is_told(clerks, form, project):
    answers = save_both(clerks, form, {"sponsor": "张三"}, {"sponsor": "李四"})
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    (told,) = (answer for answer in answers if answer.status_code == 200)
    assert "已于" in " ".join(refusals(told))
