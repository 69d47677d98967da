"""The admin in a real browser: nothing wider than a phone, the navigation as tall as the page."""

from itertools import product

import pytest

from tests import factories

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
LONG = "某区某街道某某片区雨污分流及老旧小区外立面综合整治工程（二期）"


@pytest.fixture
def opened(page, live_server, sign_in, transactional_db):
    """Opens admin pages of a district with many projects, as the superuser."""
    area = factories.district().area
    for number in range(40):
        project = factories.ProjectFactory(name=f"{LONG}{number}", area=area)
        factories.plan(project, 2017, "123456.78")
        factories.report(project, 2017, 1, "9999.99")
    root = factories.UserFactory(username="root", is_superuser=True)

    def go(path: str, size: dict, language: str):
        sign_in(root, language)
        page.set_viewport_size(size)
        page.goto(f"{live_server.url}/admin/{path}")
        return page

    return go


LANGUAGES = ["zh-hans", "en"]
PAGES = ["", "projects/project/", "projects/progressreport/", "projects/unit/", "core/auditevent/"]


def test_nothing_is_wider_than_a_phone(opened):
    for path, language in product(PAGES, LANGUAGES):
        page = opened(path, PHONE, language)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], (path, language)


def test_every_column_of_the_register_fits_a_desktop(opened):
    for language in LANGUAGES:
        page = opened("projects/project/?year=2017", DESKTOP, language)
        box = page.locator("#changelist-form .results")
        assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0, language


def test_the_navigation_is_as_tall_as_the_page_and_a_short_page_does_not_scroll(opened):
    page = opened("projects/project/", DESKTOP, "zh-hans")
    tall = page.evaluate("document.documentElement.scrollHeight")
    bottom = "document.querySelector('#side').getBoundingClientRect().bottom + scrollY"
    assert tall > 2 * DESKTOP["height"]
    assert abs(page.evaluate(bottom) - tall) <= 1
    page = opened("awards/honour/", DESKTOP, "zh-hans")
    assert page.evaluate("document.documentElement.scrollHeight") == DESKTOP["height"]
