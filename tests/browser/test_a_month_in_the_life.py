"""March of 2017 in a district: five people in three roles, in the browser and over the API, from opening to table."""

import json
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from erqi.accounts.roles import Role
from projects.models import ProgressReport, Project
from tests import factories

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
YEAR, MONTH = 2017, 3
API = "/api/v1"

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def clock(monkeypatch, settings):
    """Sets the day that the site believes it is; logins last through the month."""
    settings.SESSION_COOKIE_AGE = 90 * 24 * 3600

    def turn_to(day: int) -> None:
        """Ten in the morning of that day, counted from the first of March."""
        now = datetime(YEAR, MONTH, 1, 10, tzinfo=timezone.get_default_timezone()) + timedelta(days=day - 1)
        monkeypatch.setattr(timezone, "now", lambda: now)

    turn_to(16)
    return turn_to


@pytest.fixture
def town(transactional_db, clock):
    """The street's two projects and the town's one: 1,200 万元 a year each, January and February as planned."""
    district = factories.district()
    second = factories.ProjectFactory(
        code="S2",
        name="街道学校",
        lead_unit=district.street,
        area=district.area,
        category=district.town_project.category,
    )
    district.second = second
    district.town_reporter = factories.user_with(
        Role.REPORTER, over=district.town, username="town", display_name="镇员"
    )
    district.head = factories.user_with(Role.ENDORSER, over=district.area, username="head", display_name="分管领导")
    district.other = factories.user_with(Role.REVIEWER, over=district.area, username="other", display_name="审核乙")
    district.reviewer.display_name = "审核甲"
    district.reviewer.save()
    for project in (district.street_project, district.town_project, second):
        factories.plan(project, YEAR, 1200)
        for month in (1, 2):
            factories.report(project, YEAR, month, 100)
    call_command("loaddata", "fixtures/180_lightruleset.yaml", verbosity=0)
    return district


class Person:
    """One of the five: at a browser of their own, and with a token for the API."""

    def __init__(self, user, live_server, browser):
        self.user, self.site, self.browser = user, live_server.url, browser
        self.key = factories.key_for(user, "read", "report", "review")
        self.client = Client()
        self.client.force_login(user)

    def call(self, method: str, path: str, body=None, expect: int = 200):
        answer = Client().generic(
            method,
            f"{API}{path}",
            data=json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.key}", "Accept-Language": "zh-hans"},
        )
        assert answer.status_code == expect, answer.content.decode()
        return answer.json()

    @contextmanager
    def at(self, path: str, size=None):
        """A page of the admin in a browser of their own; nothing may fail in its console."""
        context = self.browser.new_context(viewport=size or DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai")
        context.add_cookies(
            [
                {"name": "sessionid", "value": self.client.cookies["sessionid"].value, "url": self.site},
                {"name": "erqi_language", "value": "zh-hans", "url": self.site},
            ]
        )
        page = context.new_page()
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda said: said.type == "error" and trouble.append(said.text))
        page.goto(f"{self.site}/admin/{path}")
        yield page
        assert trouble == []
        context.close()


@pytest.fixture
def people(town, live_server, browser):
    users = {"clerk": town.reporter, "town": town.town_reporter, "head": town.head}
    users |= {"first": town.reviewer, "second": town.other}
    return {name: Person(user, live_server, browser) for name, user in users.items()}


def standing(project: Project) -> ProgressReport:
    return ProgressReport.objects.current().filter(project=project, year=YEAR, month=MONTH).latest("revision")


def light(person: Person, project: str, month: int = MONTH) -> dict:
    """The light of the project's investment."""
    address = f"/lights/?project={project}&year={YEAR}&month={month}&dimension=investment"
    [found] = person.call("GET", address)["results"]
    return found


def test_a_month_from_its_opening_to_the_table_at_its_end(town, people, clock):
    opening(people)
    filed_on_a_phone_and_returned(people, town.street_project, clock)
    corrected_and_signed_again(people, town.street_project, clock)
    one_extended_one_late(people, town, clock)
    both_accept_at_once(people, town, clock)
    a_plan_is_lowered(people, town)
    the_table(people["first"], clock)
    call_command("verify_audit", verbosity=0)


def opening(people):
    """The bureau opens March over the API; each month is to be signed. In February everything was green."""
    days = {"opens": "2017-03-15", "due": "2017-03-25", "locks": None}
    people["first"].call("POST", "/periods/", {"year": YEAR, "month": MONTH, **days, "endorsed": True}, expect=201)
    call_command("compute_lights", year=YEAR, month=2, verbosity=0)
    assert light(people["first"], "S2", month=2)["colour"] == "green"


def filed_on_a_phone_and_returned(people, road, clock):
    """On the 20th the clerk files ten times too little; the head signs; the bureau sends it back and says why."""
    clock(20)
    with people["clerk"].at("month/", PHONE) as page:
        row = page.locator(f"#r{road.pk}")
        row.locator("input[name$=invested]").fill("１２")
        row.locator("textarea[name$=note]").fill("路基完成")
        row.get_by_role("button", name="报送", exact=True).click()
        page.get_by_text("1 项已报送").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    with people["head"].at("month/") as page:
        page.locator(f"#r{road.pk}").get_by_role("button", name="签审", exact=True).click()
        page.get_by_text("1 项已签审").first.wait_for()
    address = f"/progress-reports/{standing(road).pk}/return/"
    refused = people["first"].call("POST", address, {"reason": ""}, expect=400)
    assert refused["errors"][0]["path"] == "/reason"
    people["first"].call("POST", address, {"reason": "与计量单不符，请核对", "fields": ["invested"]})


def corrected_and_signed_again(people, road, clock):
    """The clerk sees it first, with who and why, corrects it and files again."""
    clock(21)
    with people["clerk"].at("month/", PHONE) as page:
        assert page.locator(".entry").first.get_attribute("id") == f"r{road.pk}"
        notice = page.locator(f"#r{road.pk} .notice-returned").inner_text()
        assert "审核甲" in notice
        assert "与计量单不符，请核对" in notice
        page.locator(f"#r{road.pk} input[name$=invested]").fill("120")
        page.locator(f"#r{road.pk}").get_by_role("button", name="报送", exact=True).click()
        page.get_by_text("1 项已报送").first.wait_for()
    people["head"].call("POST", f"/progress-reports/{standing(road).pk}/endorse/")


def one_extended_one_late(people, town, clock):
    """The town is given until the 31st. On the 28th it files in time, the street's school too late."""
    extension = {"unit": "town", "due": "2017-03-31", "reason": "统计人员更换"}
    people["first"].call("POST", f"/periods/{YEAR}-{MONTH}/extensions/", extension, expect=201)
    clock(28)
    month = f"progress/{YEAR}/{MONTH}/"
    filed = people["clerk"].call("PUT", f"/projects/S2/{month}", {"invested": "20"}, expect=201)
    assert filed["report"]["status"] == "submitted"
    people["town"].call("PUT", f"/projects/T1/{month}", {"invested": "101"}, expect=201)
    assert (standing(town.second).on_time, standing(town.town_project).on_time) == (False, True)
    with people["head"].at("month/") as page:
        for project in (town.second, town.town_project):
            page.locator(f"#r{project.pk} input[type=checkbox][name$=chosen]").check()
        page.get_by_role("button", name="签审选中的各项").click()
        page.get_by_text("2 项已签审").first.wait_for()


def both_accept_at_once(people, town, clock):
    """Both reviewers have the road before them and accept: one does, the other is told who was first."""
    clock(29)
    road = town.street_project
    address = f"review/{standing(road).pk}/"
    with people["first"].at(address) as mine, people["second"].at(address) as theirs:
        mine.locator("#accept").click()
        mine.wait_for_load_state()
        theirs.locator("#accept").click()
        theirs.locator(".messagelist", has_text="审核甲").wait_for()
    assert standing(road).accepted_by == town.reviewer
    with people["second"].at("review/") as page:
        for box in page.locator("input[name=chosen]").all():
            box.check()
        page.get_by_role("button", name="认定所选").click()
        page.locator(".messagelist").wait_for()
    assert {standing(project).status for project in (road, town.second, town.town_project)} == {"accepted"}


def a_plan_is_lowered(people, town):
    """The school is behind and its light says what would help. The unit asks for less, the bureau decides."""
    first = people["first"]
    behind = light(first, "S2")
    assert (light(first, "S1")["colour"], behind["colour"]) == ("green", "yellow")
    assert "20.0001 万元" in behind["remedy_words"]
    wanted = {"project": "S2", "year": YEAR, "planned_investment": "880", "reason": "规划变更"}
    change = people["clerk"].call("POST", "/plan-changes/", wanted, expect=201)
    people["clerk"].call("POST", f"/plan-changes/{change['id']}/approve/", {}, expect=403)
    with first.at(f"projects/planchange/{change['id']}/change/") as page:
        page.get_by_role("button", name="同意", exact=True).click()
        page.locator(".messagelist").wait_for()
    assert light(first, "S2")["colour"] == "green"
    lowered = first.call("GET", f"/statistics/rebaselined/?year={YEAR}&month={MONTH}")
    [line] = lowered["projects"]
    assert (line["project"], line["original_colour"], line["current_colour"]) == ("S2", "yellow", "green")


def the_table(first, clock):
    """The town's own deadline has not passed, so its month stands apart; then it has."""
    clock(31)
    address = f"/statistics/timeliness/?year={YEAR}&month={MONTH}&by=unit"
    total = first.call("GET", address)["total"]
    assert (total["due"], total["filed"], total["on_time"], total["accepted"]) == (2, 2, 1, 2)
    assert (total["not_yet_due"], total["filed_early"]) == (1, 1)
    clock(32)
    total = first.call("GET", address)["total"]
    assert (total["due"], total["filed"], total["on_time"], total["accepted"]) == (3, 3, 2, 3)
    assert (total["returns"], total["first_pass"]) == (1, 2)
    with first.at(f"timeliness/?year={YEAR}&from_month={MONTH}&month={MONTH}", PHONE) as page:
        shown = page.locator("#content-main").inner_text()
        assert "按时 2，逾期报送 1" in shown
        assert "3 份共退回 1 次" in shown
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
