"""Every page of the monthly work, on a desk and on a phone, by day and by night: it fits, it reads, it is quiet."""

from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from erqi.accounts.roles import Role
from projects.models import LightRuleSet, Milestone, PlanChange, Problem, SupervisionOrder
from projects.services.progress import record_month
from tests import factories

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
LONG = "某街道某某片区雨污分流及老旧小区外立面综合整治工程（二期）"
YEAR = 2017


@pytest.fixture
def rows(transactional_db):
    """One row of each thing, with long names; the address of each page by a short name."""
    district = factories.district()
    project = factories.ProjectFactory(
        name=LONG, area=district.area, lead_unit=district.street, category=district.town_project.category
    )
    factories.plan(project, YEAR, "123456.7891")
    for month in (1, 2):
        factories.report(project, YEAR, month, "9999.9999")
    filed = record_month(project=project, year=YEAR, month=3, invested=Decimal(8888), explanation=LONG, by=None)
    waiting = filed.report
    today = timezone.localdate()
    milestone = Milestone.objects.create(project=project, name=LONG, kind="start", original_due=today, due=today)
    problem = Problem.objects.create(
        project=project, kind="land", description=LONG, responsible_unit=district.street, deadline=today
    )
    order = SupervisionOrder.objects.create(
        unit=district.street,
        project=project,
        origin="meeting",
        title=LONG,
        requirement=LONG,
        original_due=today,
        due=today,
        issued_by=district.reviewer,
    )
    change = PlanChange.objects.create(
        project=project, year=YEAR, planned_investment=Decimal(9999), reason=LONG, requested_by=district.reporter
    )
    call_command("loaddata", "fixtures/180_lightruleset.yaml", "fixtures/190_filingcheck.yaml", verbosity=0)
    call_command("create_periods", str(YEAR), verbosity=0)
    call_command("compute_lights", year=YEAR, month=3, verbosity=0)
    rules = LightRuleSet.objects.filter(status="draft").first()
    head = factories.user_with(Role.ENDORSER, over=district.street, username="head")
    when = f"year={YEAR}&month=3"
    filing = {
        district.reporter: [
            "",
            f"month/?{when}",
            f"month/?{when}&q=zzz",
            f"projects/project/{project.pk}/change/?year={YEAR}",
            f"projects/planchange/request/{project.pk}/{YEAR}/",
            f"projects/milestone/{milestone.pk}/change/",
            f"projects/problem/{problem.pk}/change/",
            "projects/problem/add/",
            f"projects/supervisionorder/{order.pk}/change/",
        ],
        head: ["", f"month/?{when}"],
    }
    reviewing = {
        district.reviewer: [
            "",
            "review/",
            f"review/{waiting.pk}/",
            "projects/progressreport/",
            "projects/planchange/",
            f"projects/planchange/{change.pk}/change/",
            "projects/reportingperiod/",
            "projects/reportingperiod/year/",
            "projects/filingcheck/",
            f"projects/lightruleset/{rules.pk}/change/",
            f"projects/lightruleset/{rules.pk}/trial/",
            "projects/supervisionorder/add/",
        ],
    }
    watching = {
        district.leader: [
            "",
            "projects/light/",
            "projects/milestone/?standing=all",
            "projects/problem/?turn=all",
            "projects/supervisionorder/?turn=all",
            f"timeliness/?year={YEAR}",
            f"baselines/?year={YEAR}",
            f"projects/project/{project.pk}/history/",
        ]
    }
    return {"filing": filing, "reviewing": reviewing, "watching": watching}


@pytest.fixture
def look(page, live_server, sign_in, axe):
    """Opens a page as somebody; says what is wrong with it."""
    noise: list[str] = []
    page.on("console", lambda said: said.type == "error" and noise.append(said.text))

    def open_it(path: str) -> list[str]:
        noise.clear()
        answer = page.goto(f"{live_server.url}/admin/{path}")
        found = [f"answers {answer.status}"] if answer.status != 200 else []
        wide = page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"]
        found += [f"{wide} px too wide"] if wide > 0 else []
        found += axe()
        return [f"/admin/{path}: {line}" for line in (*found, *noise)]

    open_it.sign_in = sign_in
    return open_it


@pytest.mark.parametrize("size,scheme", [(DESKTOP, "light"), (PHONE, "dark")], ids=["desk", "phone"])
@pytest.mark.parametrize("work", ["filing", "reviewing", "watching"])
def test_pages_fit_read_well_and_stay_quiet(rows, look, page, size, scheme, work):
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    wrong = []
    for user, paths in rows[work].items():
        look.sign_in(user)
        for path in paths:
            wrong += look(path)
    assert not wrong, "\n".join(wrong)


def test_the_navigation_opens_what_is_used_daily_and_where_one_is(rows, look, page):
    page.set_viewport_size(DESKTOP)
    look.sign_in(next(iter(rows["reviewing"])))
    look("projects/unit/")
    groups = page.locator("#side details")
    opened = groups.evaluate_all("all => all.filter(one => one.open).map(one => one.firstElementChild.textContent)")
    assert opened == ["每月工作", "项目", "基础数据"]
    assert page.locator("#side details").first.locator("a").all_inner_texts()[:2] == ["我的本月", "月度审核"]
    assert page.evaluate("document.querySelector('.side-body').scrollHeight") <= DESKTOP["height"]


def test_on_a_phone_a_milestone_is_a_card_with_its_headings(rows, look, page):
    page.set_viewport_size(PHONE)
    look.sign_in(next(iter(rows["filing"])))
    look(rows["filing"][next(iter(rows["filing"]))][3])
    assert page.locator("#milestones-group .tabular").evaluate("box => box.scrollWidth - box.clientWidth") <= 0
    cell = page.locator("#milestones-0 td.field-due")
    assert cell.get_attribute("data-label") == "现定日期"
