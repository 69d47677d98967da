"""The wall: which slides there are, what stands on them, and what its address may ask for."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from awards.models import HonourUnit
from erqi.core import money
from erqi.dashboard.basis import Basis
from erqi.dashboard.pages import screen_charts
from erqi.dashboard.pages.screen_slides import COLOURS, VIEWS, Wall, paged, slides_of
from projects import reports
from projects.models import Light, Project
from projects.models.choices import Baseline
from projects.reports.light_months import light_months
from projects.services.plans import set_plan
from tests import factories
from tests.dashboard.pages import more_rows
from tests.dashboard.words import text_of

pytestmark = pytest.mark.usefixtures("kept_district")
STATIC = Path(settings.BASE_DIR) / "erqi" / "static" / "erqi"
# Session, roles, period, and then each view's own; the same for five projects and for fifty.
QUERY_BUDGET = 45


@pytest.fixture
def wall(opened_by, year):
    def get(user=None, **query):
        return opened_by(user or year.leader, "/screen/", **{"year": 2017, "month": 3, **query})

    return get


def names(answer) -> list[str]:
    return [slide.name for slide in answer.context["slides"]]


def values(view: str, user, **basis) -> list[dict]:
    return VIEWS[view](Wall(Basis(user=user, **{"year": 2017, "month": 3, **basis})))


@pytest.mark.usefixtures("kept_year_by_class")
class TestWhichSlides:
    def test_a_full_year_shows_every_view_in_order(self, wall):
        assert names(wall()) == [f"{view}-1" for view in VIEWS]

    def test_an_address_chooses_and_orders_the_views(self, wall):
        assert names(wall(views="honours, now,honours")) == ["honours-1", "now-1"]

    def test_an_unknown_view_is_refused_with_those_there_are(self, wall):
        answer = wall(views="now,weather")
        assert answer.status_code == 400
        assert "没有名为“weather”的画面" in text_of(answer)
        assert all(view in text_of(answer) for view in VIEWS)

    @pytest.mark.parametrize("seconds", ["4", "121", "0", "-5", "x", "7.5", "\x00"])
    def test_a_pace_too_fast_or_too_slow_is_refused(self, seconds, wall):
        answer = wall(seconds=seconds)
        assert answer.status_code == 400
        assert "5–120 秒" in text_of(answer)

    def test_the_pace_is_the_address_own(self, wall):
        assert 'data-seconds="15"' in wall().content.decode()
        assert 'data-seconds="30"' in wall(seconds=30).content.decode()

    @given(st.integers(0, 60), st.integers(1, 12))
    def test_many_rows_are_spread_evenly_over_slides(self, number, most):
        parts = paged(list(range(number)), most)
        assert [row for part in parts for row in part] == list(range(number))
        assert all(len(part) <= most for part in parts)
        assert len(parts) == (number + most - 1) // most
        assert not parts or max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.usefixtures("kept_year_by_class")
class TestWhatStandsOnThem:
    def test_the_figures_are_the_reports_own(self, wall):
        text = text_of(wall(views="now"))
        total = reports.overview(year=2017, month=3).total
        for written in (
            money.yi(total.plan),
            money.yi(total.scheduled),
            money.yi(total.done),
            money.percent(total.rate),
        ):
            assert written in text
        assert money.points(total.ahead) in text

    def test_lights_are_counted_with_word_and_shape(self, wall):
        colours = Counter(Light.objects.overall().filter(year=2017, month=3).values_list("colour", flat=True))
        text = text_of(wall(views="now"))
        for shape, word, colour in (("■", "红灯", "red"), ("▲", "黄灯", "yellow"), ("●", "绿灯", "green")):
            assert f"{shape} {word} {colours[colour]}" in text

    def test_coverage_is_said_by_count_and_by_money(self, wall):
        """Of three projects with a plan two have reported March; the third is a tenth of the money."""
        factories.plan(Project.objects.get(code="U1"), 2017, "2666.6667")
        text = text_of(wall(views="now"))
        assert "3 月已认定 2 个 应报 3 个，按投资计 90.0%" in text

    def test_every_wall_says_how_old_its_data_are(self, wall):
        text = text_of(wall())
        assert re.search(r"最近认定：\d{4}-\d\d-\d\d \d\d:\d\d", text)
        assert re.search(r"画面更新：\d\d:\d\d", text)

    def test_a_category_says_what_it_planned_and_did(self, wall):
        text = text_of(wall(views="categories"))
        for group in reports.overview(year=2017, month=3).by_category:
            if group.figures.plan:
                done, plan = money.yi(group.figures.done), money.yi(group.figures.plan)
                assert f"完成 {done} / 计划 {plan} 亿元" in text

    def test_pressing_projects_say_since_when_and_how_much(self, wall):
        text = text_of(wall(views="pressing"))
        light = Light.objects.overall().get(project__code="S1", year=2017, month=3)
        assert light.colour == "red"
        assert "街道路 某站" in text
        assert f"{light.since_year} 年 {light.since_month} 月起 连续 {light.months_running} 个月" in text
        assert "欠时序 2,100 万元" in text

    def test_units_stand_apart_by_side(self, year):
        (slide,) = values("units", year.leader)
        assert [group.of.name for group in slide["behind"]] == ["某站", "某镇"]
        assert slide["ahead"] == []

    def test_the_curve_stands_beside_its_table(self, wall):
        page = wall(views="curve").content.decode()
        for line in reports.monthly_curve(year=2017, month=3):
            assert f"<td>{money.yi(line.scheduled_to_date)}</td>" in page

    def test_a_lowered_plan_shows_the_original_beside_it(self, year):
        assert values("curve", year.leader)[0]["drawn"]["paths"]["original"] == ""
        set_plan(project=year.town_project, year=2017, planned_investment=Decimal(6000), reason="核减", by=None)
        (slide,) = values("curve", year.leader)
        assert slide["original"] == Decimal(6000)
        assert len(slide["drawn"]["points"]["original"]) == 12
        (slide,) = values("curve", year.leader, baseline=Baseline.ORIGINAL)
        assert slide["drawn"]["points"]["original"] == []

    def test_the_course_of_the_lights_is_a_recount_of_the_rows(self, wall, year):
        rows = list(Light.objects.overall().values_list("month", "colour"))
        expected = {month: Counter(colour for of, colour in rows if of == month) for month in (1, 2, 3)}
        assert light_months(year=2017, month=3) == expected
        assert light_months(year=2017, month=2) == {month: expected[month] for month in (1, 2)}
        assert "".join(f"<td>{expected[3][colour]}</td>" for colour in COLOURS) in wall(views="lights").content.decode()

    def test_one_month_of_lights_has_no_course(self, year):
        assert values("lights", year.leader, month=1) == []

    def test_what_was_promised_stands_beside_what_is_known_of_it(self, wall):
        factories.TargetFactory(indicator="打通断头路", value=12, unit_of_measure="条", commitment="ensure")
        text = text_of(wall(views="targets"))
        assert "打通断头路 全区" in text
        assert "确保 12 条" in text

    def test_a_part_of_the_projects_does_not_pass_for_the_whole(self, year):
        target = factories.TargetFactory(value=1, unit_of_measure="亿元", measure="invested")

        def actual(user):
            rows = [row for slide in values("targets", user) for row, _shape in slide["rows"]]
            return next(row.actual for row in rows if row.target == target)

        assert actual(year.leader) == Decimal("0.33")
        assert actual(year.reporter) is None


@pytest.mark.usefixtures("kept_year_by_class")
class TestWhatItIsAbout:
    def test_a_unit_sees_its_own_projects_and_is_told_so(self, wall, year):
        text = text_of(wall(year.reporter))
        assert "街道路" in text
        assert "镇学校" not in text
        assert "范围：某街道" in text

    def test_a_wall_of_one_category(self, wall, year):
        roads, homes = year.street_project.category, year.town_project.category
        factories.TargetFactory(indicator="另一类的", category=homes)
        answer = wall(category=roads.code)
        assert answer.context["found"].total.projects == 1
        assert "另一类的" not in text_of(answer)
        assert "honours-1" not in names(answer)

    def test_a_wall_of_one_unit_has_its_own_honours_and_nothing_of_the_district(self, year):
        other = factories.HonourFactory(awarded_on=date(2017, 1, 1), date_precision="year")
        given = {"unit": year.street}
        assert [
            card.honour.recipient for slide in values("honours", year.leader, **given) for card in slide["cards"]
        ] == [year.street]
        HonourUnit.objects.create(honour=other, unit=year.station, part="supporting")
        assert sum(len(slide["cards"]) for slide in values("honours", year.leader, **given)) == 2
        assert values("announced", year.leader, **given) == values("targets", year.leader, **given) == []

    def test_the_original_plan_is_named(self, wall):
        assert "对照原计划" in text_of(wall(baseline="original"))
        assert "对照原计划" not in text_of(wall())


class TestBeforeMuchHappened:
    def test_views_with_nothing_to_show_are_left_out(self, opened_by, district):
        answer = opened_by(district.leader, "/screen/")
        assert names(answer) == []
        assert "还没有可以展示的数据" in text_of(answer)

    def test_slides_of_one_view_are_numbered(self, district):
        for _ in range(13):
            factories.TargetFactory()
        slides = slides_of("targets", Wall(Basis(user=district.leader, year=2017, month=3)))
        assert [(slide.name, slide.of, len(slide.values["rows"])) for slide in slides] == [
            ("targets-1", 2, 6),
            ("targets-2", 2, 7),
        ]

    def test_before_any_plan_a_category_shows_what_was_announced_for_it(self, district):
        roads = district.street_project.category
        programme = factories.ProgrammeFactory(category=roads)
        factories.PublishedFigureFactory(category=roads, programme=programme, value=7)
        (slide,) = values("categories", district.leader)
        assert [(row["of"], [figure.value for figure in row["announced"]]) for row in slide["rows"]] == [(roads, [7])]
        factories.PublishedFigureFactory(category=roads, value=30)
        (slide,) = values("categories", district.leader)
        assert [figure.value for figure in slide["rows"][0]["announced"]] == [30]

    def test_one_unit_alone_is_not_ranked(self, district):
        factories.plan(district.street_project, 2017, 1200)
        assert values("units", district.leader) == []

    def test_honours_of_this_year_and_last(self, district):
        for of in (2015, 2016, 2017, 2018):
            factories.HonourFactory(title=f"{of}", awarded_on=date(of, 1, 1), date_precision="year")
        (slide,) = values("honours", district.leader)
        assert [card.honour.title for card in slide["cards"]] == ["2017", "2016"]


class TestTheDrawings:
    @given(st.lists(st.floats(-5000, 5000), max_size=24))
    def test_a_scale_holds_every_value_and_nothing_on_few_round_steps(self, found):
        scale = screen_charts.scale(found)
        for value in [0.0, *found]:
            assert screen_charts.TOP - 0.1 <= scale.y(value) <= screen_charts.BOTTOM + 0.1
        assert 2 <= len(scale.ticks) <= 8
        assert "0" in [label for _y, label in scale.ticks]

    def test_a_month_corrected_downwards_hangs_from_the_axis(self):
        lines = [reports.MonthLine(month, None, Decimal(10_000), Decimal(-5_000), Decimal(-5_000)) for month in (1,)]
        drawn = screen_charts.curve(lines, {})
        assert drawn["bars"][0]["y"] == drawn["zero"]
        assert drawn["bars"][0]["height"] > 0

    def test_columns_are_as_tall_as_their_numbers(self):
        months = {1: Counter(red=1, green=3), 2: Counter(green=2)}
        first, second = screen_charts.columns(months, COLOURS)
        field = screen_charts.BOTTOM - screen_charts.TOP
        assert [(part["colour"], part["height"]) for part in first["parts"]] == [
            ("red", field / 4),
            ("green", field * 3 / 4),
        ]
        assert [part["height"] for part in second["parts"]] == [field / 2]


def test_the_dark_palette_is_the_one_of_all_pages():
    """CSS cannot share a block between a media query and a class without leaving old browsers behind."""
    token = re.compile(r"(--[\w-]+): ([^;]+);")
    dark = (STATIC / "tokens.css").read_text().split("prefers-color-scheme: dark")[1].split("  }\n}")[0]
    wall = (STATIC / "screen.css").read_text().split("@media screen {")[1].split("  }\n}")[0]
    assert dict(token.findall(wall)) == dict(token.findall(dark))


def test_statements_do_not_grow_with_the_rows(wall, year):
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert wall().status_code == 200
        return len(queries)

    # What is remembered for the life of the process is asked for once.
    cost()
    few = cost()
    more_rows(year, 20)
    cost()
    assert cost() == few <= QUERY_BUDGET
