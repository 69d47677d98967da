"""Units in their peer groups, and one unit: what it leads, takes part in, has to settle, and was honoured for."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from awards.models import CommendationRecipient, HonourUnit
from erqi.accounts.roles import Role
from projects import reports
from projects.models import Project, Unit
from projects.services import periods
from tests import factories
from tests.dashboard.words import Text, text_of
from tests.projects import followed

RANKING = reverse("dashboard:units")
ASKED = {"year": 2017, "month": 2}


def of(unit) -> str:
    return reverse("dashboard:unit", args=[unit.code])


def led(district, unit, *months, planned=1200, **attributes) -> Project:
    project = factories.ProjectFactory(area=district.area, lead_unit=unit, **attributes)
    if planned is not None:
        factories.plan(project, 2017, planned)
    for month, amount in enumerate(months, 1):
        if amount is not None:
            factories.report(project, 2017, month, amount)
    return project


def cells_of(answer) -> str:
    """The words without those that say to a phone which column a cell is of."""
    html = re.sub(r' data-label="[^"]*"', "", answer.content.decode())
    return " ".join(" ".join(Text(html).words).split())


@pytest.fixture
def streets(district):
    """Four streets: 10 points ahead, half a point less, far behind with a month missing, and without a plan."""
    units = [
        factories.UnitFactory(name=name, kind=Unit.Kind.STREET, parent=district.area)
        for name in ("甲街道", "乙街道", "丙街道", "丁街道")
    ]
    for unit, months in zip(units, ((160, 160), (157, 157), (10, None)), strict=False):
        led(district, unit, *months)
    led(district, units[3], 70, planned=None)
    return units


def ranked(answer):
    return [
        [[line.peer.unit.name for line in lines] for _band, lines in group.bands] for group in answer.context["groups"]
    ]


class TestRanking:
    def test_bands_not_numbers_and_who_cannot_be_placed_stands_apart(self, district, streets, opened_by):
        answer = opened_by(district.leader, RANKING, **ASKED)
        assert ranked(answer) == [[["甲街道", "乙街道"], ["丙街道"]]]
        text = cells_of(answer)
        assert "第 1 档 2 个不分先后 甲街道" in text
        assert "丁街道 街道 没有年度计划" in text
        assert "未明确责任单位 — 还不知道由谁负责 1" in text

    def test_both_measures_and_the_interval_stand_in_numbers_too(self, district, streets, opened_by):
        text = cells_of(opened_by(district.leader, RANKING, **ASKED))
        assert "甲街道 1 0.12 0.02 0.03 +10.0 160.0% +10.0 个百分点，没有未认定的月份 +10.0" in text
        assert "丙街道 1 0.12 0.02 0.00 −15.8 5.0% 现在 −15.8，补齐后 −7.5 个百分点 −15.8 … −7.5" in text

    def test_a_unit_alone_in_its_group_is_not_ranked(self, district, streets, opened_by):
        led(district, district.town, 100, 100)
        text = cells_of(opened_by(district.leader, RANKING, **ASKED))
        assert "某镇 镇 同组没有别的单位有年度计划" in text

    def test_filed_and_on_time_are_those_of_timeliness(self, district, streets, opened_by):
        periods.create_periods(year=2017, by=None, due_day=20, lock_days=0)
        [group] = opened_by(district.leader, RANKING, **ASKED).context["groups"]
        shown = {line.peer.unit: line.filing for _band, lines in group.bands for line in lines}
        for found in reports.timeliness(**ASKED).by_unit:
            if found.of in shown:
                mine, theirs = shown[found.of], found.figures
                assert (mine.due, mine.filed, mine.on_time) == (theirs.due, theirs.filed, theirs.on_time)

    def test_a_clerk_sees_only_units_within_reach(self, district, streets, opened_by):
        led(district, district.street, 100, 100)
        answer = opened_by(district.reporter, RANKING, **ASKED)
        assert ranked(answer) == []
        placed = [*answer.context["alone"], *answer.context["unplanned"]]
        assert {line.peer.unit for _group, line in placed} == {district.street, district.station}
        # Names are for everybody to see, and no page says of a unit out of reach that it leads nothing.
        assert "其他单位" in text_of(answer)
        assert "这里只有您看得到的单位" in text_of(answer)

    def test_within_a_category_against_the_original_as_known_then(self, district, streets, opened_by):
        category = streets[0].led_projects.get().category
        answer = opened_by(district.leader, RANKING, category=category.code, **ASKED)
        assert [line.peer.unit.name for _group, line in answer.context["alone"]] == ["甲街道"]
        factories.plan(streets[2].led_projects.get(), 2017, 60, reason="调减")
        assert ranked(opened_by(district.leader, RANKING, **ASKED)) == [[["甲街道", "乙街道"], ["丙街道"]]]
        original = opened_by(district.leader, RANKING, baseline="original", **ASKED).context["groups"][0]
        assert original.bands[1][1][0].peer.figures.plan == D(1200)
        early = datetime(2017, 2, 10, tzinfo=UTC)
        streets[0].led_projects.get().plans.update(recorded_at=early)
        then = opened_by(district.leader, RANKING, as_of="2017-02-28", **ASKED)
        assert [line.peer.unit.name for _group, line in then.context["alone"]] == ["甲街道"]


class TestOne:
    def test_an_unknown_code_is_not_found(self, district, opened_by):
        assert opened_by(district.leader, reverse("dashboard:unit", args=["nothing"])).status_code == 404

    def test_what_it_leads_includes_what_is_below_it(self, district, opened_by):
        led(district, district.street, 100, 50)
        led(district, district.station, 10, None)
        values = opened_by(district.leader, of(district.street), **ASKED).context
        assert (values["total"].projects, values["total"].plan, values["total"].done) == (3, D(2400), D(160))
        assert (values["leads_itself"].projects, values["leads_itself"].done) == (1, D(150))
        assert [(line.unit, line.figures.projects) for line in values["below"]] == [(district.station, 2)]
        assert values["above"] == [district.area]

    def test_the_area_has_what_nobody_leads_yet(self, district, streets, opened_by):
        values = opened_by(district.leader, of(district.area), **ASKED).context
        assert values["total"].projects == 7
        assert values["unled"].projects == 1

    def test_above_an_area_each_number_has_as_many_rows(self, district, opened_by):
        city = factories.UnitFactory(name="某市", kind=Unit.Kind.AREA)
        Unit.objects.filter(pk=district.area.pk).update(parent=city)
        led(district, district.street, 100)
        values = opened_by(factories.user_with(Role.LEADER, over=city), of(city), **ASKED).context
        (line,) = values["below"]
        assert line.figures.projects == values["total"].projects == 4
        assert values["unled"] is None
        assert opened_by(values["basis"].user, line.rows).context["total"].projects == 4

    def test_a_unit_below_that_is_out_of_use_still_has_what_it_leads(self, district, opened_by):
        led(district, district.station, 100)
        Unit.objects.filter(pk=district.station.pk).update(active=False)
        values = opened_by(district.leader, of(district.street), **ASKED).context
        assert [(line.unit, line.figures.projects) for line in values["below"]] == [(district.station, 2)]

    def test_its_band_is_that_of_the_ranking(self, district, streets, opened_by):
        answer = opened_by(district.leader, of(streets[1]), **ASKED)
        place = answer.context["place"]
        assert (place.band.number, place.reach) == (1, None)
        assert "第 1 档 ，共 2 档、3 个单位；同档 2 个不分先后" in text_of(answer)
        assert [peer.unit for _band, peer in place.near] == streets[:3]

    def test_without_a_plan_it_has_no_band_and_is_told_why(self, district, streets, opened_by):
        answer = opened_by(district.leader, of(streets[3]), **ASKED)
        assert answer.context["place"].band is None
        assert "没有年度计划，没有超欠时序可比" in text_of(answer)

    def test_of_many_peers_those_around_it_are_shown(self, district, opened_by):
        units = [factories.UnitFactory(parent=district.area, order=number) for number in range(14)]
        for number, unit in enumerate(units):
            led(district, unit, 200 - 14 * number, 100)
        near = opened_by(district.leader, of(units[13]), **ASKED).context["place"].near
        assert [peer.unit for _band, peer in near] == units[3:]

    def test_its_projects_the_furthest_behind_first_and_unplanned_last(self, district, opened_by):
        town = district.town
        ahead, behind = led(district, town, 150, 150), led(district, town, 10, 10)
        # As many points behind, but ten times the money.
        larger = led(district, town, 100, 100, planned=12_000)
        unplanned = led(district, town, 5, planned=None)
        rows = opened_by(district.leader, of(town), **ASKED).context["led"]
        assert [row.project for row in rows] == [larger, behind, ahead, district.town_project, unplanned]

    def test_who_leads_nothing_still_has_a_page(self, district, opened_by):
        factories.plan(district.street_project, 2017, 1200)
        helper = factories.UnitFactory(parent=district.area, name="帮办局")
        district.street_project.supporting_units.add(helper)
        district.town_project.host_unit = helper
        district.town_project.save()
        honour = factories.HonourFactory(title="全市先进", awarded_on=date(2016, 1, 1), date_precision="year")
        HonourUnit.objects.create(honour=honour, unit=helper, part="lead")
        commendation = factories.CommendationFactory(title="先进单位")
        CommendationRecipient.objects.create(commendation=commendation, unit=helper)
        factories.CommitmentLetterFactory(unit=helper, handed_in=True, handed_in_on=date(2017, 2, 20))
        answer = opened_by(district.leader, of(helper), **ASKED)
        text = text_of(answer)
        assert "这个单位不牵头登记的项目" in text
        assert [row[:2] for row in answer.context["parts"]] == [("host", 1), ("supporting", 1)]
        assert "全市先进" in text
        assert "2017 年表彰 先进单位" in text
        assert "已递交，2017-02-20" in text

    def test_a_clerk_sees_of_another_unit_only_what_concerns_its_own_projects(self, district, opened_by):
        led(district, district.town, 100, 100, name="镇里的路")
        followed.problem(district.town_project, district.town, description="镇里的问题")
        followed.order(district.town, title="镇里的督办")
        district.street_project.host_unit = district.town
        district.street_project.save()
        answer = opened_by(district.reporter, of(district.town), **ASKED)
        text = text_of(answer)
        assert answer.status_code == 200
        for hidden in ("镇里的路", "镇里的问题", "镇里的督办", "镇学校"):
            assert hidden not in text
        assert [row[:2] for row in answer.context["parts"]] == [("host", 1)]

    def test_problems_and_orders_of_it_and_of_those_below(self, district, opened_by):
        factories.plan(district.street_project, 2017, 1200)
        ours = followed.problem(district.street_project, district.station)
        settled_elsewhere = followed.problem(district.town_project, district.street)
        followed.problem(district.town_project, district.town)
        order = followed.order(district.station)
        followed.order(district.town)
        values = opened_by(district.leader, of(district.street), **ASKED).context
        assert set(values["problems"].first) == {ours, settled_elsewhere}
        assert values["problems"].number == 2
        assert values["orders"].first == [order]

    def test_a_problem_of_anothers_project_has_no_link_to_it(self, district, opened_by):
        led(district, district.street, 100)
        followed.problem(district.street_project, district.street)
        followed.problem(district.town_project, district.street)
        html = opened_by(district.reporter, of(district.street), **ASKED).content.decode()
        assert district.town_project.name in html
        assert reverse("dashboard:project", args=[district.street_project.code]) in html
        assert reverse("dashboard:project", args=[district.town_project.code]) not in html

    def test_what_is_overdue_is_seen_from_the_month_shown(self, district, opened_by):
        factories.plan(district.street_project, 2017, 1200)
        problem = followed.problem(district.street_project, district.station)
        order = followed.order(district.station)
        for day, overdue in ((date(2017, 2, 27), 1), (date(2017, 2, 28), 0), (date(2017, 5, 1), 0)):
            followed.in_the_past(problem, deadline=day)
            followed.in_the_past(order, due=day)
            values = opened_by(district.leader, of(district.street), **ASKED).context
            assert (values["problems"].overdue, values["orders"].overdue) == (overdue, overdue)

    def test_its_months_filed_are_those_of_timeliness(self, district, streets, opened_by):
        periods.create_periods(year=2017, by=None, due_day=20, lock_days=0)
        values = opened_by(district.leader, of(streets[2]), **ASKED).context
        theirs = reports.timeliness(**ASKED, from_month=1, projects=streets[2].led_projects.all())
        assert [(month, counts.due, counts.filed, counts.accepted) for month, counts in values["filed_months"]] == [
            (group.of, group.figures.due, group.figures.filed, group.figures.accepted) for group in theirs.by_month
        ]
        assert (values["filed"].due, values["filed"].filed) == (2, 1)

    def test_narrowed_to_a_category(self, district, opened_by):
        led(district, district.town, 100, 100)
        category = district.town_project.category
        answer = opened_by(district.leader, of(district.town), category=category.code, **ASKED)
        assert answer.context["total"].projects == 1
        assert "只计“社会民生”类项目" in text_of(answer)


@pytest.mark.parametrize("name", ["ranking", "area", "street"])
def test_statements_do_not_grow_with_the_rows(name, district, client):
    addresses = {"ranking": RANKING, "area": of(district.area), "street": of(district.street)}
    client.force_login(district.leader)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(addresses[name], {"year": 2017, "month": 1}).status_code == 200
        return len(queries)

    def more(number: int) -> None:
        for _ in range(number):
            unit = factories.UnitFactory(parent=district.street)
            project = led(district, unit, 10, host_unit=district.street)
            led(district, district.street, 10)
            project.supporting_units.add(district.street)
            followed.problem(project, unit)
            followed.order(unit)
            honour = factories.HonourFactory(recipient=district.street)
            HonourUnit.objects.create(honour=honour, unit=unit, part="lead")
            CommendationRecipient.objects.create(commendation=factories.CommendationFactory(), unit=district.street)

    more(2)
    few = statements()
    more(20)
    assert statements() == few
