"""One test for each thing the frameworks would let pass (docs: the API's base settles them once)."""

import json
import sqlite3
from datetime import timedelta
from unittest import mock

import pytest
from django.db import OperationalError
from django.utils import timezone

from erqi.core.api.parsers import MAX_BYTES
from erqi.core.api.renderers import JSONRenderer
from projects.api.reports import ProgressReportViewSet
from projects.models import ProgressReport, Project
from tests.clients import API, client_for, paths
from tests.factories import ProjectFactory, plan, report

pytestmark = pytest.mark.usefixtures("kept_district")
MARCH = f"{API}/projects/S1/progress/2017/3/"


@pytest.fixture
def client(district):
    return client_for(district.reporter)


def put(client, raw: str | bytes, url: str = MARCH, **extra):
    return client.put(url, raw, content_type="application/json", **extra)


def code(response) -> str:
    assert response["Content-Type"] == "application/problem+json"
    return response.json()["code"]


# Bodies


@pytest.mark.parametrize("opening", ['{"note":', "["])
def test_deep_nesting_is_refused(client, opening):
    answer = put(client, opening * 100_000)
    assert (answer.status_code, code(answer)) == (400, "too_deep")


def test_nesting_that_python_could_still_read_is_refused_too(client):
    answer = put(client, '{"note":' + "[" * 30 + "]" * 30 + "}")
    assert (answer.status_code, code(answer)) == (400, "too_deep")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"note": "\xff"}', "not_utf8"),
        (b'{"note": }', "parse_error"),
        (b"[1, 2]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"invested": NaN}', "not_json"),
        (b'{"invested": -Infinity}', "not_json"),
        (b'{"note": "\\ud800"}', "lone_surrogate"),
        (b'{"\\udfff": 1}', "lone_surrogate"),
        (b'{"\\ud800": 1, "\\ud800": 2}', "lone_surrogate"),
    ],
)
def test_what_is_not_json_is_refused(client, raw, expected):
    answer = put(client, raw)
    assert (answer.status_code, code(answer)) == (400, expected)
    assert not ProgressReport.objects.exists()


def test_a_byte_order_mark_is_no_harm(client):
    assert put(client, b'\xef\xbb\xbf{"invested": "1"}').status_code == 201


def test_a_field_given_twice_is_refused(client):
    answer = put(client, '{"invested": "1", "invested": "2"}')
    assert (answer.status_code, paths(answer)) == (400, ["/invested"])


def test_an_unknown_field_is_refused_by_name(client):
    answer = put(client, '{"invested": "1", "invseted": "2"}')
    assert (answer.status_code, paths(answer)) == (400, ["/invseted"])


def test_a_body_over_the_limit_is_413(client):
    answer = put(client, '{"note": "' + "x" * MAX_BYTES + '"}')
    assert (answer.status_code, code(answer)) == (413, "too_large")


def test_only_json_is_read(client):
    answer = client.put(MARCH, "invested=1", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")


def test_only_json_is_written(client):
    answer = client.get(f"{API}/me/", headers={"accept": "text/html"})
    assert (answer.status_code, code(answer)) == (406, "not_acceptable")


# Amounts


@pytest.mark.parametrize(
    "raw",
    [
        '"NaN"',
        '"Infinity"',
        "1e400",
        "1e1000000000000000000000",
        "-1e-1000000000000000000000",
        "1.5",
        "1e2",
        '"1e5"',
        '"十"',
        '"1_000"',
        '" 5 "',
        '"5 "',
        '""',
        "true",
        "[]",
        "{}",
        '"1,23"',
        '"0x1f"',
        '"٣"',
        '"5²"',
        "9" * 5000,
        f'"{"9" * 5000}"',
        "1000000000000",
        '"0.00001"',
    ],
)
def test_what_is_not_plainly_an_amount_is_refused(client, raw):
    answer = put(client, f'{{"invested": {raw}}}')
    assert (answer.status_code, paths(answer)) == (400, ["/invested"]), answer.content


@pytest.mark.parametrize(
    ("raw", "stored"),
    [('"１２３４．５"', "1234.5000"), ('"1,234.5"', "1234.5000"), ("12", "12.0000"), ('"0.0001"', "0.0001")],
)
def test_amounts_as_clerks_and_systems_write_them(client, raw, stored):
    assert put(client, f'{{"invested": {raw}}}').json()["report"]["invested"] == stored


@pytest.mark.parametrize("percent", ["100.01", "-1", "12.345", "x"])
def test_the_percentage_stays_in_range(client, percent):
    assert paths(client.put(MARCH, {"invested": "1", "physical_percent": percent})) == ["/physical_percent"]


# Text


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x7f", "\u202e", "\u2066", "\ufeff", "\u200f"])
def test_control_and_direction_characters_are_refused(client, character):
    answer = client.put(MARCH, {"invested": "1", "note": f"桥{character}台"})
    assert (answer.status_code, paths(answer)) == (400, ["/note"])
    # Where it is: nobody can see it.
    assert "第 2 个字符" in answer.json()["errors"][0]["message"]


def test_text_is_trimmed_and_in_one_form(client):
    shown = client.put(MARCH, {"invested": "1", "note": "  Cafe\u0301 𠮷\n第二行 "}).json()["report"]
    assert shown["note"] == "Café 𠮷\n第二行"


@pytest.mark.parametrize("value", [5, True, ["a"], {"a": 1}])
def test_text_is_a_string(client, value):
    assert paths(client.put(MARCH, {"invested": "1", "note": value})) == ["/note"]


# Dates and moments


@pytest.mark.parametrize(
    "text", ["2026-W01-1", "20260101", "２０２６-０１-０１", "2026-1-1", "2026-02-30", "0000-01-01", 20260101]
)
def test_dates_have_one_form(client, text):
    answer = client.patch(f"{API}/projects/S1/", {"planned_start": text})
    assert (answer.status_code, paths(answer)) == (400, ["/planned_start"])


@pytest.mark.parametrize(
    "url", ["/projects/S1/progress/?year=2017", "/annual-plans/?", "/statistics/overview/?year=2017&month=1"]
)
@pytest.mark.parametrize(
    "text",
    [
        "2017-06-30",
        "2017-06-30T18:00:00",
        "2017-W26-5T18:00:00Z",
        "0001-01-01T00:00:00%2B14:00",
        "x",
        "2017-06-30T18:00:00 08:00",
    ],
)
def test_a_moment_names_its_zone(client, url, text):
    answer = client.get(f"{API}{url}&as_of={text}")
    assert (answer.status_code, paths(answer)) == (400, ["/as_of"])
    assert "2017-06-30T18:00:00+08:00" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "url",
    [
        "/projects/S1/progress/?year=2017",
        "/annual-plans/?",
        "/progress-reports/?",
        "/statistics/overview/?year=2017&month=1",
        "/statistics/published/?year=2017",
    ],
)
def test_nothing_is_known_yet_of_a_moment_to_come(client, url):
    ahead = (timezone.now() + timedelta(hours=1)).isoformat().replace("+", "%2B")
    answer = client.get(f"{API}{url}&as_of={ahead}")
    assert (answer.status_code, paths(answer)) == (400, ["/as_of"])
    assert timezone.localtime().isoformat(timespec="hours")[:13] in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("status=sent", "/status"),
        ("status=submitted,sent", "/status"),
        ("status=submitted,", "/status"),
        ("status=submitted&status=draft", "/status"),
        ("on_time=yes", "/on_time"),
        ("returned=1", "/returned"),
        ("waiting_for_me=x", "/waiting_for_me"),
        ("filed_from=2017-3-1", "/filed_from"),
        ("filed_to=2017-03-01T00:00:00Z", "/filed_to"),
        ("accepted_from=20170301", "/accepted_from"),
        ("accepted_to=x", "/accepted_to"),
        ("unit=nowhere", "/unit"),
    ],
)
def test_a_filter_of_the_review_that_is_not_understood_is_refused(client, query, path):
    answer = client.get(f"{API}/progress-reports/?{query}")
    assert (answer.status_code, paths(answer)) == (400, [path]), answer.content


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["filed_from", "filed_to", "accepted_from", "accepted_to"])
def test_the_first_and_the_last_day_there_are_fail_nothing(client, name, day):
    assert client.get(f"{API}/progress-reports/?{name}={day}").status_code in {200, 400}


@pytest.mark.parametrize("path", ["annual-plans", "progress-reports"])
def test_one_moment_and_every_version_exclude_each_other(client, path):
    past = "as_of=2017-06-30T18:00:00Z"
    answer = client.get(f"{API}/{path}/?history=true&{past}")
    assert (answer.status_code, paths(answer)) == (400, ["/as_of"])
    assert "history" in answer.json()["errors"][0]["message"]
    assert client.get(f"{API}/{path}/?history=false&{past}").status_code == 200


# Addresses and parameters


@pytest.mark.parametrize(
    "path", ["progress-reports/１/", "projects/Ｓ１/", "progress-reports/" + "9" * 23 + "/", "nothing/", "projects/S1"]
)
def test_other_digits_and_unknown_addresses_are_404(client, path):
    answer = client.get(f"{API}/{path}")
    assert answer.status_code == 404
    assert code(answer) == "no_such_endpoint"


def test_full_width_digits_find_no_row_and_no_month(district, client):
    row = report(district.street_project, 2017, 1, 5)
    assert client.get(f"{API}/progress-reports/{row.pk}/").status_code == 200
    full_width = str(row.pk).translate({ord(d): chr(ord(d) + 0xFEE0) for d in "0123456789"})
    assert client.get(f"{API}/progress-reports/{full_width}/").status_code == 404
    assert client.get(f"{API}/projects/S1/progress/２０１７/1/").status_code == 404


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("id__in=12345678901234567890123", "/id__in"),
        ("categry=roads", "/categry"),
        ("category=", "/category"),
        ("category=%20", "/category"),
        ("category=roads&category=homes", "/category"),
        ("category=none", "/category"),
        ("category=%00", "/category"),
        ("stage=finished", "/stage"),
        ("published=maybe", "/published"),
        ("planned_in=12345678901234567890123", "/planned_in"),
        ("planned_in=２０１７", "/planned_in"),
        ("planned_in=1_000", "/planned_in"),
        ("search=%00", "/search"),
        ("search=" + "x" * 101, "/search"),
        ("ordering=contact_phone", "/ordering"),
        ("ordering=code,name", "/ordering"),
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=１", "/limit"),
        ("cursor=x", "/cursor"),
        ("cursor=eyJ9:1:x", "/cursor"),
        ("format=xml", "/format"),
        ("parent=T1", "/parent"),
    ],
)
def test_a_parameter_that_would_be_ignored_is_refused(client, query, path):
    answer = client.get(f"{API}/projects/?{query}")
    assert (answer.status_code, paths(answer)) == (400, [path]), answer.content


@pytest.mark.parametrize(
    ("query", "path", "bounds"),
    [
        ("progress-reports/?month=99999", "/month", "1–12"),
        ("progress-reports/?month=13", "/month", "1–12"),
        ("progress-reports/?month=0", "/month", "1–12"),
        ("progress-reports/?year=1", "/year", "2000–2100"),
        ("annual-plans/?year=99999", "/year", "2000–2100"),
        ("honours/?year=1999", "/year", "2000–2100"),
        ("projects/?planned_in=2101", "/planned_in", "2000–2100"),
    ],
)
def test_a_year_or_month_that_cannot_be_is_told_the_range(client, query, path, bounds):
    answer = client.get(f"{API}/{query}")
    assert (answer.status_code, paths(answer)) == (400, [path])
    assert bounds in answer.json()["errors"][0]["message"]


def test_an_unknown_parameter_lists_the_known_ones(client):
    message = client.get(f"{API}/units/?nmae=x").json()["errors"][0]["message"]
    assert all(name in message for name in ("search", "kind", "within", "limit", "cursor", "ordering"))


@pytest.mark.parametrize("path", ["projects/S1/", "me/", "statistics/overview/"])
def test_parameters_are_refused_where_there_are_none(client, path):
    assert "/x" in paths(client.get(f"{API}/{path}?x=1"))


# Pages


def test_pages_follow_each_other_without_gaps_or_repeats_whatever_is_unknown(district):
    for total in (None, 5, None, 7, 5, 5, None):
        ProjectFactory(area=district.area, lead_unit=district.street, total_investment=total)
    client = client_for(district.leader)
    for ordering in ("code", "-code", "-total_investment", "planned_finish"):
        found, url = [], f"{API}/projects/?limit=2&ordering={ordering}"
        while url and len(found) <= 10:
            page = client.get(url).json()
            assert page["count"] == 10
            found += [(row["total_investment"], row["code"]) for row in page["results"]]
            url = page["next"]
        assert len(found) == len(set(found)) == 10
        if ordering == "-total_investment":
            known = [total for total, _code in found if total]
            assert known == sorted(known, reverse=True)
            assert [total for total, _code in found[-6:]] == [None] * 6


@pytest.mark.parametrize("ordering", ["-accepted_at", "accepted_at"])
@pytest.mark.parametrize("microseconds", [[456] * 7, [1, 2, 2, 3, 400, 999, 999]], ids=["equal", "close"])
def test_pages_keep_apart_what_one_millisecond_holds(district, monkeypatch, ordering, microseconds):
    monkeypatch.setitem(ProgressReportViewSet.orderings, ordering, (ordering,))
    moment = timezone.now().replace(microsecond=123_000)
    for month, part in enumerate(microseconds, 1):
        row = report(district.street_project, 2017, month, 1)
        accepted_at = moment + timedelta(microseconds=part)
        ProgressReport.objects.filter(pk=row.pk).update(accepted_at=accepted_at)
    for month in (8, 9, 10):
        report(district.street_project, 2017, month, 1, draft=True)
    client, found, url = client_for(district.reporter), [], f"{API}/progress-reports/?limit=2&ordering={ordering}"
    while url and len(found) <= 10:
        page = client.get(url).json()
        found += [(row["accepted_at"], row["id"]) for row in page["results"]]
        url = page["next"]
    assert len(found) == len(set(found)) == 10
    known = [at for at, _id in found[:7]]
    assert known == sorted(known, reverse=ordering.startswith("-"))
    assert [at for at, _id in found[7:]] == [None] * 3


def test_a_cursor_belongs_to_its_ordering(district):
    client = client_for(district.leader)
    url = client.get(f"{API}/projects/?limit=1").json()["next"]
    assert paths(client.get(url + "&ordering=name")) == ["/cursor"]


def test_a_cursor_belongs_to_its_list(district):
    client = client_for(district.leader)
    _address, query = client.get(f"{API}/units/?limit=1&ordering=name").json()["next"].split("?")
    assert client.get(f"{API}/units/?{query}").status_code == 200
    assert paths(client.get(f"{API}/projects/?{query}")) == ["/cursor"]


def test_the_count_stops_at_a_thousand(district, monkeypatch):
    monkeypatch.setattr("erqi.core.keyset.COUNTED", 2)
    page = client_for(district.leader).get(f"{API}/projects/").json()
    assert (page["count"], page["count_capped"], len(page["results"])) == (2, True, 3)


# Failures


def test_an_unexpected_failure_says_nothing_but_its_number(client):
    with mock.patch("projects.api.progress.record_held", side_effect=RuntimeError("password=x")):
        answer = client.put(MARCH, {"invested": "1"})
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    assert "password" not in answer.content.decode()
    assert answer.json()["request_id"] == answer["X-Request-Id"]


def failure(name: str, value: str) -> OperationalError:
    """As Django raises it: the driver's own error is its cause."""
    error = OperationalError("the database says so")
    error.__cause__ = type("Cause", (sqlite3.OperationalError,), {name: value})()
    return error


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pgcode", "40P01"),
        ("pgcode", "55P03"),
        ("pgcode", "57014"),
        ("sqlite_errorname", "SQLITE_BUSY"),
        ("sqlite_errorname", "SQLITE_BUSY_SNAPSHOT"),
    ],
)
def test_a_busy_database_asks_to_come_again(client, name, value):
    with mock.patch("projects.api.progress.record_held", side_effect=failure(name, value)):
        answer = client.put(MARCH, {"invested": "1"})
    assert (answer.status_code, code(answer), answer["Retry-After"]) == (503, "busy", "1")
    assert client.put(MARCH, {"invested": "1"}).status_code == 201


@pytest.mark.parametrize(("name", "value"), [("pgcode", "53100"), ("sqlite_errorname", "SQLITE_IOERR")])
def test_a_failing_database_is_not_called_busy(client, name, value):
    with mock.patch("projects.api.progress.record_held", side_effect=failure(name, value)):
        assert client.put(MARCH, {"invested": "1"}).status_code == 500


def test_a_constraint_of_the_database_is_a_conflict_in_its_own_words(district):
    client = client_for(district.reviewer)
    plan(district.street_project, 2017, 5)

    def race(**_values):
        row = district.street_project.plans.get()
        row.pk, row.version = None, 2
        row.reason = "x"
        row.save()

    with mock.patch("projects.api.views.set_plan", side_effect=race):
        answer = client.post(f"{API}/annual-plans/", {"project": "S1", "year": 2017, "planned_investment": "1"})
    assert (answer.status_code, code(answer)) == (409, "plan_one_current")
    assert answer.json()["detail"] == "该项目该年度已有现行计划。"


def test_a_plain_unique_constraint_is_recognised_too(district):
    client = client_for(district.reviewer)
    plan(district.street_project, 2017, 5)

    def race(**_values):
        row = district.street_project.plans.get()
        type(row).objects.update(superseded_at=row.recorded_at)
        row.pk = None
        row.save()

    with mock.patch("projects.api.views.set_plan", side_effect=race):
        answer = client.post(f"{API}/annual-plans/", {"project": "S1", "year": 2017, "planned_investment": "1"})
    assert (answer.status_code, code(answer)) == (409, "plan_version_once")


def test_a_refusal_changes_nothing(client):
    Project.objects.filter(code="S1").update(note="旧")
    client.patch(f"{API}/projects/S1/", {"note": "新", "approval_codes": ["1"]})
    assert Project.objects.get(code="S1").note == "旧"


def test_messages_come_in_the_language_asked_for(client):
    chinese = client.get(f"{API}/projects/S1/?x=1").json()
    english = client.get(f"{API}/projects/S1/?x=1", headers={"accept-language": "en"})
    assert chinese["title"] == "请求有误"
    assert english["Content-Language"] == "en"
    with mock.patch("django.utils.translation._trans.gettext", side_effect=lambda text: f"en:{text}"):
        translated = client.get(f"{API}/projects/S1/?x=1", headers={"accept-language": "en"}).json()
    assert translated["title"] == "en:请求有误"
    assert json.dumps(translated, ensure_ascii=False).count("en:") >= 3


@pytest.mark.parametrize("query", ["nmae=x", "ordering=x"])
def test_lists_within_a_sentence_are_separated_as_the_language_does(client, query):
    def message(language):
        answer = client.get(f"{API}/projects/?{query}", headers={"accept-language": language})
        return answer.json()["errors"][0]["message"]

    assert "、" in message("zh-hans")
    assert "、" not in message("en")
    assert ", " in message("en")


def test_a_body_in_chunks_is_not_taken_for_an_empty_one(client):
    answer = client.put(MARCH, {"note": "x"}, headers={"transfer-encoding": "chunked"})
    assert (answer.status_code, code(answer)) == (411, "length_required")


def test_everything_that_is_wrong_is_told_at_once(client):
    answer = client.put(MARCH, {"invested": "x", "invseted": "1", "note": 5})
    assert sorted(paths(answer)) == ["/invested", "/invseted", "/note"]


@pytest.mark.parametrize("value", [10**30, "\ud800"])
def test_what_should_never_have_been_stored_can_still_be_read(value):
    assert json.loads(JSONRenderer().render({"value": value})) == {"value": value}
