from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from erqi.accounts.models import ApiToken
from erqi.accounts.roles import Role
from tests.clients import API, client_for
from tests.factories import key_for

MONTH = f"{API}/projects/S1/progress/2017/3/"


@pytest.mark.parametrize(
    ("scopes", "read", "write"), [(["read"], 200, 403), (["report"], 403, 201), (["read", "report"], 200, 201)]
)
def test_a_token_stays_within_its_scopes(district, scopes, read, write):
    client = client_for(district.reporter, *scopes)
    assert client.get(f"{API}/projects/S1/").status_code == read
    assert client.put(MONTH, {"invested": "1"}).status_code == write


REPORTING = [
    ("post", "/projects/"),
    ("patch", "/projects/S1/"),
    ("put", "/projects/S1/progress/2017/3/"),
    ("post", "/plan-changes/"),
    ("post", "/plan-changes/1/withdraw/"),
    ("post", "/progress-reports/1/submit/"),
    ("post", "/progress-reports/1/withdraw/"),
]
DECIDING = [
    ("post", "/annual-plans/"),
    ("post", "/plan-changes/1/approve/"),
    ("post", "/plan-changes/1/reject/"),
    ("post", "/progress-reports/1/endorse/"),
    ("post", "/progress-reports/1/accept/"),
    ("post", "/progress-reports/1/return/"),
    ("post", "/progress-reports/1/reopen/"),
    ("post", "/progress-reports/1/dismiss/"),
    ("post", "/periods/"),
    ("patch", "/periods/2017-3/"),
    ("post", "/periods/2017-3/extensions/"),
]


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [*((*call, "report") for call in REPORTING), *((*call, "review") for call in DECIDING)],
)
def test_a_refusal_names_the_missing_scope(district, method, path, scope):
    """What decides has a scope of its own: a token that files never accepts, and the other way round."""
    others = {"read", "report", "review"} - {scope}
    answer = getattr(client_for(district.reviewer, *others), method)(API + path, {})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")
    assert f"“{scope}”" in answer.json()["detail"]


@pytest.mark.parametrize(("method", "path"), DECIDING)
def test_the_scope_that_decides_is_enough_to_decide(district, method, path):
    district.reviewer.memberships.create(unit=district.area, role=Role.ENDORSER)
    answer = getattr(client_for(district.reviewer, "review"), method)(API + path, {})
    assert answer.status_code in {400, 404}


def test_a_token_gives_no_more_than_its_user_has(district):
    client = client_for(district.leader)
    assert client.put(MONTH, {"invested": "1"}).json()["code"] == "role_not_allowed"


@pytest.mark.parametrize("change", ["expired", "revoked", "inactive user", "other key"])
def test_an_unusable_token_is_401(district, change):
    client = client_for(district.reporter)
    assert client.get(f"{API}/me/").status_code == 200
    if change == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif change == "revoked":
        ApiToken.objects.update(revoked_at=timezone.now())
    elif change == "inactive user":
        district.reporter.is_active = False
        district.reporter.save()
    else:
        client.credentials(HTTP_AUTHORIZATION="Bearer erqi_nothing")
    answer = client.get(f"{API}/me/")
    assert (answer.status_code, answer.json()["code"]) == (401, "authentication_failed")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_will_expire_still_works(district):
    client = APIClient()
    key = key_for(district.reporter, expires_at=timezone.now() + timedelta(hours=1))
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.get(f"{API}/me/").status_code == 200


def test_me_says_who_where_and_within_what(district):
    me = client_for(district.reporter, "read").get(f"{API}/me/").json()
    assert me["username"] == "reporter"
    assert me["memberships"] == [
        {"unit": "street", "unit_name": "某街道", "role": "reporter", "role_display": "单位填报人"}
    ]
    assert me["token"]["scopes"] == ["read"]


def test_a_browser_session_has_no_scopes_but_needs_its_csrf_token(district):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(district.reporter)
    assert client.get(f"{API}/me/").json()["token"] is None
    answer = client.put(MONTH, {"invested": "1"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    trusting = APIClient()
    trusting.force_login(district.reporter)
    assert trusting.put(MONTH, {"invested": "1"}).status_code == 201
