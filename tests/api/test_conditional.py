"""A reader who has the answer already is told so, by one small statement, until anything was written."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.services.projects import save_project
from tests.clients import API, client_for
from tests.factories import plan, report

LISTS = [
    "/projects/?limit=5",
    "/projects/S1/",
    "/projects/S1/progress/?year=2017",
    "/statistics/overview/?year=2017&month=3",
    "/units/",
    "/me/",
]


@pytest.fixture
def bureau(district):
    client = client_for(district.reviewer)
    client.get(f"{API}/me/")
    return client


def again(client, path: str, tag: str, **headers):
    return client.get(API + path, headers={"If-None-Match": tag, **headers})


@pytest.mark.parametrize("path", LISTS)
def test_unchanged_it_is_not_sent_again(bureau, path):
    first = bureau.get(API + path)
    assert first["Cache-Control"] == "private, no-cache"
    with CaptureQueriesContext(connection) as asked:
        second = again(bureau, path, first["ETag"])
    assert (second.status_code, second.content, second["ETag"]) == (304, b"", first["ETag"])
    assert len(asked) == 1


@pytest.mark.parametrize("path", LISTS)
def test_after_any_change_it_is(bureau, district, path):
    tag = bureau.get(API + path)["ETag"]
    district.street_project.note = "改"
    save_project(district.street_project, by=district.reviewer)
    changed = again(bureau, path, tag)
    assert (changed.status_code, changed["ETag"] != tag) == (200, True)


def test_an_accepted_month_changes_the_statistics(bureau, district):
    plan(district.street_project, 2017, 12)
    path = "/statistics/overview/?year=2017&month=3"
    tag = bureau.get(API + path)["ETag"]
    report(district.street_project, 2017, 3, 5)
    answer = again(bureau, path, tag)
    assert (answer.status_code, answer.json()["total"]["done"]) == (200, "5.0000")


def test_a_renamed_unit_is_sent(bureau, district):
    tag = bureau.get(f"{API}/units/")["ETag"]
    district.street.name = "新街道"
    district.street.save()
    assert again(bureau, "/units/", tag).status_code == 200


def test_a_tag_belongs_to_its_reader_question_language_and_day(bureau, district, monkeypatch):
    tag = bureau.get(f"{API}/projects/")["ETag"]
    assert again(client_for(district.reporter), "/projects/", tag).status_code == 200
    assert again(bureau, "/projects/?limit=7", tag).status_code == 200
    assert again(bureau, "/projects/", tag, **{"Accept-Language": "en"}).status_code == 200
    assert again(bureau, "/projects/", tag).status_code == 304
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_args: date(2031, 1, 1))
    assert again(bureau, "/projects/", tag).status_code == 200


def test_one_of_several_tags_is_enough(bureau):
    tag = bureau.get(f"{API}/projects/")["ETag"]
    assert again(bureau, "/projects/", f'W/"other", {tag}').status_code == 304


def test_who_may_not_read_learns_nothing(district, bureau):
    tag = bureau.get(f"{API}/projects/")["ETag"]
    assert again(client_for(district.nobody), "/projects/", tag).status_code == 403
    refused = bureau.get(f"{API}/projects/?limit=x")
    assert (refused.status_code, "ETag" in refused) == (400, False)
    assert "ETag" not in bureau.get(f"{API}/projects/NONE/")


def test_a_role_that_ended_ends_the_tag(bureau, district):
    tag = bureau.get(f"{API}/projects/")["ETag"]
    held = district.reviewer.memberships.get()
    held.active = False
    held.save()
    assert again(bureau, "/projects/", tag).status_code == 403
    held.active, held.unit = True, district.street
    held.save()
    assert again(bureau, "/projects/", tag).status_code == 200


def test_a_tag_belongs_to_the_token_that_asked(district):
    """What it may do and when it ends is part of some answers."""
    tag = client_for(district.reviewer).get(f"{API}/me/")["ETag"]
    assert again(client_for(district.reviewer), "/me/", tag).status_code == 200


def test_what_depends_on_the_time_of_day_has_no_tag(bureau):
    assert "ETag" not in bureau.get(f"{API}/supervision-orders/")


def test_the_head_alone_carries_the_tag_too(bureau):
    tag = bureau.get(f"{API}/projects/")["ETag"]
    assert bureau.head(f"{API}/projects/")["ETag"] == tag
    assert bureau.head(f"{API}/projects/", headers={"If-None-Match": tag}).status_code == 304
