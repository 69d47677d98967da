"""The review queue in a real browser: on a telephone, with the keyboard, and for those who see with their ears."""

import re

import pytest

from erqi.accounts.roles import Role
from projects.models import ProgressReport
from projects.services.progress import record_month
from tests import factories

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
LONG = "某区某街道某某片区雨污分流及老旧小区外立面综合整治工程（二期）"


@pytest.fixture
def opened(page, live_server, sign_in, transactional_db):
    """Opens review pages as the bureau: three months wait, one of them with findings."""
    district = factories.district()
    for number in range(3):
        project = factories.ProjectFactory(name=f"{LONG}{number}", area=district.area, lead_unit=district.street)
        factories.plan(project, 2017, "123456.78")
        factories.report(project, 2017, 2, "9999.99", note="主体结构施工至第 10 层", physical_percent=40)
        amount = "9999.99" if number == 0 else "10111.11"
        given = {"note": "主体结构施工至第 14 层", "physical_percent": 50, "explanation": "按季结算，已核对合同"}
        record_month(project=project, year=2017, month=3, invested=factories.Decimal(amount), by=None, **given)
    ProgressReport.objects.filter(status="submitted", findings=[]).update(returns=1)
    reviewer = factories.user_with(Role.REVIEWER, over=district.area, display_name="王芳")

    def go(path: str, size: dict, language: str = "zh-hans"):
        sign_in(reviewer, language)
        page.set_viewport_size(size)
        page.goto(f"{live_server.url}/admin/{path}")
        return page

    return go


def accepted() -> int:
    return ProgressReport.objects.accepted().filter(month=3).count()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_is_wider_than_a_phone(opened, language):
    first = ProgressReport.objects.filter(status="submitted").first().pk
    paths = [
        "review/",
        f"review/{first}/",
        "projects/reportingperiod/year/",
        "projects/filingcheck/",
        f"projects/progressreport/{first}/change/",
    ]
    for path in paths:
        page = opened(path, PHONE, language)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


def test_the_queue_fits_a_desktop(opened):
    page = opened("review/", DESKTOP)
    assert page.locator(".queue").evaluate("box => box.scrollWidth - box.clientWidth") <= 0


@pytest.mark.journey
def test_those_without_findings_are_picked_at_once_and_accepted(opened):
    page = opened("review/", DESKTOP)
    page.check("#pick-clean")
    assert page.locator("[data-picked]").text_content() == "2"
    page.get_by_role("button", name="认定所选").click()
    page.wait_for_selector(".messagelist .success")
    assert accepted() == 2
    assert page.locator("input[name=chosen]").count() == 1


def test_arrows_go_through_the_queue_and_leave_writing_alone(opened):
    page = opened("review/?again=on", DESKTOP)
    page.locator(".who a").first.click()
    page.wait_for_url(re.compile(r"/review/\d+/"))
    first = page.url
    page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: url != first)
    assert page.url.endswith("?again=on")
    page.get_by_text("退回…").click()
    page.fill("#return-reason", "请附照片")
    page.keyboard.press("ArrowLeft")
    assert page.input_value("#return-reason") == "请附照片"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="退回", exact=True).click()
    page.wait_for_selector(".messagelist .success")
    assert ProgressReport.objects.get(status="returned").return_reason == "请附照片"
    assert re.search(r"/review/\d+/\?again=on$", page.url)


def test_the_pages_can_be_read_aloud(opened, axe):
    first = ProgressReport.objects.filter(status="submitted").first().pk
    for path in ("review/", f"review/{first}/", "projects/filingcheck/", "projects/reportingperiod/year/"):
        opened(path, DESKTOP)
        assert axe() == [], path
