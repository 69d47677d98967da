"""The overview in a real browser: quiet, drawn, fitting a phone, open to all — and moving when data comes in."""

import gzip
import re

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, Response, expect

from erqi.accounts.models import User
from erqi.accounts.roles import Role
from projects.models import Project
from tests import factories
from tests.dashboard.pages import filled, more_rows

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
PASSWORD = "correct horse battery"
FIRST_LOAD_LIMIT = 600_000

pytestmark = pytest.mark.usefixtures("silent")


@pytest.fixture
def seed(transactional_db):
    call_command("load_fixtures", verbosity=0)


@pytest.fixture
def admin(transactional_db):
    return User.objects.create_superuser("root", password=PASSWORD, display_name="管理员")


@pytest.fixture
def with_data(transactional_db):
    """A year in which some projects are ahead and some behind, in more units than are shown at first."""
    district = filled(factories.district())
    more_rows(district, 12)
    return district


@pytest.fixture
def signed_in(page: Page, live_server, sign_in):
    """Opens pages as a user."""

    def go(user, path="/", english=False) -> Page:
        sign_in(user, "en" if english else "zh-hans")
        page.goto(live_server.url + path)
        return page

    return go


def overflow(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def painted(page: Page) -> bool:
    """Whether any pixel of the chart is not empty."""
    return page.evaluate(
        """() => {
            const canvas = document.querySelector("#curve-chart canvas");
            if (!canvas) return false;
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            return pixels.some((value) => value !== 0);
        }"""
    )


def test_the_chart_is_drawn_and_described(admin, with_data, signed_in):
    page = signed_in(admin)
    chart = page.locator("#curve-chart")
    expect(chart.locator("canvas")).to_be_visible()
    expect(chart).to_have_attribute("aria-label", re.compile("计划累计"))
    page.wait_for_function("() => document.querySelector('#curve-chart canvas').width > 0")
    assert painted(page)


def test_the_chart_follows_the_window_and_the_colour_scheme(admin, with_data, signed_in):
    page = signed_in(admin)
    canvas = page.locator("#curve-chart canvas")
    expect(canvas).to_be_visible()
    wide = canvas.bounding_box()["width"]
    page.set_viewport_size(PHONE)
    page.wait_for_function("(wide) => document.querySelector('#curve-chart canvas').clientWidth < wide", arg=wide)
    page.emulate_media(color_scheme="dark")
    page.hover("#curve-chart")


def test_the_chart_is_as_tall_as_the_units_beside_it(admin, with_data, page, signed_in):
    page.set_viewport_size(DESKTOP)
    signed_in(admin)
    expect(page.locator("#curve-chart canvas")).to_be_visible()
    room = """() => {
        const bottom = (selector) => document.querySelector(selector).getBoundingClientRect().bottom;
        return [bottom(".units") - bottom(".curve"), bottom(".curve") - bottom(".curve .more")];
    }"""
    short, empty = page.evaluate(room)
    assert abs(short) < 1
    assert empty < 40
    # A long table of units does not stretch it.
    page.locator(".units .more > summary").click()
    short, empty = page.evaluate(room)
    assert empty < 40


@pytest.mark.parametrize("data", ["seed", "with_data"])
def test_a_phone_never_scrolls_sideways(data, request, admin, page, signed_in):
    request.getfixturevalue(data)
    page.set_viewport_size(PHONE)
    for english in (False, True):
        signed_in(admin, english=english)
        assert overflow(page) == 0, f"{english=}"


def test_the_keyboard_reaches_the_page_and_its_menu(admin, with_data, page, signed_in):
    signed_in(admin)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.locator(".user > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="退出登录")).to_be_visible()


def test_the_first_load_is_small(admin, with_data, page, signed_in):
    loaded: list[Response] = []

    # Playwright cannot wrap a built-in method.
    def keep(response: Response) -> None:
        loaded.append(response)

    page.on("response", keep)
    signed_in(admin)
    expect(page.locator("#curve-chart canvas")).to_be_visible()
    # Compressed as the site serves them outside the tests.
    assert sum(len(gzip.compress(response.body())) for response in loaded) <= FIRST_LOAD_LIMIT


def test_the_language_is_switched_and_kept(admin, with_data, page, signed_in):
    signed_in(admin, "/?year=2017&month=3")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.url.endswith("/?year=2017&month=3")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")


@pytest.mark.journey
def test_the_year_moves_when_a_plan_and_three_months_come_in(seed, admin, page: Page, live_server):
    """The main journey: a plan in the admin, three months filed and accepted over the API, and the overview moves."""
    project = Project.objects.get(name="郑州绿地城")
    page.goto(live_server.url)
    page.locator("input[name=username]").fill("root")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("2017 年重大项目总览")
    expect(page.locator(".headline")).to_contain_text("3216")

    page.get_by_role("link", name="为项目录入年度计划").click()
    page.get_by_role("link", name="郑州绿地城", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/admin/projects/project/{project.pk}/change/"))
    assert page.locator("input[name=shown_year]").input_value() == "2017"
    page.locator("input[name=plan-0-planned_investment]").fill("120000")
    page.locator("input[name=_save]").click()
    expect(page).to_have_url(re.compile(r"/admin/projects/project/(\?|$)"))
    assert project.plans.get().planned_investment == 120000

    clerk = {"Authorization": f"Bearer {factories.key_for(admin)}"}
    reviewer = {"Authorization": f"Bearer {factories.key_for(factories.user_with(Role.REVIEWER, over=project.area))}"}
    api = f"{live_server.url}/api/v1"
    for month, invested in ((1, "12000"), (2, "9000.5"), (3, "11000")):
        month_at = f"{api}/projects/{project.code}/progress/2017/{month}/"
        filed = page.request.put(month_at, headers=clerk, data={"invested": invested})
        assert filed.status == 201, filed.text()
        accept_at = f"{api}/progress-reports/{filed.json()['report']['id']}/accept/"
        assert page.request.post(accept_at, headers=reviewer, data={}).status == 200

    page.goto(live_server.url)
    totals = page.locator(".totals")
    expect(totals.get_by_role("heading", level=2)).to_have_text("2017 年 1–3 月进度")
    expect(totals).to_contain_text("26.7%")
    expect(totals).to_contain_text("超时序 +1.7 个百分点")
    expect(totals).to_contain_text("3.20")
    page.get_by_role("link", name="3.20 亿元").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(3)
