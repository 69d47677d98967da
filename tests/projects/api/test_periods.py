"""Reporting periods, extensions and the checks on filing over the API."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from erqi.accounts.roles import Role
from projects.models import FilingCheck, PeriodExtension, ReportingPeriod
from projects.services.checks import CHECKS
from tests.clients import API, client_for, paths
from tests.factories import user_with

PERIODS = f"{API}/periods/"
MARCH = f"{PERIODS}2017-3/"


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer)


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


def days(**changes) -> dict:
    return {"year": 2017, "month": 3, "opens": "2017-03-20", "due": "2017-03-25", **changes}


def running(**changes) -> ReportingPeriod:
    """Opened yesterday, due today, locks tomorrow."""
    today = timezone.localdate()
    step = timedelta(days=1)
    dates = {"opens": today - step, "due": today, "locks": today + step, **changes}
    return ReportingPeriod.objects.create(year=2017, month=3, **dates)


def test_the_bureau_sets_a_period_and_everybody_reads_it(bureau, clerk):
    made = bureau.post(PERIODS, days(locks="2017-03-31", endorsed=True, note="含签审"))
    assert made.status_code == 201
    shown = clerk.get(MARCH).json()
    assert shown == made.json()
    assert (shown["period"], shown["due"], shown["locks"], shown["endorsed"]) == (
        "2017-03",
        "2017-03-25",
        "2017-03-31",
        True,
    )
    assert clerk.get(f"{PERIODS}2017-03/").json() == shown


def test_a_month_has_one_period(bureau):
    bureau.post(PERIODS, days())
    refused = bureau.post(PERIODS, days(due="2017-03-26"))
    assert (refused.status_code, refused.json()["code"], refused.json()["how"]) == (409, "period_exists", "patch")


def test_the_days_come_in_order(bureau):
    assert bureau.post(PERIODS, days(due="2017-03-19")).status_code == 400
    assert paths(bureau.post(PERIODS, days(due="20170325"))) == ["/due"]
    assert paths(bureau.post(PERIODS, {"year": 2017})) == ["/month", "/opens", "/due"]
    assert paths(bureau.post(PERIODS, days(month=13))) == ["/month"]
    assert paths(bureau.post(PERIODS, days(opens="0217-03-15"))) == ["/opens"]
    assert paths(bureau.post(PERIODS, days(due="9999-12-31", locks="9999-12-31"))) == ["/due"]
    assert not ReportingPeriod.objects.exists()


def test_a_change_touches_what_is_given_only(bureau):
    bureau.post(PERIODS, days(note="三月"))
    changed = bureau.patch(MARCH, {"due": "2017-03-27", "locks": "2017-03-31"})
    assert (changed.status_code, changed.json()["due"], changed.json()["note"]) == (200, "2017-03-27", "三月")
    assert paths(bureau.patch(MARCH, {"month": 4})) == ["/month"]
    assert bureau.patch(MARCH, {"locks": "2017-03-01"}).status_code == 400
    assert ReportingPeriod.objects.get().locks == date(2017, 3, 31)


@pytest.mark.parametrize("who", ["reporter", "leader", "street_reviewer"])
def test_deadlines_are_the_districts_to_set(district, bureau, who):
    """A reviewer over one street only does not move everybody's deadline."""
    bureau.post(PERIODS, days())
    user = user_with(Role.REVIEWER, over=district.street) if who == "street_reviewer" else getattr(district, who)
    client = client_for(user)
    answers = [
        client.post(PERIODS, days(month=4)),
        client.patch(MARCH, {"due": "2017-03-28"}),
        client.post(f"{MARCH}extensions/", {"unit": "street", "due": "2017-03-28", "reason": "断网"}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(403, "role_not_allowed")] * 3


@pytest.mark.parametrize("key", ["2017-4", "2017-13", "2017-0", "2017", "201703", "２０１７-3"])
def test_what_is_no_period_is_404(bureau, key):
    bureau.post(PERIODS, days())
    assert bureau.get(f"{PERIODS}{key}/").status_code == 404
    assert bureau.get(f"{PERIODS}{key}/extensions/").status_code == 404


def test_periods_are_found_by_year_and_month(bureau):
    for month in (3, 4):
        bureau.post(PERIODS, days(month=month, opens=f"2017-0{month}-20", due=f"2017-0{month}-25"))
    bureau.post(PERIODS, days(year=2018, opens="2018-03-20", due="2018-03-25", endorsed=True))

    def keys(**query):
        return [row["period"] for row in bureau.get(PERIODS, query).json()["results"]]

    assert keys() == ["2018-03", "2017-04", "2017-03"]
    assert keys(year=2017, ordering="month") == ["2017-03", "2017-04"]
    assert keys(month=3) == ["2018-03", "2017-03"]
    assert keys(endorsed="true") == ["2018-03"]


# Extensions


def extend(client, **changes):
    values = {"unit": "street", "due": "2017-03-28", "reason": "断网", **changes}
    return client.post(f"{MARCH}extensions/", values)


def test_an_extension_names_unit_day_reason_and_who_gave_it(district, bureau, clerk):
    bureau.post(PERIODS, days())
    given = extend(bureau)
    assert given.status_code == 201
    (listed,) = clerk.get(f"{MARCH}extensions/").json()["results"]
    assert listed == given.json()
    assert (listed["unit"], listed["unit_name"], listed["due"], listed["granted_by"]) == (
        "street",
        "某街道",
        "2017-03-28",
        str(district.reviewer),
    )
    assert clerk.get(f"{MARCH}extensions/{listed['id']}/").json() == listed
    assert clerk.get(f"{MARCH}extensions/", {"unit": "town"}).json()["count"] == 0


def test_given_again_it_replaces_the_one_before(bureau):
    bureau.post(PERIODS, days())
    extend(bureau)
    again = extend(bureau, due="2017-03-30")
    assert (again.status_code, again.json()["due"]) == (200, "2017-03-30")
    assert PeriodExtension.objects.get().due == date(2017, 3, 30)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"due": "2017-03-25"}, "/due"),
        ({"due": "2017-3-28"}, "/due"),
        ({"due": "9999-12-31"}, "/due"),
        ({"unit": "nowhere"}, "/unit"),
        ({"reason": ""}, "/reason"),
        ({"until": "2017-03-28"}, "/until"),
    ],
)
def test_an_extension_that_makes_no_sense_names_the_field(bureau, wrong, path):
    bureau.post(PERIODS, days())
    assert paths(extend(bureau, **wrong)) == [path]
    assert not PeriodExtension.objects.exists()


# Whether it is open now, for the one who asks


def test_a_period_is_open_from_its_first_to_its_last_day(clerk):
    today = timezone.localdate()
    running()
    assert clerk.get(MARCH).json()["open_now"] is True
    ReportingPeriod.objects.update(opens=today, due=today, locks=today)
    assert clerk.get(MARCH).json()["open_now"] is True
    ReportingPeriod.objects.update(opens=today + timedelta(days=1), due=today + timedelta(days=1), locks=None)
    assert clerk.get(MARCH).json()["open_now"] is False


def test_after_it_locked_it_is_open_for_whom_it_was_extended(district):
    today = timezone.localdate()
    past = today - timedelta(days=5)
    period = running(opens=past, due=past, locks=past + timedelta(days=1))
    PeriodExtension.objects.create(period=period, unit=district.street, due=today, reason="断网")
    people = {
        district.reporter: (True, today),
        # Below the street: an extension reaches everything below its unit.
        user_with(Role.REPORTER, over=district.station): (True, today),
        user_with(Role.REPORTER, over=district.town): (False, past),
        district.leader: (False, past),
    }
    for user, (is_open, due) in people.items():
        client = client_for(user)
        shown = client.get(MARCH).json()
        assert (shown["open_now"], shown["your_due"]) == (is_open, due.isoformat())
        assert client.get(PERIODS).json()["results"] == [shown]
    # What the period says is what filing does.
    for user, project, status in ((district.reporter, "S1", 201), (list(people)[2], "T1", 409)):
        answer = client_for(user).put(f"{API}/projects/{project}/progress/2017/3/", {"invested": "1"})
        assert answer.status_code == status


# Checks on filing


def test_every_check_is_listed_as_it_is_applied_now(clerk):
    FilingCheck.objects.create(code="negative", severity="block")
    FilingCheck.objects.create(code="jump", severity="explain", threshold=8)
    FilingCheck.objects.create(code="copied_text", severity="off", threshold=3)
    found = {row["code"]: row for row in clerk.get(f"{API}/filing-checks/").json()["results"]}
    assert list(found) == list(CHECKS)
    assert (found["negative"]["severity"], found["negative"]["severity_display"]) == ("block", "不得报送")
    assert (found["negative"]["code_display"], found["negative"]["field"]) == ("本月完成为负数", "invested")
    assert found["jump"]["threshold"] == "8.00"
    # A threshold that the check does not look at is none.
    assert (found["copied_text"]["severity"], found["copied_text"]["threshold"]) == ("off", None)
    assert found["same_as_last"]["severity"] == "explain"


def test_a_threshold_that_was_not_set_is_the_default(clerk):
    FilingCheck.objects.create(code="jump", severity="explain")
    (jump,) = (row for row in clerk.get(f"{API}/filing-checks/").json()["results"] if row["code"] == "jump")
    assert jump["threshold"] == "5.00"
