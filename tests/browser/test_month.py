"""The clerk's month in a real browser, on a desk and on a phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from erqi.accounts.roles import Role
from projects.models import ProgressReport, Project, ReportingPeriod
from projects.services import workflow
from projects.services.progress import record_month
from tests import factories

from .conftest import BY_SCHEME

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
LONG = "某区某街道某某片区雨污分流及老旧小区外立面综合整治工程（二期）"


@pytest.fixture
def district(transactional_db):
    """Eight projects of the street, one returned, one a draft, one filed; February was filed for all."""
    made = factories.district()
    today = timezone.localdate()
    days = {"opens": today - timedelta(9), "due": today + timedelta(3), "locks": today + timedelta(9)}
    ReportingPeriod.objects.create(year=2017, month=3, endorsed=True, **days)
    projects = [
        factories.ProjectFactory(code=f"B{number}", name=f"{LONG}{number}", lead_unit=made.street, area=made.area)
        for number in range(8)
    ]
    for project in projects:
        factories.plan(project, 2017, "1200")
        factories.report(project, 2017, 2, "123456.78", note="路基完成一半", physical_percent=20)
    content = {"year": 2017, "month": 3, "by": made.reporter, "invested": 77, "explanation": "已核对"}
    for project in projects[:2]:
        report = record_month(project=project, **content).report
        if project is projects[0]:
            workflow.return_report(report, by=made.reviewer, reason="金额不符", fields=["invested"])
    record_month(project=projects[2], **content, draft=True)
    return made


@pytest.fixture
def opened(page: Page, live_server, sign_in, district):
    def go(user=None, size=DESKTOP, language="zh-hans", query="year=2017&month=3") -> Page:
        sign_in(user or district.reporter, language)
        page.set_viewport_size(size)
        page.goto(f"{live_server.url}/admin/month/?{query}")
        return page

    return go


def entry(page: Page, code: str):
    return page.locator(f"#r{Project.objects.get(code=code).pk}")


def box(page: Page, code: str, name: str = "invested"):
    return entry(page, code).locator(f"[data-box={name}]")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_scrolls_sideways(opened, district, size, language):
    head = factories.user_with(Role.ENDORSER, over=district.street)
    for user in (district.reporter, head):
        page = opened(user, size, language)
        for summary in page.locator(".entry summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_serious_for_assistive_technology(opened, district, axe, size):
    for user in (district.reporter, factories.user_with(Role.ENDORSER, over=district.street)):
        page = opened(user, size)
        for summary in page.locator(".entry summary").all():
            summary.click()
        for scheme, rules in BY_SCHEME.items():
            page.emulate_media(color_scheme=scheme)
            # Links fade from one colour to the other.
            page.evaluate("Promise.all(document.getAnimations().map(one => one.finished))")
            assert axe(*rules) == [], scheme


def test_thumbs_find_the_buttons_and_the_keyboard_shows_digits(opened):
    page = opened(size=PHONE)
    buttons = page.locator(".entry-actions button, .month-bar button")
    assert min(button.bounding_box()["height"] for button in buttons.all()) >= 44
    expect(box(page, "B4")).to_have_attribute("inputmode", "decimal")


def test_the_year_to_date_follows_the_typing(opened):
    page = opened()
    project, row = Project.objects.get(code="B4"), entry(page, "B4")
    # A smaller February, so that March decides.
    ProgressReport.objects.filter(project=project).update(invested=100)
    page.reload()
    expect(row.locator(".to-date")).to_contain_text("截至上月累计 100")
    expect(row.locator(".pill")).to_be_hidden()
    box(page, "B4").fill("１，２３４．５")
    expect(row.locator(".to-date")).to_contain_text("本年累计 1,334.5 111.2%")
    expect(row.locator(".pill")).to_have_text(re.compile("超时序 \\+86.2 个百分点"))
    box(page, "B4").fill("80")
    expect(row.locator(".pill")).to_have_text(re.compile("欠时序 −10.0 个百分点"))
    for nonsense in ("十", "1e5", "1_000", "5²"):
        box(page, "B4").fill(nonsense)
        expect(row.locator(".to-date")).to_contain_text("截至上月累计 100")


def test_the_script_reads_what_the_server_wrote(opened):
    """The figures that come with the page are those that the script would draw."""
    page = opened()
    drawn = "rows => rows.map(row => [row.querySelector('.entry-result').innerText])"
    with_scripts = page.eval_on_selector_all(".entry", drawn)
    page.route("**/month.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()
    assert page.eval_on_selector_all(".entry", drawn) == with_scripts


def test_enter_goes_down_the_column(opened):
    page = opened()
    boxes = page.locator("input[data-box=invested]")
    boxes.first.focus()
    page.keyboard.press("Enter")
    expect(boxes.nth(1)).to_be_focused()
    page.keyboard.press("Shift+Enter")
    expect(boxes.first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("input[data-box=physical_percent]").first).to_be_focused()


def test_last_months_text_is_taken_over_and_marked_until_edited(opened):
    page = opened()
    row = entry(page, "B4")
    row.get_by_role("button", name="沿用上月说明").click()
    expect(box(page, "B4", "note")).to_have_value("路基完成一半")
    expect(row.locator(".copied")).to_be_visible()
    box(page, "B4").fill("12")
    row.get_by_role("button", name="存草稿").click()
    expect(page.locator(".messagelist")).to_contain_text("已存草稿 1 项")
    expect(row.locator(".copied")).to_be_visible()
    assert ProgressReport.objects.get(project__code="B4", month=3).copied_forward
    box(page, "B4", "note").fill("路基完成")
    expect(row.locator(".copied")).to_be_hidden()


def test_leaving_with_something_unsaved_asks_first(opened):
    page = opened()
    asked: list[str] = []

    def stay(dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator(".month-steps a").first.click()
    expect(page).to_have_url(re.compile("month=2"))
    assert asked == []
    page.go_back()
    box(page, "B4").fill("12")
    expect(page.locator(".unsaved")).to_have_text("1 项改动未保存")
    page.locator(".month-steps a").first.click()
    expect(page).to_have_url(re.compile("month=3"))
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="全部保存草稿").last.click()
    expect(page.locator(".messagelist")).to_contain_text("已存草稿 1 项")
    assert asked == ["beforeunload"]


@pytest.mark.journey
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_month_from_the_clerks_desk_to_the_heads_signature(opened, district, size):
    page = opened(size=size)
    box(page, "B4").fill("500")
    box(page, "B5").fill("六百")
    page.get_by_role("button", name="报送已填的各项").click()
    # The draft and the new one are filed; what cannot be read comes back.
    expect(page.locator(".told")).to_contain_text("2 项已报送。1 项有误")
    expect(box(page, "B5")).to_have_value("六百")
    expect(entry(page, "B5").locator(".errorlist")).to_contain_text("不是数字")
    box(page, "B5").fill("600")
    page.get_by_role("button", name="报送已填的各项").click()
    expect(page.locator(".messagelist")).to_contain_text("1 项已报送")

    head = factories.user_with(Role.ENDORSER, over=district.street)
    page = opened(head, size, query="year=2017&month=3&state=waiting")
    expect(page.locator(".entry")).to_have_count(4)
    page.get_by_label("全选").check()
    entry(page, "B4").get_by_label("选中").uncheck()
    page.get_by_role("button", name="签审选中的各项").click()
    expect(page.locator(".messagelist")).to_contain_text("3 项已签审")
    row = entry(page, "B4")
    row.get_by_text("退回", exact=True).click()
    row.get_by_label("退回理由").fill("请附照片")
    row.get_by_label("附件", exact=True).check()
    row.get_by_role("button", name="退回单位修改").click()
    expect(page.locator(".messagelist")).to_contain_text("1 项已退回")
    assert ProgressReport.objects.get(project__code="B4", month=3).return_reason == "请附照片"
