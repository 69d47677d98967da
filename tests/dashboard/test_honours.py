"""The wall of honours: what was awarded, when, by whom, and who had a part in it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.models import AssessmentDimension, CommendationRecipient, Honour, HonourClaim, HonourUnit
from projects.models.choices import Level
from tests import factories
from tests.dashboard.words import links_of, text_of

ADDRESS = "/honours/"


def honour(title, year=None, *, claim="", lead=None, supporting=None, **attributes) -> Honour:
    if year:
        attributes |= {"awarded_on": date(year, 5, 1), "date_precision": "month"}
    found = factories.HonourFactory(title=title, **attributes)
    if claim:
        HonourClaim.objects.create(honour=found, kind=claim, words=f"{title}的亮点")
    for unit, part in ((lead, "lead"), (supporting, "supporting")):
        if unit:
            HonourUnit.objects.create(honour=found, unit=unit, part=part)
    return found


def shown(response) -> dict[int | None, list[str]]:
    """Year → titles, the siblings on a card after the one they belong to."""
    return {
        year.number: [h.title for award in [*year.foremost, *year.others] for h in (award.honour, *award.siblings)]
        for year in response.context["years"]
    }


class TestTimeline:
    def test_newest_year_first_and_the_undated_beside_their_source(self, district, opened_by):
        source, silent = factories.SourceFactory(), factories.SourceFactory()
        honour("旧的", 2014, source=source)
        honour("新的", 2016, source=source)
        honour("没有日期的", source=source)
        honour("无从知道的", source=silent)
        honour("没有来源的")
        response = opened_by(district.leader, ADDRESS)
        assert list(shown(response)) == [2016, 2014, None]
        assert set(shown(response)[2016]) == {"新的", "没有日期的"}
        assert set(shown(response)[None]) == {"无从知道的", "没有来源的"}
        text = text_of(response)
        assert "未注明日期" in text
        assert "年份未注明" in text
        assert "2016-05" in text

    def test_a_year_has_the_undated_that_stand_there(self, district, opened_by):
        source = factories.SourceFactory()
        honour("新的", 2016, source=source)
        honour("没有日期的", source=source)
        honour("旧的", 2014)
        assert set(shown(opened_by(district.leader, ADDRESS, awarded=2016))[2016]) == {"新的", "没有日期的"}
        assert shown(opened_by(district.leader, ADDRESS, awarded=2014)) == {2014: ["旧的"]}
        assert shown(opened_by(district.leader, ADDRESS, awarded=2015)) == {}

    def test_the_national_ones_stand_apart_and_the_unstated_last(self, district, opened_by):
        for title, level in (
            ("没写的", ""),
            ("市的", Level.MUNICIPAL),
            ("国的", Level.NATIONAL),
            ("省的", Level.PROVINCIAL),
        ):
            honour(title, 2016, level=level)
        [year] = opened_by(district.leader, ADDRESS).context["years"]
        assert [award.honour.title for award in year.foremost] == ["国的"]
        assert [award.honour.title for award in year.others] == ["省的", "市的", "没写的"]

    def test_those_of_one_event_share_a_plaque(self, district, opened_by):
        first = honour("甲", 2016)
        honour("乙", 2016, same_event=first)
        assert shown(opened_by(district.leader, ADDRESS)) == {2016: ["甲", "乙"]}
        assert opened_by(district.leader, ADDRESS).context["count"] == 2

    def test_commendations_stand_in_their_year_with_how_many_are_named(self, district, opened_by):
        found = factories.CommendationFactory(title="优秀单位", year=2016, stated_count=36, count_unit="个")
        for unit in (district.street, district.town):
            CommendationRecipient.objects.create(commendation=found, unit=unit)
        factories.CommendationFactory(title="没有数的", year=2016)
        text = text_of(opened_by(district.leader, ADDRESS))
        assert "36 个 优秀单位" in text
        assert "列名 2： 某街道 、 某镇" in text
        assert "未公布数量" in text


class TestWhatAPlaqueSays:
    def test_claim_bodies_units_and_the_words_of_the_source(self, district, opened_by):
        body = factories.UnitFactory(name="市政府")
        quotes = [{"words": "荣获城区金杯", "fields": ["title"], "note": "年份推断"}]
        found = honour(
            "金杯", 2016, claim="only", lead=district.station, supporting=district.town, recipient=district.street,
            alias="杯", other_supporters="各管委会", awarding_note="组织单位", quotes=quotes,
            source=factories.SourceFactory(title="大会报道"),
        )  # fmt: skip
        found.awarding_bodies.add(body)
        response = opened_by(district.leader, ADDRESS)
        text = text_of(response)
        assert "金杯 杯 金杯的亮点 获奖 某街道 授予 市政府 牵头 某站 配合 某镇 、各管委会" in text
        for words in ("荣获城区金杯", "年份推断", "组织单位", "大会报道"):
            assert words in response.content.decode()

    def test_an_inferred_level_is_marked_wherever_it_is_said(self, district, opened_by):
        honour("甲", 2016, level=Level.NATIONAL, level_basis=Honour.LevelBasis.INFERRED)
        response = opened_by(district.leader, ADDRESS)
        text = text_of(response)
        assert text.count("国家级 （推断）") + text.count("国家级（推断）") == 3
        assert "国家级 2016" not in text

    def test_a_lead_that_is_the_recipient_is_named_once(self, district, opened_by):
        honour("甲", 2016, recipient=district.street, lead=district.street)
        assert "牵头" not in text_of(opened_by(district.leader, ADDRESS)).split("甲")[1]

    def test_units_lead_to_their_pages_for_who_may_look(self, district, opened_by):
        honour("甲", 2016, recipient=district.street)
        assert any(href.startswith("/units/street/") for href in links_of(opened_by(district.leader, ADDRESS)))
        assert not any(href.startswith("/units/") for href in links_of(opened_by(district.honours, ADDRESS)))


class TestWhatWasAsked:
    @pytest.fixture
    def wall(self, district):
        honour("获奖的", 2016, recipient=district.street, level=Level.MUNICIPAL)
        honour("牵头的", 2016, lead=district.station, claim="rank", level=Level.NATIONAL)
        honour("配合的", 2015, supporting=district.street, claim="only")
        honour("别人的", 2016, recipient=district.town, claim="only")
        found = factories.CommendationFactory(title="表彰甲", year=2015)
        CommendationRecipient.objects.create(commendation=found, unit=district.street)
        factories.CommendationFactory(title="表彰乙", year=2015)
        return district

    def titles(self, response) -> set[str]:
        return {title for titles in shown(response).values() for title in titles}

    def commended(self, response) -> set[str]:
        return {row.title for year in response.context["years"] for row in year.commendations}

    def test_what_a_unit_and_those_below_it_had_a_part_in(self, wall, opened_by):
        response = opened_by(wall.leader, ADDRESS, unit="street")
        assert self.titles(response) == {"获奖的", "牵头的", "配合的"}
        assert self.commended(response) == {"表彰甲"}
        assert response.context["parts"] == [("获奖", 1), ("牵头", 1), ("配合", 1)]
        assert b"<strong>" in response.content
        assert self.titles(opened_by(wall.leader, ADDRESS, unit="station")) == {"牵头的"}

    @pytest.mark.parametrize(
        ("query", "titles", "commended"),
        [
            ({}, {"获奖的", "牵头的", "配合的", "别人的"}, {"表彰甲", "表彰乙"}),
            ({"level": "national"}, {"牵头的"}, set()),
            ({"level": "unstated"}, {"配合的", "别人的"}, set()),
            ({"claim": "only"}, {"配合的", "别人的"}, set()),
            ({"claim": "only", "awarded": 2015}, {"配合的"}, set()),
            ({"awarded": 2015}, {"配合的"}, {"表彰甲", "表彰乙"}),
            ({"search": "huojiang"}, {"获奖的"}, set()),
            ({"search": "某镇"}, {"别人的"}, set()),
            ({"search": "某街道"}, {"获奖的", "配合的"}, {"表彰甲"}),
            ({"unit": "area", "claim": "rank"}, {"牵头的"}, set()),
        ],
    )
    def test_narrows_the_wall(self, wall, opened_by, query, titles, commended):
        response = opened_by(wall.leader, ADDRESS, **query)
        assert self.titles(response) == titles
        assert self.commended(response) == commended
        assert response.context["count"] == len(titles)

    def test_a_level_leads_to_its_plaques_within_what_was_asked(self, wall, opened_by):
        response = opened_by(wall.leader, ADDRESS, unit="street")
        assert "/honours/?unit=street&level=national" in links_of(response)

    def test_nothing_found_says_what_to_do(self, wall, opened_by):
        text = text_of(opened_by(wall.leader, ADDRESS, level="district"))
        assert "没有符合条件的荣誉和表彰" in text
        assert "看全部荣誉" in text

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ({"unit": "nobody"}, "没有编号为“nobody”的单位"),
            ({"unit": "\0"}, "没有编号为"),
            ({"level": "galactic"}, "没有“galactic”这个级别"),
            ({"claim": "x"}, "没有“x”这种亮点"),
            ({"awarded": "1999"}, "年份“1999”不对"),
            ({"awarded": "２０１６"}, "年份“２０１６”不对"),
            ({"awarded": "9" * 5000}, "不对"),
            ({"search": "长" * 101}, "太长"),
        ],
    )
    def test_what_does_not_exist_is_refused_with_the_remedy(self, wall, opened_by, query, says):
        response = opened_by(wall.leader, ADDRESS, **query)
        assert response.status_code == 400
        assert says in text_of(response)


def test_an_empty_wall_says_who_fills_it(district, opened_by):
    assert "荣誉由表彰办登记" in text_of(opened_by(district.leader, ADDRESS))
    assert "/admin/awards/honour/add/" in links_of(opened_by(district.honours, ADDRESS))


def test_weights_nobody_published_stay_open(district, opened_by):
    scheme = factories.AssessmentSchemeFactory(name="5+1", owner=district.area)
    AssessmentDimension.objects.create(scheme=scheme, number=1, group="5", name="网格化", weight=30)
    AssessmentDimension.objects.create(scheme=scheme, number=6, group="1", name="发展目标", lead_unit=district.street)
    text = text_of(opened_by(district.leader, ADDRESS))
    assert "网格化 权重 30" in text
    assert "发展目标 权重 — 未公布 牵头： 某街道" in text
    assert "计分办法未公布" in text


def test_statements_do_not_grow(year, client):
    client.force_login(year.leader)
    scheme = factories.AssessmentSchemeFactory()
    AssessmentDimension.objects.create(scheme=scheme, number=99, name="维度", lead_unit=year.street)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ADDRESS, {"unit": "area", "search": ""}).status_code == 200
            assert client.get(ADDRESS).status_code == 200
        return len(queries)

    few = statements()
    for number in range(30):
        unit = factories.UnitFactory(parent=year.area)
        found = honour(f"荣誉{number}", 2016, claim="rank", lead=unit, supporting=year.street)
        found.awarding_bodies.add(unit)
        commendation = factories.CommendationFactory()
        CommendationRecipient.objects.create(commendation=commendation, unit=unit)
        AssessmentDimension.objects.create(scheme=scheme, number=number, name="维度", lead_unit=unit)
    assert statements() == few
