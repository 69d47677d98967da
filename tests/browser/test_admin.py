"""The admin in a real browser: nothing wider than a phone, the navigation as tall as the page."""

import pytest

from tests import factories

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
LONG = "某区某街道某某片区雨污分流及老旧小区外立面综合整治工程（二期）"


@pytest.fixture
def opened(page, live_server, client, transactional_db):
    """Opens admin pages of a district with many projects, as the superuser."""
    area = factories.district().area
    for number in range(40):
        project = factories.ProjectFactory(name=f"{LONG}{number}", area=area)
        factories.plan(project, 2017, "123456.78")
        factories.report(project, 2017, 1, "9999.99")
    client.force_login(factories.UserFactory(username="root", is_superuser=True))

    def go(path: str, size: dict, language: str):
        cookies = {"sessionid": client.cookies["sessionid"].value, "erqi_language": language}
        page.context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )
        page.set_viewport_size(size)
        page.goto(f"{live_server.url}/admin/{path}")
        return page

    return go


PAGES = ["", "projects/project/", "projects/progressreport/", "projects/unit/", "core/auditevent/"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_is_wider_than_a_phone(opened, language):
    for path in PAGES:
        page = opened(path, PHONE, language)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_column_of_the_register_fits_a_desktop(opened, language):
    page = opened("projects/project/?year=2017", DESKTOP, language)
    box = page.locator("#changelist-form .results")
    assert box.evaluate("box => box.scrollWidth - box.clientWidth") <= 0


def test_the_navigation_is_as_tall_as_the_page_and_a_short_page_does_not_scroll(opened):
    page = opened("projects/project/", DESKTOP, "zh-hans")
    tall = page.evaluate("document.documentElement.scrollHeight")
    bottom = "document.querySelector('#side').getBoundingClientRect().bottom + scrollY"
    assert tall > 2 * DESKTOP["height"]
    assert abs(page.evaluate(bottom) - tall) <= 1
    page = opened("awards/honour/", DESKTOP, "zh-hans")
    assert page.evaluate("document.documentElement.scrollHeight") == DESKTOP["height"]
