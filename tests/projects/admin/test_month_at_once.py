"""The clerk's month, two clerks at the same moment."""

from functools import partial

import pytest
from django.test import Client

from erqi.accounts.roles import Role
from projects.models import ProgressReport
from tests import factories
from tests.threads import together

from .test_month import YEAR, opened, press


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_clerks_at_once_the_later_one_is_told():
    made = factories.district()
    factories.plan(made.street_project, YEAR, "1200")
    clients, pages = [Client(), Client()], []
    for client in clients:
        client.force_login(factories.user_with(Role.REPORTER, over=made.street))
        pages.append(opened(client))
    presses = (
        partial(press, clients[place], "draft:all", pages[place], S1__invested=str(10 + place)) for place in (0, 1)
    )
    codes = [answer.status_code for answer in together(*presses)]
    # One is saved and sent on; the other has the page back with what was typed.
    assert sorted(codes) == [200, 302]
    assert ProgressReport.objects.filter(project=made.street_project).count() == 1
