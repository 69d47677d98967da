"""What was promised beside what was done, and what was announced beside what is registered."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from projects.models import PublishedFigure, Target
from projects.models.choices import Commitment, Qualifier
from projects.reports import State
from tests import factories
from tests.dashboard.words import links_of, text_of

D = Decimal
ADDRESS = "/targets/"
BY_HAND = {"actual_on": date(2017, 6, 30), "actual_source": "住建局报表"}


@pytest.fixture
def invested(district):
    """1.2 亿元 done of 2 promised, in the street's project; the town's has done 0.3."""
    factories.plan(district.street_project, 2017, "20000")
    factories.plan(district.town_project, 2017, "10000")
    factories.report(district.street_project, 2017, 2, "12000")
    factories.report(district.town_project, 2017, 2, "3000")
    return factories.TargetFactory(indicator="年度投资", measure="invested", value=2, unit_of_measure="亿元")


def promises(response) -> dict[str, State]:
    return {p.target.indicator: p.standing.state for _category, group in response.context["groups"] for p in group}


def test_a_promise_stands_as_printed_beside_what_was_counted(district, invested, opened_by):
    Target.objects.update(qualifier=Qualifier.AT_LEAST, commitment=Commitment.ENSURE, deadline=date(2017, 12, 31))
    text = text_of(opened_by(district.leader, ADDRESS, year=2017, month=2))
    assert "确保 2 亿元以上" in text
    for words in ("1.50 亿元", "登记数，截至 2017-02-28", "75.0%", "−0.50", "2017-12-31 还有 305 天"):
        assert words in text
    assert "◐ 进行中" in text


def test_what_was_entered_says_when_and_by_whom(district, opened_by):
    Target.objects.all().delete()
    factories.TargetFactory(
        value=12, unit_of_measure="条", actual=9, actual_by=district.reviewer, deadline_text="年底", **BY_HAND
    )
    text = text_of(opened_by(district.leader, ADDRESS, year=2017, month=12))
    assert f"9 条 截至 2017-06-30，住建局报表，{district.reviewer.get_full_name()}填写" in text
    assert "年底" in text
    assert "■ 逾期未完成" in text


def test_what_nobody_knows_stays_open_with_a_reason(district, opened_by):
    factories.TargetFactory(indicator="绿地", deadline=date(2017, 1, 31))
    factories.TargetFactory(indicator="投资", measure="invested", unit_of_measure="亿元")
    factories.TargetFactory(indicator="开工", measure="projects_started")
    response = opened_by(district.leader, ADDRESS, year=2017, month=12)
    assert promises(response) == dict.fromkeys(("绿地", "投资", "开工"), State.UNKNOWN)
    text = text_of(response)
    for reason in ("尚无实际数", "还没有已认定的月度进度", "项目的开工、竣工情况还没有登记"):
        assert f"— {reason}" in text


def test_who_may_enter_an_actual_is_led_there(district, opened_by):
    target = factories.TargetFactory()
    form = f"/admin/projects/target/{target.pk}/change/"
    assert form in links_of(opened_by(district.reviewer, ADDRESS, year=2017))
    assert form not in links_of(opened_by(district.leader, ADDRESS, year=2017))


@pytest.mark.parametrize("who", ["reporter", "honours"])
def test_a_part_of_the_projects_does_not_pass_for_the_whole(who, district, invested, opened_by):
    factories.PublishedFigureFactory(value=446)
    text = text_of(opened_by(getattr(district, who), ADDRESS, year=2017, month=2))
    assert "— 按全部项目计算，您只查看其中一部分" in text
    for figure in ("1.50", "75.0%", "3.00 亿元"):
        assert figure not in text


def test_the_honours_office_sees_what_was_promised_and_no_figure_of_projects(district, invested, opened_by):
    factories.PublishedFigureFactory(value=446)
    text = text_of(opened_by(district.honours, ADDRESS, year=2017, month=2))
    assert "公布 446 亿元 登记 — 差额 —" in text
    assert "承诺 2 亿元 实际 —" in text


def test_targets_are_counted_by_how_they_stand_and_can_be_chosen(district, opened_by):
    for indicator, actual in (("甲", 10), ("乙", 3), ("丙", 2)):
        factories.TargetFactory(indicator=indicator, actual=actual, **BY_HAND)
    factories.TargetFactory(indicator="丁")
    response = opened_by(district.leader, ADDRESS, year=2017, month=12)
    assert {state.value: count for state, count, _shape in response.context["states"]} == {
        "overdue": 2,
        "running": 0,
        "met": 1,
        "unknown": 1,
    }
    assert "/targets/?year=2017&month=12&state=overdue" in links_of(response)
    response = opened_by(district.leader, ADDRESS, year=2017, month=12, state="overdue")
    assert set(promises(response)) == {"乙", "丙"}
    assert response.context["promised"] == 4
    assert "没有“进行中”的目标" in text_of(opened_by(district.leader, ADDRESS, year=2017, month=12, state="running"))


def test_a_state_that_is_none_is_refused(district, opened_by):
    factories.TargetFactory()
    response = opened_by(district.leader, ADDRESS, year=2017, state="late")
    assert response.status_code == 400
    assert "没有“late”这种完成情况" in text_of(response)


def test_what_is_due_next_is_said(district, opened_by):
    today = localdate()
    factories.plan(district.street_project, today.year, "100")
    factories.TargetFactory(indicator="近的", year=today.year, deadline=today + timedelta(days=3))
    factories.TargetFactory(indicator="远的", year=today.year, deadline=today + timedelta(days=9))
    factories.TargetFactory(
        indicator="完成的", year=today.year, deadline=today, actual=10, actual_on=today, actual_source="某表"
    )
    response = opened_by(district.leader, ADDRESS, year=today.year)
    assert response.context["next"].target.indicator == "近的"
    assert "还有 3 天" in text_of(response)


def test_published_and_registered_with_the_words_of_the_source(district, opened_by):
    source = factories.SourceFactory(title="大会报道")
    quotes = [{"words": "今年计划完成投资446亿元", "fields": ["value"]}]
    factories.PublishedFigureFactory(value=446, source=source, quotes=quotes)
    factories.SourceNoteFactory(topic="合计不清", source=source, quotes=[{"words": "150个重大项目", "fields": []}])
    factories.plan(district.street_project, 2017, "120000")
    page = opened_by(district.leader, ADDRESS, year=2017).content.decode()
    for words in ("今年计划完成投资446亿元", "大会报道", "合计不清", "150个重大项目", "−434"):
        assert words in page


def test_results_are_of_the_year_before_and_of_the_same_source(district, opened_by):
    source, other = factories.SourceFactory(), factories.SourceFactory()
    factories.TargetFactory(source=source)
    measure = PublishedFigure.Measure.RESULT
    for label, year, found in (
        ("上年的", 2016, None),
        ("同源的", None, source),
        ("前年的", 2015, source),
        ("别处的", None, other),
    ):
        factories.PublishedFigureFactory(label=label, year=year, source=found, measure=measure)
    response = opened_by(district.leader, ADDRESS, year=2017)
    assert {figure.label for figure in response.context["results"]} == {"上年的", "同源的"}


def test_letters_are_listed_by_what_is_known_of_them(district, opened_by):
    factories.TargetFactory()
    text = text_of(opened_by(district.leader, ADDRESS, year=2017))
    assert "哪些单位递交、共有多少，都未掌握" in text
    for unit, handed_in, day in ((district.street, True, date(2017, 2, 20)), (district.town, False, None)):
        factories.CommitmentLetterFactory(unit=unit, handed_in=handed_in, handed_in_on=day)
    factories.CommitmentLetterFactory(unit=district.station)
    factories.CommitmentLetterFactory(unit=district.area, year=2016)
    text = text_of(opened_by(district.leader, ADDRESS, year=2017))
    assert "已递交 1 某街道 02-20 未递交 1 某镇 未掌握 1 某站" in text


def test_a_year_without_targets_says_who_registers_them(district, opened_by):
    factories.plan(district.street_project, 2017, "100")
    assert "2017 年还没有登记目标。 目标由发改统计局登记" in text_of(opened_by(district.leader, ADDRESS, year=2017))
    assert "/admin/projects/target/add/" in links_of(opened_by(district.reviewer, ADDRESS, year=2017))


def test_statements_do_not_grow(district, invested, client):
    client.force_login(district.leader)
    factories.CommitmentLetterFactory()
    factories.PublishedFigureFactory(source=factories.SourceFactory())
    factories.TargetFactory(actual=4, **BY_HAND)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ADDRESS, {"year": 2017}).status_code == 200
        return len(queries)

    few = statements()
    for _ in range(40):
        factories.TargetFactory(actual=4, actual_by=district.reviewer, source=factories.SourceFactory(), **BY_HAND)
        factories.CommitmentLetterFactory()
        factories.PublishedFigureFactory(source=factories.SourceFactory())
        factories.PublishedFigureFactory(year=2016, measure="result")
    assert statements() == few
