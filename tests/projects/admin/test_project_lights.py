"""Lights where people look for projects: in the list, as a filter, and on the project's own page with their reason."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from projects.models import Project
from projects.services.lights import compute_month
from projects.services.plans import set_plan
from tests import factories
from tests.core.admin.pages import address

LIST = {"year": 2017, "month": 3}


@pytest.fixture
def lit(district):
    """The street's road is where it should be; the town's school has done a tenth of what it should."""
    call_command("loaddata", "fixtures/180_lightruleset.yaml", verbosity=0)
    for project, amount in ((district.street_project, 100), (district.town_project, 10)):
        factories.plan(project, 2017, 1200)
        for month in (1, 2, 3):
            factories.report(project, 2017, month, amount)
    compute_month(year=2017, month=3, by=None)
    return district


@pytest.fixture
def as_reviewer(client, lit):
    client.force_login(lit.reviewer)
    return client


def test_the_list_shows_a_word_and_a_shape(as_reviewer):
    page = as_reviewer.get(address(Project, "changelist"), LIST).content.decode()
    assert '<span class="light-shape" aria-hidden="true">■</span><span class="light-word">红灯</span>' in page


def test_the_list_can_be_narrowed_to_a_colour(as_reviewer, lit):
    page = as_reviewer.get(address(Project, "changelist"), {**LIST, "light": "red"})
    assert list(page.context["cl"].result_list) == [lit.town_project]


def test_the_projects_page_says_why_and_what_would_help(as_reviewer, lit):
    page = as_reviewer.get(address(lit.town_project, "change")).content.decode()
    assert "亮灯：2017 年 3 月" in page
    assert "再完成" in page


def test_a_project_without_lights_has_no_panel(as_reviewer, lit):
    lit.town_project.lights.all().delete()
    page = as_reviewer.get(address(lit.town_project, "change")).content.decode()
    assert "project-lights" not in page


def test_a_plan_set_later_is_judged_at_once(lit):
    set_plan(project=lit.town_project, year=2017, planned_investment=Decimal(120), by=None, reason="规划调整")
    assert lit.town_project.lights.get(month=3, dimension="investment").colour == "green"
