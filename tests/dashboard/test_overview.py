"""The overview page: the reports' own numbers, within what the reader may see, in the reader's language."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.models import Honour
from erqi.accounts.models import User
from erqi.core import money
from erqi.core.models import SourceNote
from erqi.dashboard.overview import overview_values
from projects import reports
from projects.models import ProgressReport, Project
from tests import factories

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
# Session, roles, period, figures, honours …: the same for five projects and for five thousand.
QUERY_BUDGET = 34


class Text(HTMLParser):
    """Words and readable attributes of a page, without what is marked as Chinese and without scripts."""

    VOID = {"meta", "link", "input", "img", "br", "hr"}
    READABLE = {"aria-label", "title", "placeholder", "data-label", "alt"}

    def __init__(self, html: str):
        super().__init__()
        self.open: list[bool] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        left_out = attributes.get("lang") == "zh-Hans" or tag == "script"
        if not any(self.open):
            self.words += [value for name, value in attrs if name in self.READABLE and value]
        if tag not in self.VOID:
            self.open.append(left_out)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.words.append(data)


@pytest.fixture
def district(db):
    return factories.district()


@pytest.fixture
def seed(db):
    call_command("load_fixtures", verbosity=0)


@pytest.fixture
def admin(db):
    return User.objects.create_superuser("root", display_name="管理员")


@pytest.fixture
def seen_by(client):
    """The page as a user sees it; the client stays signed in as that user."""

    def get(user, english=False, **query):
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en" if english else "zh-hans"
        return client.get("/", query)

    return get


def text_of(response) -> str:
    return " ".join(" ".join(Text(response.content.decode()).words).split())


def links_of(response) -> list[str]:
    return [href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"#]*)"', response.content.decode())]


def with_progress(district) -> None:
    factories.plan(district.street_project, 2017, "120000")
    factories.plan(district.town_project, 2017, "60000")
    factories.report(district.street_project, 2017, 1, "15000")
    factories.report(district.street_project, 2017, 2, "12000")
    factories.report(district.town_project, 2017, 1, "1000")
    factories.report(district.unled_project, 2017, 2, "500")


def test_a_stranger_is_sent_to_the_login(client, db):
    response = client.get("/")
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))


def test_totals_are_the_reports_own(district, seen_by):
    with_progress(district)
    response = seen_by(district.leader)
    total = reports.overview(year=2017, month=2).total
    text = text_of(response)
    for amount in (total.plan, total.scheduled, total.done, total.unplanned):
        assert money.yi(amount) in text
    for written in (money.percent(total.rate), money.percent(total.scheduled_rate)):
        assert written in text
    assert f"欠时序 {money.points(total.ahead)} 个百分点" in text or f"超时序 {money.points(total.ahead)}" in text
    assert "2017 年 1–2 月进度" in text


def test_every_figure_says_how_old_it_is(district, seen_by):
    with_progress(district)
    moment = datetime(2017, 3, 4, 2, 30, tzinfo=UTC)
    ProgressReport.objects.update(accepted_at=moment)
    assert "最近认定：2017-03-04 10:30" in text_of(seen_by(district.leader))


def test_categories_and_units_say_which_way_they_are_off_schedule(district, seen_by):
    with_progress(district)
    values = overview_values(user=district.leader, year=2017, month=2, as_of=None)
    assert [(line.of.name, line.figures.done) for line in values["categories"]] == [
        ("社会民生", Decimal(1000)),
        ("基础设施", Decimal(27000)),
    ]
    assert [line.of.name for line in values["units"].ahead] == ["某站"]
    assert [line.of.name for line in values["units"].behind] == ["某镇"]


def test_units_without_a_plan_are_not_ranked(district):
    factories.plan(district.street_project, 2017, "1200")
    units = overview_values(user=district.leader, year=2017, month=2, as_of=None)["units"]
    assert [line.of.name for line in units.ranked] == ["某站"]
    assert [line.of.name for line in units.unplanned] == ["某镇"]
    assert units.unknown.figures.projects == 1


def test_the_curve_is_on_the_page_as_a_table_too(district, seen_by):
    with_progress(district)
    page = seen_by(district.leader).content.decode()
    for line in reports.monthly_curve(year=2017, month=2):
        assert f"<td>{money.yi(line.scheduled_to_date)}</td>" in page
    assert '<script id="curve-data" type="application/json">' in page


def test_as_of_shows_what_was_known_then(district, seen_by):
    with_progress(district)
    early, late = datetime(2017, 2, 10, tzinfo=UTC), datetime(2017, 3, 10, tzinfo=UTC)
    district.street_project.plans.update(recorded_at=early)
    district.town_project.plans.update(recorded_at=early)
    ProgressReport.objects.filter(month=1).update(accepted_at=early, recorded_at=early)
    ProgressReport.objects.filter(month=2).update(accepted_at=late, recorded_at=late)
    response = seen_by(district.leader, year=2017, month=2, as_of="2017-02-28")
    assert response.context["total"].done == Decimal(16000)
    assert "按 2017-02-28 23:59 当时掌握的情况" in text_of(response)
    response = seen_by(district.leader, year=2017, month=2, as_of="2017-03-10T08:00:00+08:00")
    assert response.context["total"].done == Decimal(28000)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"year": "1999"}, "没有“1999”年度的数据"),
        ({"year": "2017x"}, "年度"),
        ({"year": "２０１７"}, "年度"),
        ({"year": "9" * 5000}, "年度"),
        ({"month": "13"}, "应为 1–12"),
        ({"month": "0"}, "应为 1–12"),
        ({"month": "\x00"}, "应为 1–12"),
        ({"as_of": "20170630"}, "带时区的时刻"),
        ({"as_of": "2017-02-30"}, "不是有效日期"),
        ({"as_of": "0001-01-01T00:00:00+08:00"}, "不是带时区的时刻"),
        ({"as_of": "0001-01-01"}, "2000 年以后"),
        ({"as_of": "9999-12-31"}, "不晚于今天"),
    ],
)
def test_bad_parameters_are_answered_with_the_remedy(query, says, district, seen_by):
    with_progress(district)
    response = seen_by(district.leader, **query)
    assert response.status_code == 400
    assert says in text_of(response)


def test_a_unit_sees_its_own_projects_and_is_told_so(district, seen_by):
    with_progress(district)
    response = seen_by(district.reporter)
    assert response.context["total"].projects == 1
    assert response.context["total"].done == Decimal(27000)
    text = text_of(response)
    assert "您任职单位的项目（某街道）" in text
    assert "某镇" not in text


def test_who_sees_everything_is_not_told_of_a_scope(district, seen_by):
    assert seen_by(district.leader).context["scope"] is None


def test_a_gap_to_what_was_published_is_not_drawn_from_a_part_of_the_register(district, seen_by):
    with_progress(district)
    factories.PublishedFigureFactory(value=Decimal(446), label="年度计划投资")
    assert "−428" in text_of(seen_by(district.leader))
    scoped = text_of(seen_by(district.reporter))
    assert "登记（您的范围）" in scoped
    assert "−434" not in scoped


def test_the_honours_office_sees_honours_without_progress(district, seen_by):
    with_progress(district)
    factories.HonourFactory(title="全国先进")
    text = text_of(seen_by(district.honours))
    assert "全国先进" in text
    assert "您的角色不查看项目进度" in text
    assert "年度投资完成率" not in text


def test_a_user_without_a_role_is_told_whom_to_ask(district, seen_by):
    response = seen_by(district.nobody)
    assert response.status_code == 200
    assert "请联系系统管理员" in text_of(response)
    assert not [href for href in links_of(response) if href.startswith(("/admin/projects", "/api"))]


@pytest.mark.parametrize("name", ["reporter", "reviewer", "leader", "honours"])
def test_no_link_is_dead_for_its_reader(name, district, seen_by, client):
    with_progress(district)
    factories.TargetFactory()
    factories.HonourFactory()
    factories.CommendationFactory()
    factories.PublishedFigureFactory(category=district.street_project.category)
    response = seen_by(getattr(district, name))
    found = {href for href in links_of(response) if not href.startswith("/static/")}
    assert any("changelist" in href or "/admin/awards/" in href or "/admin/projects/" in href for href in found)
    for href in found:
        assert client.get(href).status_code == 200, href


def test_honours_of_last_year_and_undated_ones_are_shown(district, seen_by):
    for year, title in ((2015, "前年的"), (2016, "上年的"), (2017, "今年的")):
        factories.HonourFactory(
            title=title, awarded_on=datetime(year, 5, 1, tzinfo=UTC).date(), date_precision=Honour.DatePrecision.MONTH
        )
    factories.HonourFactory(title="没有日期的")
    factories.PublishedFigureFactory()
    text = text_of(seen_by(district.leader))
    assert "上年的" in text
    assert "2017-05" in text
    assert "没有日期的" in text
    assert "未注明日期" in text
    assert "前年的" not in text


def test_the_bare_seed_is_worth_opening(seed, admin, seen_by):
    response = seen_by(admin)
    text = text_of(response)
    assert response.context["found"].year == 2017
    for published in ("150 个", "3216 亿元", "446 亿元", "210 亿元以上", "111.3 亿元"):
        assert published in text
    assert "登记项目 33 个" in text
    for category in ("生态建设", "新型城镇化建设", "重大产业", "基础设施建设", "社会民生"):
        assert category in text
    assert "二七区吹响项目建设奋力推进年新号角" in text
    assert "项目建设奋力推进年" in text
    assert "已拆迁项目群众回迁率" in text
    assert "全国五好县级工商联" in text


def test_the_bare_seed_says_what_to_do_next(seed, admin, seen_by):
    steps = {step.text: step.href for step in seen_by(admin).context["steps"]}
    assert steps["为项目录入年度计划"].startswith(reverse("admin:projects_project_changelist"))
    assert steps["通过接口上报"] == reverse("api:docs")


def test_a_leader_is_told_what_is_being_waited_for(district, seen_by):
    text = text_of(seen_by(district.leader))
    assert "等待各单位录入年度计划" in text
    assert "通过接口上报" not in text


def test_published_and_registered_stand_side_by_side(seed, admin):
    values = overview_values(user=admin, year=2017, month=12, as_of=None)
    category, lines = values["compared"][0]
    assert category is None
    [count] = [line.comparison for line in lines if line.comparison.published.measure == "project_count"]
    assert (count.published.value, count.registered, count.gap) == (150, 33, -117)


def test_the_english_page_has_no_chinese_but_data(seed, admin, seen_by):
    with_data(Project.objects.all()[:12])
    # The notes are data too, and may name a unit of measure as the source prints it.
    SourceNote.objects.update(text_en="In English.")
    response = seen_by(admin, english=True)
    assert b'<html lang="en">' in response.content
    assert CHINESE.findall(text_of(response)) == []


def with_data(projects) -> None:
    lead = factories.UnitFactory(name="区测试局")
    for number, project in enumerate(projects):
        if number % 3:
            project.lead_unit = lead
            project.save()
        factories.plan(project, 2017, "12000")
        factories.report(project, 2017, 1, "1500" if number % 2 else "500")


def test_the_chinese_page_is_marked_as_chinese(district, seen_by):
    assert b'<html lang="zh-hans">' in seen_by(district.leader).content


def test_statements_do_not_grow_with_the_projects(district, client):
    with_progress(district)
    client.force_login(district.leader)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/").status_code == 200
        return len(queries)

    few = statements()
    for number in range(50):
        unit = factories.UnitFactory(parent=district.area)
        project = factories.ProjectFactory(area=district.area, lead_unit=unit, category=district.town_project.category)
        factories.plan(project, 2017, "1200")
        factories.report(project, 2017, 1 + number % 2, "100")
    assert statements() == few
    assert few <= QUERY_BUDGET
