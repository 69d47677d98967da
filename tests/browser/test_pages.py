"""Every page in a real browser: it fits, keeps the console quiet, and serves who cannot see, point or run scripts."""

import pytest
from playwright.sync_api import Browser, Page

from tests import factories
from tests.dashboard.pages import PAGES, filled

from .conftest import BY_SCHEME

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
# The wall hangs on a wall: nobody holds it in a hand.
HANDHELD = [page for page in PAGES if page.name != "screen"]
UNREACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((element) => element.checkVisibility() && !element.disabled && element.type !== "hidden")
    .filter((element) => element.tabIndex !== 0 && !element.closest("[inert]"))
    .map((element) => element.outerHTML.slice(0, 120))"""
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

pytestmark = pytest.mark.usefixtures("silent")


@pytest.fixture
def leader(transactional_db):
    return filled(factories.district()).leader


@pytest.fixture
def opened(page: Page, live_server, sign_in, leader):
    def go(address, language: str) -> Page:
        sign_in(leader, language)
        page.goto(f"{live_server.url}{address}")
        return page

    return go


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_serious_for_assistive_technology(language, page, opened, axe):
    page.set_viewport_size(DESKTOP)
    # The wall fades from slide to slide, and half faded nothing has contrast.
    page.emulate_media(reduced_motion="reduce")
    found = []
    for address in PAGES:
        opened(address, language)
        page.evaluate("document.querySelectorAll('details').forEach((element) => { element.open = true; })")
        for scheme, rules in BY_SCHEME.items():
            page.emulate_media(color_scheme=scheme)
            found += [f"{address} {scheme}: {line}" for line in axe(*rules)]
    assert found == []


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_scrolls_sideways_on_a_phone(language, page, opened):
    page.set_viewport_size(PHONE)
    wide = {str(address): opened(address, language).evaluate(WIDER) for address in HANDHELD}
    assert {address: by for address, by in wide.items() if by} == {}


def test_the_keyboard_reaches_everything(page, opened):
    page.set_viewport_size(DESKTOP)
    found = [f"{address}: {lost}" for address in HANDHELD for lost in opened(address, "zh-hans").evaluate(UNREACHABLE)]
    assert found == []


def test_pages_say_as_much_without_scripts(leader, browser: Browser, live_server, client):
    client.force_login(leader)
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    for address in PAGES:
        page.goto(f"{live_server.url}{address}")
        assert page.locator("h1").first.inner_text().strip(), address
        assert len(page.locator("main, body").first.inner_text()) > 150, address
    context.close()


def test_a_page_prints_on_a4(page, opened):
    """As wide as the paper's text area, and the navigation stays on the screen."""
    page.set_viewport_size({"width": 688, "height": 1000})
    page.emulate_media(media="print")
    wide = {}
    for address in HANDHELD:
        opened(address, "zh-hans")
        assert not page.locator(".site-nav").is_visible(), address
        wide[str(address)] = page.evaluate(WIDER)
    assert {address: by for address, by in wide.items() if by} == {}
