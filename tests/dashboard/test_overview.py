"""The overview page: the reports' own numbers, within what the reader may see, in the reader's language."""

import re
from datetime import UTC, date, datetime
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
from erqi.dashboard.overview import honour_wall, overview_values
from projects import reports
from projects.models import ProgressReport, Project, PublishedFigure
from projects.models.choices import Level
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
    assert [line.of.name for line in units.planned] == ["某站"]
    assert [line.of.name for line in units.unplanned] == ["某镇"]
    assert units.unknown.figures.projects == 1


def test_a_unit_with_a_plan_of_nothing_has_a_plan(district, seen_by):
    factories.plan(district.street_project, 2017, "1200")
    factories.plan(district.town_project, 2017, "0")
    factories.report(district.town_project, 2017, 1, "700")
    units = overview_values(user=district.leader, year=2017, month=2, as_of=None)["units"]
    assert [line.of.name for line in units.planned] == ["某站", "某镇"]
    assert units.unplanned == []
    assert "某镇 1 0.00 0.07 — —" in text_of(seen_by(district.leader))


def test_investment_without_a_plan_is_shown_with_its_unit_and_category(district, seen_by):
    factories.plan(district.street_project, 2017, "1200")
    factories.report(district.town_project, 2017, 1, "700")
    text = text_of(seen_by(district.leader))
    assert "某镇 1 — 计划外 0.07 — —" in text
    assert "计划外完成 0.07 亿元" in text


def test_investment_is_shown_in_a_year_without_any_plan(district, seen_by):
    factories.report(district.town_project, 2017, 1, "700")
    assert "另有无计划项目完成 0.07 亿元" in text_of(seen_by(district.leader))


def test_one_early_report_does_not_open_its_month(district, seen_by):
    with_progress(district)
    factories.report(district.street_project, 2017, 12, "1")
    factories.report(district.town_project, 2017, 2, "1")
    assert seen_by(district.leader).context["found"].month == 12
    factories.plan(district.unled_project, 2017, "600")
    response = seen_by(district.leader)
    assert response.context["found"].month == 2
    assert "2 月已报 3 个 应报 3 个" in text_of(response)


def test_a_month_short_of_half_is_better_than_none(district, seen_by):
    for project in (district.street_project, district.town_project, district.unled_project):
        factories.plan(project, 2017, "1200")
    for month in (3, 4):
        factories.report(district.street_project, 2017, month, "10")
    assert seen_by(district.leader).context["found"].month == 4


def test_the_month_is_found_in_two_statements(district, django_assert_num_queries):
    with_progress(district)
    with django_assert_num_queries(2):
        assert reports.latest_month(2017) == 2


def test_the_month_of_others_says_nothing_to_a_clerk(district, seen_by):
    factories.plan(district.street_project, 2017, "1200")
    factories.plan(district.town_project, 2017, "1200")
    factories.report(district.street_project, 2017, 2, "10")
    factories.report(district.town_project, 2017, 9, "10")
    assert seen_by(district.leader).context["found"].month == 9
    assert seen_by(district.reporter).context["found"].month == 2


def test_the_month_is_the_newest_known_at_the_time(district, seen_by):
    with_progress(district)
    early = datetime(2017, 2, 10, tzinfo=UTC)
    ProgressReport.objects.filter(month=1).update(accepted_at=early, recorded_at=early)
    district.street_project.plans.update(recorded_at=early)
    assert seen_by(district.leader, year=2017).context["found"].month == 2
    assert seen_by(district.leader, year=2017, as_of="2017-02-28").context["found"].month == 1


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
    factories.HonourFactory(title="全国先进", awarded_on=date(2017, 1, 1), date_precision="year")
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


def test_honours_of_this_year_and_last_are_shown(district, seen_by):
    source = factories.SourceFactory()
    for year, title in ((2015, "前年的"), (2016, "上年的"), (2017, "今年的")):
        factories.HonourFactory(
            title=title,
            awarded_on=date(year, 5, 1),
            date_precision=Honour.DatePrecision.MONTH,
            source=source if year == 2016 else None,
        )
    factories.HonourFactory(title="没有日期的", source=source)
    factories.PublishedFigureFactory()
    text = text_of(seen_by(district.leader))
    assert "上年的" in text
    assert "2017-05" in text
    assert "没有日期的" in text
    assert "未注明日期" in text
    assert "前年的" not in text
    factories.PublishedFigureFactory(year=2019)
    assert seen_by(district.leader, year=2019).context["honours"] == []


def test_an_inferred_level_is_not_shown_as_fact(district, seen_by):
    given = {"awarded_on": date(2017, 1, 1), "date_precision": "year", "level": Level.NATIONAL}
    factories.HonourFactory(**given, level_basis=Honour.LevelBasis.TITLE)
    factories.HonourFactory(**given, level_basis=Honour.LevelBasis.INFERRED)
    factories.PublishedFigureFactory()
    text = text_of(seen_by(district.leader))
    assert "国家级 1 国家级（推断） 1" in text
    assert "级别依据：据名称 国家级 2017" in text
    assert "国家级（推断） 2017" in text


def test_no_honour_falls_off_the_wall():
    """Chains and circles are refused where honours are entered; this is what becomes of one all the same."""
    honours = [
        Honour(pk=pk, same_event_id=of) for pk, of in ((1, None), (2, 1), (3, 2), (4, 4), (5, 6), (6, 5), (7, 99))
    ]
    cards = [(card.honour.pk, [sibling.pk for sibling in card.siblings]) for card in honour_wall(honours)]
    assert sorted(cards) == [(1, [2]), (3, []), (4, []), (5, []), (6, []), (7, [])]


def test_what_a_source_leaves_unclear_is_said_only_beside_its_figures(district, seen_by):
    source = factories.SourceFactory()
    factories.SourceNoteFactory(topic="合计说不清", source=source, on_overview=True)
    factories.PublishedFigureFactory(source=source)
    factories.PublishedFigureFactory(year=2018)
    assert "合计说不清" in text_of(seen_by(district.leader, year=2017))
    assert "合计说不清" not in text_of(seen_by(district.leader, year=2018))


def test_the_rows_behind_a_programme_are_those_its_number_counts(district, seen_by, client):
    roads = district.street_project.category
    outer = factories.ProgrammeFactory(category=roads)
    inner = factories.ProgrammeFactory(category=roads, parent=outer)
    for programme in (outer, inner):
        unit = factories.UnitFactory(parent=district.area)
        factories.ProjectFactory(area=district.area, lead_unit=unit, category=roads, programme=programme)
    for programme in (outer, inner):
        factories.PublishedFigureFactory(
            measure=PublishedFigure.Measure.PROJECT_COUNT, unit_of_measure="个", category=roads, programme=programme
        )
    [(_category, lines)] = seen_by(district.leader).context["compared"]
    assert {line.comparison.published.programme: line.comparison.registered for line in lines} == {outer: 2, inner: 1}
    for line in lines:
        assert client.get(line.rows).context["cl"].result_count == line.comparison.registered


def test_a_plan_of_nothing_is_registered_and_no_plan_is_not(district, seen_by):
    factories.PublishedFigureFactory(value=Decimal(446))
    assert "尚未登记" in text_of(seen_by(district.leader))
    factories.plan(district.town_project, 2017, "0")
    text = text_of(seen_by(district.leader))
    assert "尚未登记" not in text
    assert "−446" in text


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
    # And what to do next.
    steps = {step.text: step.href for step in response.context["steps"]}
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
