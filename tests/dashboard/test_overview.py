"""The overview page: the reports' own numbers, within what the reader may see, in the reader's language."""

import re
from copy import deepcopy
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from awards.models import Honour
from erqi.accounts.roles import Role
from erqi.core import money
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from erqi.dashboard.pages.honours import honour_wall
from erqi.dashboard.pages.overview import overview_values
from erqi.dashboard.pages.targets import compared_by_category
from projects import reports
from projects.models import AnnualPlan, Light, LightRuleSet, ProgressReport, Project, PublishedFigure, Unit
from projects.models.choices import Level
from projects.services import lights
from tests import factories
from tests.dashboard.words import links_of, text_of
from tests.projects import followed

pytestmark = pytest.mark.usefixtures("kept_district")


@pytest.fixture
def seen_by(client):
    """The page as a user sees it; the client stays signed in as that user."""

    def get(user, english=False, **query):
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en" if english else "zh-hans"
        return client.get("/", query)

    return get


def with_progress(district) -> None:
    factories.plan(district.street_project, 2017, "120000")
    factories.plan(district.town_project, 2017, "60000")
    factories.report(district.street_project, 2017, 1, "15000")
    factories.report(district.street_project, 2017, 2, "12000")
    factories.report(district.town_project, 2017, 1, "1000")
    factories.report(district.unled_project, 2017, 2, "500")


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
    factories.recount()
    assert "最近认定：2017-03-04 10:30" in text_of(seen_by(district.leader))


def test_categories_and_units_say_which_way_they_are_off_schedule(district, seen_by):
    with_progress(district)
    values = overview_values(Basis(user=district.leader, year=2017, month=2))
    assert [(line.of.name, line.figures.done) for line in values["categories"]] == [
        ("社会民生", Decimal(1000)),
        ("基础设施", Decimal(27000)),
    ]
    assert [line.of.name for line in values["units"].ahead] == ["某站"]
    assert [line.of.name for line in values["units"].behind] == ["某镇"]


@pytest.fixture(scope="class")
def kept_city(kept_by_class, kept_district):
    district = deepcopy(kept_district)
    city = factories.UnitFactory(code="city", name="某市", kind=Unit.Kind.AREA)
    Unit.objects.filter(pk=district.area.pk).update(parent=city)
    other = factories.UnitFactory(code="other", name="另一区", kind=Unit.Kind.AREA, parent=city)
    bureau = factories.UnitFactory(code="bureau", name="另一区某局", parent=other)
    project = factories.ProjectFactory(area=other, lead_unit=bureau, category=district.town_project.category)
    with_progress(district)
    factories.plan(project, 2017, "1200")
    factories.report(project, 2017, 1, "1000")
    factories.report(district.town_project, 2017, 2, "0")
    LightRuleSet.objects.create(code="ours", name="规则", status="in_force", investment_yellow=1, investment_red=5)
    lights.compute(months=[(2017, 2)])
    return factories.user_with(Role.LEADER, over=city, username="mayor")


class TestSeveralDistricts:
    """Who sees more than one compares these first; each leads to its own units."""

    @pytest.fixture
    def city(self, kept_city, db):
        return deepcopy(kept_city)

    def test_are_the_lines_of_the_overview(self, city):
        units = overview_values(Basis(user=city, year=2017, month=2))["units"]
        assert units.districts
        assert [(line.of.name, line.figures.done) for line in units.planned] == [("另一区", 1000), ("某区", 28000)]
        assert [line.figures.unplanned for line in units.planned] == [0, 500]
        assert [[(lamp.colour, lamp.number) for lamp in line.lights] for line in units.planned] == [[], [("red", 1)]]

    def test_a_line_leads_to_the_units_of_its_district(self, city, seen_by):
        page = seen_by(city, year=2017, month=2)
        assert "行政区" in text_of(page)
        assert any("unit=other" in link for link in links_of(page))
        units = seen_by(city, year=2017, month=2, unit="other").context["units"]
        assert not units.districts
        assert [line.of.name for line in units.planned] == ["另一区某局"]

    def test_many_of_them_are_counted_in_the_heading(self, city, district, seen_by):
        assert "某区、另一区 重大项目" in text_of(seen_by(city))
        above = Unit.objects.get(code="city")
        for number in range(3):
            area = factories.UnitFactory(name=f"新{number}区", kind=Unit.Kind.AREA, parent=above)
            factories.ProjectFactory(area=area, lead_unit=None, category=district.town_project.category)
        assert "等 5 个行政区 重大项目" in text_of(seen_by(city))
        assert "and others (5 districts)" in text_of(seen_by(city, english=True))

    def test_one_of_them_is_read_unit_by_unit(self, city, district):
        units = overview_values(Basis(user=district.leader, year=2017, month=2))["units"]
        assert not units.districts

    @pytest.mark.parametrize(
        ("asked", "offered"),
        [
            ("", ["", "area", "other"]),
            ("other", ["", "area", "other", "bureau"]),
            ("bureau", ["", "area", "other", "bureau"]),
            ("city", ["", "area", "other", "city"]),
        ],
    )
    def test_the_units_of_one_are_offered_at_a_time(self, city, seen_by, asked, offered):
        assert sorted(self.offered(seen_by(city, year=2017, month=2, unit=asked))) == sorted(offered)

    @staticmethod
    def offered(page):
        return [code for code, _name in page.context["form"].fields["unit"].widget.choices]

    @pytest.fixture
    def transport(self, city, district):
        """A bureau of the city's own that leads a project in each district; one that nobody leads is in the city."""
        above = Unit.objects.get(code="city")
        bureau = factories.UnitFactory(code="transport", name="市交通局", parent=above)
        for area in (district.area, Unit.objects.get(code="other")):
            project = factories.ProjectFactory(area=area, lead_unit=bureau, category=district.town_project.category)
            factories.plan(project, 2017, "600")
        factories.ProjectFactory(area=above, lead_unit=None, category=district.town_project.category)
        return bureau

    def test_who_stands_in_none_of_them_is_a_line_of_its_own(self, city, transport, seen_by):
        units = seen_by(city, year=2017, month=2).context["units"]
        lines = {line.of.name: (line.district, line.figures.projects) for line in [*units.planned, *units.unplanned]}
        assert lines == {"某区": (True, 3), "另一区": (True, 1), "市交通局": (False, 2), "某市": (False, 1)}
        assert units.unknown is None

    def test_a_line_and_the_page_it_leads_to_say_the_same(self, city, transport, seen_by, client):
        page = seen_by(city, year=2017, month=2)
        lines = page.context["units"].planned
        assert [line for line in lines if line.district]
        for line in lines:
            if line.district:
                assert seen_by(city, year=2017, month=2, unit=line.of.code).context["total"] == line.figures
            register = client.get(line.rows)
            assert register.context["count"] == line.figures.projects

    def test_the_rows_of_an_area_above_them_are_those_that_nobody_leads(self, city, transport, seen_by, client):
        [line] = seen_by(city, year=2017, month=2).context["units"].unplanned
        assert line.of.name == "某市"
        assert client.get(line.rows).context["count"] == 1

    def test_it_is_offered_beside_them(self, city, transport, seen_by):
        assert "transport" in self.offered(seen_by(city, year=2017, month=2))
        assert "transport" in self.offered(seen_by(city, year=2017, month=2, unit="other"))

    def test_its_own_people_compare_no_parts_of_districts(self, city, transport, seen_by):
        page = seen_by(factories.user_with(Role.LEADER, over=transport), year=2017, month=2)
        assert not page.context["units"].districts
        assert [line.of.name for line in page.context["units"].planned] == ["市交通局"]
        assert self.offered(page) == ["", "transport"]

    def test_as_of_a_moment_they_are_the_same(self, city, transport):
        now, then = (
            overview_values(Basis(user=city, year=2017, month=2, as_of=as_of))["units"]
            for as_of in (None, timezone.now())
        )
        assert [(line.of, line.figures) for line in now.planned] == [(line.of, line.figures) for line in then.planned]


def test_units_without_a_plan_are_not_ranked(district):
    factories.plan(district.street_project, 2017, "1200")
    units = overview_values(Basis(user=district.leader, year=2017, month=2))["units"]
    assert [line.of.name for line in units.planned] == ["某站"]
    assert [line.of.name for line in units.unplanned] == ["某镇"]
    assert units.unknown.figures.projects == 1


def test_a_unit_with_a_plan_of_nothing_has_a_plan(district, seen_by):
    factories.plan(district.street_project, 2017, "1200")
    factories.plan(district.town_project, 2017, "0")
    factories.report(district.town_project, 2017, 1, "700")
    units = overview_values(Basis(user=district.leader, year=2017, month=2))["units"]
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
    assert "2 月已认定 3 个 应报 3 个" in text_of(response)


def test_a_month_short_of_half_is_better_than_none(district, seen_by):
    for project in (district.street_project, district.town_project, district.unled_project):
        factories.plan(project, 2017, "1200")
    for month in (3, 4):
        factories.report(district.street_project, 2017, month, "10")
    assert seen_by(district.leader).context["found"].month == 4


def test_the_month_is_found_in_one_statement(district, django_assert_num_queries):
    with_progress(district)
    with django_assert_num_queries(1):
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
    assert seen_by(district.leader).context["basis"].scope is None


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
    assert "3 项荣誉" in text
    assert [title for title in ("今年的", "上年的", "没有日期的", "前年的") if title in text] == [
        "今年的",
        "上年的",
        "没有日期的",
    ]
    factories.PublishedFigureFactory(year=2019)
    assert seen_by(district.leader, year=2019).context["honours"] == []


def test_the_highest_honours_come_first_and_an_inferred_level_is_not_one(district, seen_by):
    given = {"awarded_on": date(2017, 1, 1), "date_precision": "year"}
    for title, level, basis in (
        ("推断的", Level.NATIONAL, Honour.LevelBasis.INFERRED),
        ("市里的", Level.MUNICIPAL, Honour.LevelBasis.PRINTED),
        ("国家的", Level.NATIONAL, Honour.LevelBasis.TITLE),
    ):
        factories.HonourFactory(title=title, level=level, level_basis=basis, **given)
    factories.PublishedFigureFactory()
    honours = seen_by(district.leader).context["honours"]
    assert [honour.title for honour in honours] == ["国家的", "市里的", "推断的"]


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
    basis = Basis(user=district.leader, year=2017, month=12)
    compared = reports.published_against_registered(year=2017, projects=basis.projects)
    [(_category, lines)] = compared_by_category(compared, Rows(basis))
    assert {line.comparison.published.programme: line.comparison.registered for line in lines} == {outer: 2, inner: 1}
    client.force_login(district.leader)
    for line in lines:
        listed = re.findall(r'href="/projects/(T[0-9]+)/', client.get(line.rows).content.decode())
        assert len(set(listed)) == line.comparison.registered


def test_a_plan_of_nothing_is_registered_and_no_plan_is_not(district, seen_by):
    factories.PublishedFigureFactory(value=Decimal(446))
    assert "尚未登记" in text_of(seen_by(district.leader))
    factories.plan(district.town_project, 2017, "0")
    text = text_of(seen_by(district.leader))
    assert "尚未登记" not in text
    assert "−446" in text


def test_a_leader_is_told_what_is_being_waited_for(district, seen_by):
    text = text_of(seen_by(district.leader))
    assert "等待各单位录入年度计划" in text
    assert "通过接口上报" not in text


def test_the_chinese_page_is_marked_as_chinese(district, seen_by):
    assert b'<html lang="zh-hans">' in seen_by(district.leader).content


# The figures, against the API's and against a plain recount ----------------------------------------


AMOUNTS = st.integers(0, 400)
MIXED = st.tuples(
    st.sampled_from(["", "suspended"]),
    st.booleans(),
    st.none() | st.integers(0, 200).map(lambda n: n * 12),
    st.none() | st.integers(0, 200).map(lambda n: n * 12),
    st.dictionaries(st.integers(1, 12), AMOUNTS, max_size=4),
)


@settings_of(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(MIXED, max_size=5), month=st.integers(1, 12), baseline=st.sampled_from(["original", "current"]))
def test_totals_equal_the_apis_and_a_plain_recount(district, client, rows, month, baseline):
    for model in (ProgressReport, AnnualPlan, Project):
        model.objects.all().delete()
    factories.recount()
    for stage, led, plan, changed, months in rows:
        unit = district.station if led else None
        project = factories.ProjectFactory(
            area=district.area, lead_unit=unit, category=district.street_project.category, stage=stage
        )
        for amount in (plan, changed) if plan is not None and changed is not None else (plan,):
            if amount is not None:
                factories.plan(project, 2017, amount, reason="调整")
        for number, amount in months.items():
            factories.report(project, 2017, number, amount)
    client.force_login(district.leader)
    factories.PublishedFigureFactory()
    about = {"year": 2017, "month": month, "baseline": baseline}
    total = client.get("/", about).context["total"]
    api = client.get("/api/v1/statistics/overview/", about).json()["total"]
    shown = (total.projects, total.plan, total.scheduled, total.done, total.unplanned, total.due, total.in_)
    names = ("projects", "plan", "scheduled", "done", "unplanned", "reports_due", "reports_in")
    assert shown == tuple(Decimal(api[name]) for name in names)
    assert shown == recounted(rows, month, baseline)


def recounted(rows, month, baseline) -> tuple:
    plan_of = [
        changed if changed is not None and plan is not None and baseline == "current" else plan
        for _stage, _led, plan, changed, _months in rows
    ]
    done = [sum(amount for number, amount in months.items() if number <= month) for *_rest, months in rows]
    owing = [plan is not None and row[0] != "suspended" for row, plan in zip(rows, plan_of, strict=True)]
    return (
        len(rows),
        sum(plan or 0 for plan in plan_of),
        sum((plan or 0) // 12 * month for plan in plan_of),
        sum(d for d, plan in zip(done, plan_of, strict=True) if plan is not None),
        sum(d for d, plan in zip(done, plan_of, strict=True) if plan is None),
        sum(owing),
        sum(month in row[4] for row, owes in zip(rows, owing, strict=True) if owes),
    )


# Where we are, what is red, who ---------------------------------------------------------------------


def counted_lights(month) -> dict[str, int]:
    rows = Light.objects.overall().filter(year=2017, month=month)
    return {colour: rows.filter(colour=colour).count() for colour in set(rows.values_list("colour", flat=True))}


@pytest.mark.usefixtures("kept_year_by_class")
class TestAFullYear:
    def test_lights_are_counted_by_colour_and_lead_to_their_rows(self, year, seen_by):
        response = seen_by(year.leader, year=2017, month=3)
        found = {lamp.colour: lamp for lamp in response.context["lights"]}
        assert {colour: lamp.number for colour, lamp in found.items()} == counted_lights(3)
        for colour, lamp in found.items():
            assert f"light={colour}" in lamp.rows
            assert "year=2017&month=3" in lamp.rows

    def test_what_matters_now_is_named_with_who_answers_for_it(self, year, seen_by):
        response = seen_by(year.leader, year=2017, month=3)
        assert [item.project.code for item in response.context["pressing"]] == ["S1", "T1"]
        text = text_of(response)
        assert "街道路 某站" in text
        assert "欠 2,100 万元" in text

    def test_changes_and_what_is_due_are_not_told_of_a_moment_past(self, year, seen_by):
        assert "3 月的变化" in text_of(seen_by(year.leader, year=2017, month=3))
        text = text_of(seen_by(year.leader, year=2017, month=3, as_of="2017-04-01"))
        assert "月的变化" not in text
        assert "接下来要办的" not in text

    def test_numbers_of_a_part_do_not_lead_to_the_rows_of_the_whole(self, year, seen_by):
        """The admin's lists know neither category nor unit."""
        whole = seen_by(year.leader, year=2017, month=3).context["changes"].facts
        part = seen_by(year.leader, year=2017, month=3, category="roads").context["changes"].facts
        assert any("/admin/" in fact.href for fact in whole)
        assert not any("/admin/" in fact.href for fact in part)

    @pytest.mark.parametrize("part", [{"category": "roads"}, {"unit": "street"}])
    def test_figures_and_steps_of_a_part_lead_to_its_own_rows(self, part, year, seen_by, client):
        for _ in range(2):
            factories.ProjectFactory(area=year.area, lead_unit=year.street, category=year.street_project.category)
        factories.ProjectFactory(area=year.area, lead_unit=year.town, category=year.town_project.category)
        values = seen_by(year.reviewer, year=2017, month=3, **part).context
        total, links = values["total"], values["links"]
        for name in ("projects", "plans", "reports", "month"):
            assert client.get(links[name]).context["total"] == total
        step = next(step for step in values["steps"] if "gap=plan" in step.href)
        unplanned = total.projects - total.planned_projects
        assert client.get(step.href).context["total"].projects == unplanned == 2

    def test_of_a_past_moment_or_the_original_plan_figures_lead_to_the_register(self, year, seen_by):
        for asked in ({"baseline": "original"}, {"as_of": "2017-06-30"}):
            links = seen_by(year.leader, year=2017, month=3, **asked).context["links"]
            assert "/admin/" not in links["plans"] + links["reports"] + links["month"]

    def test_rows_behind_what_changed_are_as_many_as_told(self, year, seen_by, client):
        checked = 0
        for fact in [
            *seen_by(year.leader, year=2017, month=3).context["changes"].facts,
            *seen_by(year.leader, year=2017, month=3).context["upcoming"].facts,
        ]:
            if "/admin/" in fact.href:
                assert client.get(fact.href).context["cl"].result_count == int(fact.value), fact
                checked += 1
        assert checked


def test_the_rest_of_the_twenty_stand_behind_the_first(district, seen_by):
    for _ in range(25):
        project = factories.ProjectFactory(area=district.area, lead_unit=district.town)
        factories.plan(project, 2017, "1200")
    factories.report(project, 2017, 6, "1")
    response = seen_by(district.leader, year=2017, month=6)
    assert (len(response.context["pressing"]), len(response.context["pressing_more"])) == (6, 14)


def test_coverage_is_told_by_count_and_by_money(district, seen_by):
    with_progress(district)
    factories.plan(district.unled_project, 2017, "60000")
    assert "数据覆盖 66.7% 按计划金额 75.0%" in text_of(seen_by(district.leader, year=2017, month=2))


def test_a_year_past_is_seen_from_the_end_of_the_month_shown(district, seen_by):
    with_progress(district)
    milestone = followed.milestone(district.street_project, "主体完工")
    followed.in_the_past(milestone, due=date(2017, 3, 20))
    text = text_of(seen_by(district.leader, year=2017, month=2))
    assert "以 2017-02-28 为“今天”" in text
    assert "主体完工 街道路 某站 还有 20 天" in text


def test_this_year_is_seen_from_today(district, seen_by):
    this_year = followed.day().year
    factories.plan(district.street_project, this_year, "1200")
    followed.milestone(district.street_project, "主体完工", due=followed.day(3))
    text = text_of(seen_by(district.leader, year=this_year, month=1))
    assert "为“今天”" not in text
    assert "还有 3 天" in text


def test_an_order_about_anothers_project_does_not_name_it(district, seen_by):
    with_progress(district)
    followed.in_the_past(followed.order(district.street, project=district.town_project), due=date(2017, 2, 1))
    text = text_of(seen_by(district.reporter, year=2017, month=2))
    assert "加快征迁 某街道" in text
    assert "镇学校" not in text
