"""What the pages show of the published data alone, before anybody has registered a plan."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from erqi.core.models import SourceNote
from erqi.dashboard.basis import Basis
from erqi.dashboard.pages.overview import overview_values
from projects.models import Project, Target
from projects.reports import State
from tests import factories
from tests.dashboard.words import CHINESE, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def seed(kept):
    call_command("load_fixtures", verbosity=0)


def test_the_overview_is_worth_opening(root, opened_by):
    response = opened_by(root, "/")
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


def test_published_and_registered_stand_side_by_side(root):
    values = overview_values(Basis(user=root, year=2017, month=12))
    [count] = [line for line, _rows, _nothing in values["comparisons"] if line.published.measure == "project_count"]
    assert (count.published.value, count.registered, count.gap) == (150, 33, -117)


def test_the_english_overview_has_no_chinese_but_data(root, opened_by):
    with_data(Project.objects.all()[:12])
    # The notes are data too, and may name a unit of measure as the source prints it.
    SourceNote.objects.update(text_en="In English.")
    response = opened_by(root, "/", english=True)
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


def test_the_categories_show_what_was_announced(root, opened_by):
    text = text_of(opened_by(root, "/categories/"))
    assert "还没有录入年度计划" in text
    for announced in ("32 个", "111.3 亿元", "1175 亿元", "210 亿元以上", "171 个", "17 个"):
        assert announced in text


def test_the_honours_fill_their_wall(root, opened_by):
    response = opened_by(root, "/honours/")
    assert response.context["count"] == 21
    assert {year.number for year in response.context["years"]} == {2016}
    text = text_of(response)
    for words in (
        "国家级（推断） 2",
        "全国唯一的区级获奖单位",
        "级别未注明 4",
        "114 个 单项工作先进单位",
        "经济社会发展目标",
    ):
        assert words in text
    assert response.context["commended"] == 4


def test_twenty_things_are_promised_and_no_actual_is_invented(root, opened_by):
    assert not Target.objects.exclude(actual=None, actual_on=None, actual_source="").exists()
    response = opened_by(root, "/targets/", year=2017)
    promises = [promise for _category, group in response.context["groups"] for promise in group]
    assert {promise.standing.state for promise in promises} == {State.UNKNOWN}
    text = text_of(response)
    for printed in ("446 亿元", "210 亿元以上", "力争 18 个", "确保 60%以上"):
        assert printed in text
    assert CHINESE.findall(text) != []


def test_the_screen_shows_what_was_announced_promised_and_honoured(root, opened_by):
    views = [slide.view for slide in opened_by(root, "/screen/").context["slides"]]
    assert list(dict.fromkeys(views)) == ["categories", "announced", "targets", "honours"]
