"""What holds for every page: who may open it, what it keeps to itself, what its address says, what it costs."""

import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from erqi.accounts.roles import ALLOWED, Action, Area, Role
from projects.models import Unit
from tests import factories
from tests.dashboard.pages import PAGES, Address, more_rows, page_names
from tests.dashboard.words import CHINESE, text_of

pytestmark = pytest.mark.usefixtures("kept_year")
BUDGETS = json.loads((Path(__file__).parents[1] / "query_counts.json").read_text())["pages"]
# Not pages but files and forms, which their own tests open.
NOT_PAGES = {"register_export", "views", "view_save", "view_rename", "view_remove"}
WITH_FIGURES = [page for page in PAGES if page.area == Area.PROJECT]


def each_page(found=PAGES):
    return pytest.mark.parametrize("address", found, ids=lambda page: page.name)


def test_every_page_is_tested_here():
    assert page_names() - NOT_PAGES == {page.name for page in PAGES}


@each_page()
class TestWhoMayOpenIt:
    def test_strangers_are_sent_to_the_login(self, address, client, year):
        answer = client.get(str(address))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("admin:login"))

    def test_who_holds_no_role_is_told_whom_to_ask(self, address, opened_by, year):
        assert "请联系系统管理员" in text_of(opened_by(year.nobody, str(address)))

    def test_roles_follow_the_table(self, address, opened_by, year):
        for role in Role:
            answer = opened_by(factories.user_with(role, over=year.area), str(address))
            allowed = address.area is None or Action.VIEW in ALLOWED[role].get(address.area, ())
            assert answer.status_code == (200 if allowed else 403), role

    def test_nothing_is_written_by_opening_it(self, address, opened_by, year):
        client = Client()
        client.force_login(year.leader)
        assert client.post(str(address)).status_code == 405


@each_page()
def test_another_units_projects_are_not_named(address, opened_by, year):
    assert "镇学校" not in opened_by(year.reporter, str(address)).content.decode()


def test_another_units_project_has_no_page(opened_by, year):
    assert opened_by(year.reporter, reverse("dashboard:project", args=["T1"])).status_code == 404
    assert opened_by(year.leader, reverse("dashboard:project", args=["T1"])).status_code == 200


@pytest.mark.parametrize("name", ["reporter", "leader", "reviewer"])
def test_no_link_is_dead_for_its_reader(name, opened_by, year):
    user = getattr(year, name)
    bodies = [opened_by(user, str(address)).content.decode() for address in PAGES]
    found = {href.replace("&amp;", "&") for body in bodies for href in re.findall(r'href="(/[^"#]*)"', body)}
    statuses = {href: opened_by(user, href).status_code for href in found if not href.startswith("/static/")}
    assert {href: status for href, status in statuses.items() if status != 200} == {}


@each_page(WITH_FIGURES)
def test_links_keep_what_the_page_is_about(address, opened_by, year):
    """Whoever follows a link from February's page, against the original plan, stays there."""
    body = opened_by(year.leader, str(address), year=2017, month=2, baseline="original").content.decode()
    for href in re.findall(r'href="(/(?:projects|units|categories)/[^"]*\?[^"]*)"', body):
        assert "year=2017" in href
        assert "month=2" in href, href


@each_page([page for page in PAGES if page.name != "honours"])
def test_a_wrong_address_is_answered_with_the_remedy(address, opened_by, year):
    """The honours are those of all years, until their own form asks for one."""
    for query in ({"year": "1999"}, {"month": "13"}, {"year": "２０１７"}, {"month": "\x00"}):
        answer = opened_by(year.leader, str(address), **query)
        assert answer.status_code == 400, query
        assert "年度" in text_of(answer) or "1–12" in text_of(answer), query


@each_page([page for page in PAGES if page.name not in {"register", "project", "unit", "targets"}])
def test_a_null_character_names_no_unit(address, opened_by, year):
    """PostgreSQL refuses to look for one."""
    assert opened_by(year.leader, str(address), unit="a\0").status_code in {200, 400}


@each_page()
def test_the_english_page_has_no_chinese_but_data(address, opened_by, year):
    english = opened_by(year.leader, str(address), english=True)
    assert b'<html lang="en">' in english.content or b'lang="en"' in english.content
    assert CHINESE.findall(text_of(english)) == []


@each_page()
def test_nothing_is_styled_or_scripted_inline(address, opened_by, year):
    """What the content security policy would refuse."""
    body = opened_by(year.leader, str(address)).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", body)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", body))


def cost(client, address: Address) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(str(address), {"year": 2017, "month": 3})
    assert answer.status_code == 200, address
    return len(queries)


def costs(client) -> dict[str, int]:
    """Of every page; whoever comes first after a change reads the reference rows for all."""
    client.get("/")
    return {page.name: cost(client, page) for page in PAGES}


def test_statements_stay_within_their_budget_however_many_rows_there_are(year, client):
    client.force_login(year.leader)
    few = costs(client)
    more_rows(year, 30)
    assert Unit.objects.count() > 30
    assert costs(client) == few == BUDGETS
