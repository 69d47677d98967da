"""The categories compared, and one of them: the reports' own numbers, beside what was announced."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from erqi.core import money
from projects import reports
from projects.models import ProgressReport, PublishedFigure
from tests import factories
from tests.dashboard.words import text_of

EVERY = reverse("dashboard:categories")


def of(category) -> str:
    return reverse("dashboard:category", args=[category.code])


@pytest.fixture
def roads(district):
    return district.street_project.category


@pytest.fixture
def mixed(district, roads):
    """Of roads: one planned and reported, one without a plan, one without a unit; of homes: one planned."""
    more = factories.ProjectFactory(area=district.area, lead_unit=district.town, category=roads)
    unled = factories.ProjectFactory(area=district.area, lead_unit=None, category=roads)
    factories.plan(district.street_project, 2017, 120_000)
    factories.plan(unled, 2017, 24_000)
    factories.plan(district.town_project, 2017, 60_000)
    for month, amount in ((1, 15_000), (2, 5000)):
        factories.report(district.street_project, 2017, month, amount)
    factories.report(more, 2017, 2, 700)
    factories.report(unled, 2017, 1, 1000)
    factories.report(district.town_project, 2017, 1, 9000)
    return district


ASKED = {"year": 2017, "month": 2}


class TestCompared:
    def test_each_category_has_its_own_figures_and_all_add_up(self, mixed, roads, opened_by):
        values = opened_by(mixed.leader, EVERY, **ASKED).context
        figures = {line.category: line.figures for line in values["lines"]}
        assert figures[roads].plan == D(144_000)
        assert (figures[roads].done, figures[roads].unplanned) == (D(21_000), D(700))
        assert sum(figures.values(), reports.Figures()) == values["total"]

    def test_the_small_curve_ends_where_the_figures_stand(self, mixed, opened_by):
        for line in opened_by(mixed.leader, EVERY, **ASKED).context["lines"]:
            january, february, *later = line.curve
            assert february.to_date == line.figures.done
            assert february.scheduled_to_date == line.figures.scheduled
            assert january.to_date == january.invested
            assert all(month.to_date is None for month in later)

    def test_a_category_without_a_plan_has_no_rate_and_says_so(self, mixed, opened_by):
        factories.CategoryFactory(name="没有项目的")
        text = text_of(opened_by(mixed.leader, EVERY, **ASKED))
        assert "没有项目的 完成率 ○ 尚无年度计划 年度计划 —" in text

    def test_as_known_then_and_against_the_original(self, mixed, roads, opened_by):
        early = datetime(2017, 2, 10, tzinfo=UTC)
        for project in (mixed.street_project, mixed.town_project):
            project.plans.update(recorded_at=early)
        ProgressReport.objects.filter(month=1).update(accepted_at=early, recorded_at=early)
        factories.plan(mixed.street_project, 2017, 60_000, reason="调减")

        def plan_and_done(**asked):
            lines = opened_by(mixed.leader, EVERY, **ASKED, **asked).context["lines"]
            return next((line.figures.plan, line.figures.done) for line in lines if line.category == roads)

        assert plan_and_done() == (D(84_000), D(21_000))
        assert plan_and_done(baseline="original") == (D(144_000), D(21_000))
        assert plan_and_done(as_of="2017-02-28") == (D(120_000), D(15_000))

    def test_lights_lead_to_the_projects_that_have_them(self, year, opened_by):
        lines = opened_by(year.leader, EVERY, **ASKED).context["lines"]
        lit = [light for line in lines for light in line.lights]
        assert sum(light.number for light in lit) == 3
        for light in lit:
            assert f"light={light.colour}" in light.rows


class TestOne:
    def test_an_unknown_code_is_not_found(self, district, opened_by):
        assert opened_by(district.leader, reverse("dashboard:category", args=["nothing"])).status_code == 404

    def test_its_figures_are_those_of_its_projects_only(self, mixed, roads, opened_by):
        answer = opened_by(mixed.leader, of(roads), **ASKED)
        total, text = answer.context["total"], text_of(answer)
        assert total == reports.overview(**ASKED, projects=roads.projects.all()).total
        assert (total.projects, total.planned_projects, total.due, total.in_) == (3, 2, 2, 1)
        for written in (money.yi(total.plan), money.yi(total.done), money.percent(total.rate)):
            assert written in text
        assert "另有无计划项目完成 0.07 亿元" in text

    def test_units_of_the_category_with_what_they_lead_in_it(self, mixed, roads, opened_by):
        values = opened_by(mixed.leader, of(roads), **ASKED).context
        assert [(line.unit and line.unit.name, line.figures.projects) for line in values["units"]] == [
            ("某站", 1),
            (None, 1),
            ("某镇", 1),
        ]

    def test_programmes_stand_in_their_tree_with_what_is_inside(self, mixed, roads, opened_by):
        outer = factories.ProgrammeFactory(category=roads, stated_count=94, count_unit="个", order=1)
        inner = factories.ProgrammeFactory(category=roads, parent=outer, annual_plan=570_000)
        other = factories.ProgrammeFactory(category=roads, order=2)
        factories.ProgrammeFactory(category=roads, active=False)
        for project, programme in ((mixed.street_project, inner), (roads.projects.get(lead_unit=None), outer)):
            project.programme = programme
            project.save()
        factories.recount()
        answer = opened_by(mixed.leader, of(roads), **ASKED)
        assert [(line.programme, line.depth, line.figures.plan) for line in answer.context["programmes"]] == [
            (outer, 0, D(144_000)),
            (inner, 1, D(120_000)),
            (other, 0, D(0)),
            (None, 0, D(0)),
        ]
        assert answer.context["programmes"][0].figures.done == D(21_000)
        assert "94 个" in text_of(answer)
        assert "57 亿元" in text_of(answer)

    def test_what_was_announced_stands_beside_what_is_registered_whichever_unit_is_chosen(
        self, mixed, roads, opened_by
    ):
        count = {"measure": PublishedFigure.Measure.PROJECT_COUNT, "unit_of_measure": "个", "value": D(5)}
        factories.PublishedFigureFactory(category=roads, **count)
        factories.PublishedFigureFactory(**count)
        [(category, lines)] = opened_by(mixed.leader, of(roads), unit="street", **ASKED).context["compared"]
        assert category == roads
        assert [(line.comparison.registered, line.comparison.gap) for line in lines] == [(3, -2)]

    def test_only_its_own_targets(self, mixed, roads, opened_by):
        factories.TargetFactory(indicator="开工道路", category=roads)
        factories.TargetFactory(indicator="全区的")
        text = text_of(opened_by(mixed.leader, of(roads), **ASKED))
        assert "开工道路" in text
        assert "全区的" not in text

    def test_a_clerk_sees_the_category_within_reach(self, mixed, roads, opened_by):
        values = opened_by(mixed.reporter, of(roads), **ASKED).context
        assert (values["total"].projects, values["total"].plan) == (1, D(120_000))
        assert [line.unit.name for line in values["units"]] == ["某站"]

    def test_the_original_is_drawn_only_where_it_differs(self, mixed, roads, opened_by):
        assert opened_by(mixed.leader, of(roads), **ASKED).context["original"] == {}
        factories.plan(mixed.street_project, 2017, 60_000, reason="调减")
        values = opened_by(mixed.leader, of(roads), **ASKED).context
        assert values["original"][12] == D(144_000)
        assert values["curve"][11].scheduled_to_date == D(84_000)
        assert opened_by(mixed.leader, of(roads), baseline="original", **ASKED).context["original"] == {}


@pytest.mark.parametrize("name", ["every", "one"])
def test_statements_do_not_grow_with_the_rows(name, district, roads, client):
    address = EVERY if name == "every" else of(roads)
    client.force_login(district.leader)
    factories.plan(district.street_project, 2017, 1200)
    factories.report(district.street_project, 2017, 1, 10)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, {"year": 2017, "month": 1}).status_code == 200
        return len(queries)

    def more(number: int) -> None:
        for _ in range(number):
            programme = factories.ProgrammeFactory(category=roads)
            unit = factories.UnitFactory(parent=district.area)
            project = factories.ProjectFactory(area=district.area, lead_unit=unit, category=roads, programme=programme)
            factories.plan(project, 2017, 1200)
            factories.report(project, 2017, 1, 10)
            factories.TargetFactory(category=roads)
            factories.PublishedFigureFactory(category=roads)

    more(1)
    few = statements()
    more(20)
    assert statements() == few
