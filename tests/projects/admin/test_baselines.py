"""The page on changed plans: who, when, why, and what the original plan would say."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import LightRuleSet
from tests.factories import ProjectFactory, plan, report

PAGE = "/admin/baselines/"


@pytest.fixture
def changed(district):
    """The street's plan was lowered from 1,200 to 600 by the reviewer, the town's raised from 100 to 150."""
    plan(district.street_project, 2017, 1200)
    plan(district.street_project, 2017, 600, reason="征迁受阻", by=district.reviewer)
    plan(district.town_project, 2017, 100)
    plan(district.town_project, 2017, 150, reason="提前开工", by=district.reviewer)
    report(district.street_project, 2017, 1, 50)
    return district


def get(client, address=PAGE, **query):
    return client.get(address, {"year": 2017, "month": 1, **query})


class TestPage:
    def test_who_changed_what_and_why(self, changed, signed_in):
        page = get(signed_in(changed.leader)).content.decode()
        for shown in ("1,200 → 600", "征迁受阻", f"{changed.reviewer}设定", "街道路", "−4.2", "1 个项目，600 万元"):
            assert shown in page

    def test_red_against_the_original_stands_beside_red_now(self, changed, signed_in):
        LightRuleSet.objects.create(code="r", name="规则", status="in_force", investment_yellow=1, investment_red=3)
        answer = get(signed_in(changed.leader))
        colours = answer.context["found"].colours
        assert (colours.original_red, colours.current_red) == (1, 0)
        assert "按原计划应亮红灯" in answer.content.decode()

    def test_without_rules_in_force_it_says_so(self, changed, signed_in):
        assert "还没有施行中的投资亮灯规则" in get(signed_in(changed.leader)).content.decode()

    @pytest.mark.parametrize(
        ("sort", "first"), [("difference", "S1"), ("-difference", "T1"), ("", "S1"), ("nonsense", "S1"), ("-at", "T1")]
    )
    def test_in_the_order_asked_for(self, changed, signed_in, sort, first):
        assert get(signed_in(changed.leader), sort=sort).context["page"][0].project.code == first

    def test_a_reporter_sees_only_their_own_subtree(self, changed, signed_in):
        answer = get(signed_in(changed.reporter))
        assert [line.project.code for line in answer.context["page"]] == ["S1"]
        assert "镇学校" not in answer.content.decode()

    def test_a_year_without_changes_says_what_would_appear(self, district, signed_in):
        plan(district.street_project, 2017, 1200)
        assert "没有调整过的计划" in get(signed_in(district.leader)).content.decode()

    @pytest.mark.parametrize("query", [{"month": 0}, {"year": "x"}, {"category": "none"}])
    def test_nonsense_is_refused(self, changed, signed_in, query):
        answer = get(signed_in(changed.leader), **query)
        assert answer.status_code == 400
        assert "errorlist" in answer.content.decode()

    def test_it_is_for_those_who_may_see_projects(self, changed, signed_in):
        assert get(signed_in(changed.honours)).status_code == 403


def test_the_export_has_a_row_for_each_change(changed, signed_in):
    plan(changed.street_project, 2017, 500, reason="=再调减", by=changed.reviewer)
    answer = get(signed_in(changed.leader), "/admin/baselines/export/csv/")
    header, *lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert "对照原计划：完成率（%）" in header
    assert [line.split(",")[:2] for line in lines] == [["S1", "街道路"], ["S1", "街道路"], ["T1", "镇学校"]]
    assert lines[1].endswith(f"{changed.reviewer},'=再调减")
    assert get(signed_in(changed.leader), "/admin/baselines/export/xlsx/").status_code == 200


def test_the_number_of_statements_does_not_grow(changed, signed_in):
    client = signed_in(changed.leader)

    def cost():
        get(client)  # Whoever comes first after a change reads the reference rows for all.
        with CaptureQueriesContext(connection) as queries:
            assert get(client).status_code == 200
        return len(queries)

    few = cost()
    for _ in range(10):
        project = ProjectFactory(area=changed.area)
        plan(project, 2017, 10)
        plan(project, 2017, 5, reason="调减", by=changed.reviewer)
    assert cost() == few
