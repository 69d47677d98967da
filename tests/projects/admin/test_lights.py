"""Lights and their rules in the admin: a list of one month, and a rule set's way from draft into force."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from projects.models import Light, LightRuleSet
from projects.services import lights
from projects.services.light_rule_sets import put_in_force
from tests import factories
from tests.core.admin.pages import address, boxes, send

LIST_STATEMENTS = 14
TRIAL_STATEMENTS = 22


def draft(code="draft", **limits):
    return LightRuleSet.objects.create(code=code, name=f"规则{code}", **{"start_yellow": 1, **limits})


@pytest.fixture
def lit(project):
    draft("ours", measure="points", investment_yellow=1, investment_red=30, status="in_force")
    lights.compute(months=[(2017, 1), (2017, 2)])
    return project


def page_of(client, model_or_url, **query) -> str:
    url = model_or_url if isinstance(model_or_url, str) else address(model_or_url, "changelist")
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestList:
    def test_opens_with_the_overall_lights_of_the_newest_month(self, root_client, lit):
        listing = root_client.get(address(Light, "changelist")).context["cl"]
        assert {(row.month, row.dimension) for row in listing.result_list} == {(2, "overall")}

    def test_a_light_has_a_word_and_a_shape_beside_its_colour(self, root_client, lit):
        page = page_of(root_client, Light, of="investment")
        assert 'class="light light-yellow"' in page
        assert "▲" in page
        assert "黄灯" in page
        assert "欠 19.5 万元" in page
        assert "再完成" in page

    def test_other_months_and_dimensions_are_asked_for(self, root_client, lit):
        listing = root_client.get(address(Light, "changelist"), {"period": "2017-01", "of": "all"}).context["cl"]
        assert {row.month for row in listing.result_list} == {1}
        assert {row.dimension for row in listing.result_list} == {"overall", "start", "investment"}

    def test_everybody_sees_their_own(self, signed_in, district, lit):
        listing = signed_in(district.reporter).get(address(Light, "changelist")).context["cl"]
        assert [row.project.code for row in listing.result_list] == ["S1"]
        foreign = Light.objects.filter(project=district.town_project).first()
        assert signed_in(district.reporter).get(address(foreign, "change")).status_code in {403, 404}

    @pytest.mark.parametrize("rows", [5, 50])
    def test_costs_the_same_for_any_number(self, root_client, lit, district, rows):
        for _ in range(rows):
            factories.plan(factories.ProjectFactory(area=district.area, lead_unit=district.town), 2017, 100)
        lights.compute(months=[(2017, 2)])
        with CaptureQueriesContext(connection) as queries:
            page_of(root_client, Light)
        assert len(queries) <= LIST_STATEMENTS


class TestRuleSets:
    def test_a_draft_is_edited(self, signed_in, district):
        rules = draft()
        client = signed_in(district.reviewer)
        assert send(client, address(rules, "change"), start_yellow="2").status_code == 302
        rules.refresh_from_db()
        assert rules.start_yellow == 2

    def test_what_was_in_force_is_only_shown(self, signed_in, district):
        rules = put_in_force(draft(), by=None)
        page = page_of(signed_in(district.reviewer), address(rules, "change"))
        assert "施行中" in page
        assert 'name="start_yellow"' not in page
        assert "复制为新版本" in page

    def test_put_in_force_while_its_form_is_open_is_not_made_a_draft_again(self, signed_in, district):
        rules = draft()
        client = signed_in(district.reviewer)
        values = boxes(client.get(address(rules, "change"))) | {"start_yellow": "2"}
        put_in_force(rules, by=None)
        assert client.post(address(rules, "change"), values).status_code in {302, 403}
        rules.refresh_from_db()
        assert (rules.status, rules.start_yellow) == ("in_force", 1)

    def test_is_copied_and_put_in_force_by_a_button(self, signed_in, district):
        client, rules = signed_in(district.reviewer), put_in_force(draft(), by=None)
        answer = client.post(reverse("admin:projects_lightruleset_copy", args=[rules.pk]))
        copy = LightRuleSet.objects.get(version=2)
        assert answer.url == address(copy, "change")
        client.post(reverse("admin:projects_lightruleset_force", args=[copy.pk]))
        assert dict(LightRuleSet.objects.values_list("version", "status")) == {1: "retired", 2: "in_force"}
        again = client.post(reverse("admin:projects_lightruleset_force", args=[copy.pk]), follow=True)
        assert "不能再改动" in again.content.decode()

    @pytest.mark.parametrize("verb", ["copy", "force"])
    def test_nobody_else_may(self, signed_in, district, verb):
        rules = draft()
        where = reverse(f"admin:projects_lightruleset_{verb}", args=[rules.pk])
        assert signed_in(district.reporter).post(where).status_code == 403
        assert signed_in(district.reviewer).get(where).status_code == 405
        missing = reverse(f"admin:projects_lightruleset_{verb}", args=[99])
        assert signed_in(district.reviewer).post(missing).status_code == 404
        assert "rule-copy" not in page_of(signed_in(district.reporter), address(rules, "change"))


class TestTrial:
    @pytest.fixture
    def where(self, lit):
        rules = draft("ratio", measure="ratio", investment_yellow=0, investment_red=5)
        return reverse("admin:projects_lightruleset_trial", args=[rules.pk])

    def test_shows_counts_and_changes_of_the_newest_month(self, root_client, where):
        before = set(Light.objects.values_list("pk", "colour"))
        page = page_of(root_client, where)
        assert "2017 年 2 月各色灯" in page
        assert "街道路" in page
        assert "再完成 19.5 万元" in page
        assert set(Light.objects.values_list("pk", "colour")) == before

    def test_another_month_or_set_is_asked_for(self, root_client, where, lit):
        assert "该月还没有亮过灯" in page_of(root_client, where, year="2017", month="7")
        ours = lights.in_force()
        answer = root_client.get(where, {"rules": ours.pk, "year": "2017", "month": "1"})
        assert answer.url.endswith(f"/{ours.pk}/trial/?year=2017&month=1")
        assert "没有灯会变色" in page_of(root_client, answer.url)

    @pytest.mark.parametrize("query", [{"year": "x"}, {"month": "99"}, {"rules": "-"}, {"p": "zzz"}])
    def test_nonsense_falls_back(self, root_client, where, query):
        page_of(root_client, where, **query)

    def test_is_open_to_those_who_read_the_rules_for_what_they_see(self, signed_in, district, where):
        assert "镇学校" not in page_of(signed_in(district.reporter), where)
        assert signed_in(district.honours).get(where).status_code == 403

    @pytest.mark.parametrize("rows", [5, 60])
    def test_costs_the_same_for_any_number(self, root_client, where, district, rows):
        for _ in range(rows):
            factories.plan(factories.ProjectFactory(area=district.area, lead_unit=district.town), 2017, 100)
        with CaptureQueriesContext(connection) as queries:
            page_of(root_client, where)
        assert len(queries) <= TRIAL_STATEMENTS
