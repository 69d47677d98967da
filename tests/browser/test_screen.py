"""The wall in a real browser: it turns, fits, renews itself, and says since when it is stale."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from erqi.accounts.models import User
from projects.models import Target
from tests import factories
from tests.dashboard.pages import filled

WALL = {"width": 1920, "height": 1080}
BIG_WALL = {"width": 3840, "height": 2160}
LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
LONG = "某区某街道某某片区雨污分流及老旧小区外立面综合整治工程（二期）"
# What stands outside its slide, or is written smaller than five metres allow (24 px of 1920, here as a share).
UNREADABLE = """() => {
    const slide = document.querySelector(".slide.shown"), room = slide.getBoundingClientRect();
    const least = innerWidth / 1920 * 23.9;
    return [...slide.querySelectorAll("*")].filter((part) => {
        if (part.closest(".drawn-table, svg")) return false;
        const box = part.getBoundingClientRect();
        const says = [...part.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const small = says && parseFloat(getComputedStyle(part).fontSize) < least;
        return small || box.right > room.right || box.left < room.left || box.bottom > room.bottom + 1;
    }).map((part) => `${slide.id}: ${part.className} ${part.textContent.trim().slice(0, 30)}`);
}"""
SCROLLS = """[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]"""


@pytest.fixture
def district(transactional_db):
    """A full year with names as long as they come."""
    district = filled(factories.district())
    district.street_project.name = LONG
    district.street_project.save()
    factories.TargetFactory(indicator="南水北调生态文化公园剩余段绿化面积", unit_of_measure="万平方米", value=186)
    return district


@pytest.fixture
def wall(page: Page, live_server, sign_in):
    """Opens the wall as a user at a size; with ``clock`` time passes only when told."""

    def go(user: User, query="", *, size=WALL, language="zh-hans", clock=False) -> Page:
        sign_in(user, language)
        page.set_viewport_size(size)
        if clock:
            page.clock.install()
        page.goto(f"{live_server.url}/screen/{query}")
        return page

    return go


def shown(page: Page) -> str:
    return page.locator(".slide.shown").get_attribute("id") or ""


def test_it_turns_by_itself_and_comes_round(district, wall):
    page = wall(district.leader, "?seconds=5&views=now,targets", clock=True)
    assert shown(page) == "now-1"
    page.clock.run_for(5_500)
    expect(page.locator("#targets-1")).to_be_visible()
    expect(page.locator("#now-1")).to_be_hidden()
    page.clock.run_for(5_500)
    assert shown(page) == "now-1"


def test_the_keyboard_switches_and_pauses(district, wall):
    page = wall(district.leader, "?seconds=5&views=now,targets,honours", clock=True)
    page.keyboard.press("ArrowRight")
    assert shown(page) == "targets-1"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert shown(page) == "honours-1"
    page.keyboard.press(" ")
    page.clock.run_for(20_000)
    assert shown(page) == "honours-1"
    page.keyboard.press(" ")
    page.clock.run_for(5_500)
    assert shown(page) == "now-1"


def test_the_way_back_appears_for_the_keyboard(district, wall):
    page = wall(district.leader, "?year=2017&month=2")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("返回总览")
    assert page.locator(":focus").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/\?year=2017&month=2$"))


def test_it_renews_itself_and_keeps_the_slide(district, wall):
    page = wall(district.leader, "?seconds=120&views=now,targets", clock=True)
    page.keyboard.press("ArrowRight")
    Target.objects.update(indicator="换过的目标")
    page.clock.run_for(61_000)
    expect(page.locator("#targets-1")).to_contain_text("换过的目标")
    assert shown(page) == "targets-1"
    expect(page.locator(".stale")).to_be_hidden()


def test_a_network_break_is_said_with_its_time_and_its_end_is_seen(district, wall):
    page = wall(district.leader, "?seconds=5&views=now,targets", clock=True)
    page.route("**/screen/**", lambda route: route.abort())
    page.clock.run_for(61_000)
    stale = page.locator(".stale")
    expect(stale).to_have_text(re.compile(r"■\s*数据停在 \d\d:\d\d（已断线 1 分钟）"))
    # It goes on turning what it has.
    expect(page.locator(".slide.shown")).to_be_visible()
    for _ in range(6):
        page.clock.run_for(60_000)
    expect(stale).to_contain_text("已断线 7 分钟")
    Target.objects.update(indicator="断线时换的目标")
    page.unroute("**/screen/**")
    # Step by step: a fetch that is under way gives up after twenty seconds of the clock, however short they are.
    for _ in range(40):
        page.clock.run_for(2_000)
        page.wait_for_timeout(200)
        if not stale.is_visible():
            break
    expect(stale).to_be_hidden()
    expect(page.locator("#targets-1")).to_contain_text("断线时换的目标")


def test_a_failing_server_is_a_break_too(district, wall):
    page = wall(district.leader, clock=True)
    page.route("**/screen/**", lambda route: route.fulfill(status=503, body="x"))
    page.clock.run_for(61_000)
    expect(page.locator(".stale")).to_contain_text("已断线 1 分钟")
    expect(page.locator(".slide.shown h2")).to_be_visible()


def test_after_hours_it_speaks_in_hours(district, wall):
    page = wall(district.leader, clock=True)
    page.route("**/screen/**", lambda route: route.abort())
    page.clock.run_for(61_000)
    page.clock.fast_forward("03:10:00")
    page.clock.run_for(2_000)
    expect(page.locator(".stale")).to_contain_text("已断线 3 小时 11 分钟")


def test_when_the_session_ends_it_asks_for_a_sign_in(district, wall):
    page = wall(district.leader, clock=True)
    page.context.clear_cookies()
    page.clock.run_for(61_000)
    expect(page.locator(".stale")).to_contain_text("登录已过期，请重新登录")
    expect(page.locator(".slide.shown h2")).to_be_visible()


def test_who_may_no_longer_look_is_told(district, wall):
    page = wall(district.leader, clock=True)
    district.leader.memberships.all().delete()
    page.clock.run_for(61_000)
    expect(page.locator(".stale")).to_contain_text("这个账号不能再看本页")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [WALL, BIG_WALL, LAPTOP], ids=["wall", "4k", "laptop"])
def test_nothing_scrolls_and_all_can_be_read(size, language, district, wall):
    page = wall(district.leader, "?seconds=120", size=size, language=language)
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(SCROLLS) == [0, 0]
    slides = page.locator(".slide").count()
    assert slides == 9
    found = []
    for _ in range(slides):
        found += page.evaluate(UNREADABLE)
        page.keyboard.press("ArrowRight")
    assert found == []


def test_a_phone_gets_the_slides_below_each_other(district, wall):
    for language in ("zh-hans", "en"):
        page = wall(district.leader, size=PHONE, language=language)
        assert page.evaluate(SCROLLS)[0] == 0
        boxes = [slide.bounding_box() for slide in page.locator(".slide").all()]
        assert all(one["y"] + one["height"] <= next_["y"] + 1 for one, next_ in pairwise(boxes))
        expect(page.locator(".drawn-table").first).to_be_visible()


def test_without_scripts_all_slides_stand_below_each_other(district, browser: Browser, live_server, client):
    client.force_login(district.leader)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/screen/")
    for slide in page.locator(".slide").all():
        expect(slide).to_be_visible()
    context.close()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_serious_for_assistive_technology(language, district, wall, axe):
    page = wall(district.leader, "?seconds=120", language=language)
    page.emulate_media(reduced_motion="reduce")
    found = []
    for _ in range(page.locator(".slide").count()):
        found += axe()
        page.keyboard.press("ArrowRight")
    assert found == []
