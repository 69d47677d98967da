"""A database that is away is 503 with when to come again, for pages and for the API; never an error of ours."""

from unittest import mock

import psycopg2
import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from erqi.core.outages import is_outage
from tests import factories
from tests.clients import API, client_for


def lost(message: str = "server closed the connection unexpectedly") -> OperationalError:
    """As Django raises it: the driver's own error, which nobody gave a code, is its cause."""
    error = OperationalError(message)
    error.__cause__ = psycopg2.OperationalError(message)
    return error


def coded(code: str, kind: type[Exception] = OperationalError) -> Exception:
    error = kind("the database says so")
    error.__cause__ = type("Cause", (psycopg2.OperationalError,), {"pgcode": code})()
    return error


@pytest.mark.parametrize("code", ["08006", "08P01", "57P01", "57P02", "57P03", "53300", "25006"])
def test_codes_of_a_database_that_is_away(code):
    assert is_outage(coded(code))


@pytest.mark.parametrize("code", ["57014", "40P01", "53100", "XX000"])
def test_other_failures_are_not_called_so(code):
    assert not is_outage(coded(code))


def test_without_a_code_there_was_nobody_to_give_one():
    assert is_outage(lost())
    assert is_outage(InterfaceError("connection already closed"))
    assert not is_outage(OperationalError("no such table"))
    assert not is_outage(RuntimeError())


def test_the_api_answers_with_problem_details(district):
    client = client_for(district.reviewer)
    with mock.patch("rest_framework.views.APIView.initial", side_effect=lost()):
        answer = client.put(f"{API}/projects/S1/progress/2017/3/", {"invested": "1"})
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "2")
    assert answer["Content-Type"] == "application/problem+json"
    assert "数据库暂不可用" in answer.json()["detail"]


def test_so_does_what_fails_before_the_api_has_the_request(db):
    client = Client(raise_request_exception=False)
    with mock.patch("erqi.core.middleware.channel", side_effect=lost()):
        answer = client.get(f"{API}/me/")
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "unavailable", "2")


@pytest.mark.parametrize(
    ("error", "status", "words"), [(lost(), 503, "数据库暂不可用"), (RuntimeError(), 500, "系统出错")]
)
def test_pages_say_it_in_words(db, error, status, words):
    client = Client(raise_request_exception=False)
    client.force_login(factories.UserFactory(is_superuser=True))
    with mock.patch("erqi.dashboard.basis.Basis.__init__", side_effect=error):
        answer = client.get("/")
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert ("Retry-After" in answer) == (status == 503)
