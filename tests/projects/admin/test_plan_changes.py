"""Asking for another plan, and deciding it: both plans side by side, and never by the one who asked."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from erqi.accounts.roles import Role
from projects.models import AnnualPlan, PlanChange
from projects.services import plan_changes
from tests import factories
from tests.core.admin.pages import address, boxes

LIST = "/admin/projects/planchange/"


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def ask(project, amount, by, **given):
    values = {"reason": "征迁滞后", "objective": "主体封顶", **given}
    asked = plan_changes.request_plan(project=project, year=2017, planned_investment=Decimal(amount), by=by, **values)
    return asked.change


@pytest.fixture
def change(district, project):
    """The street asks to go from 1,200 to 960 万元."""
    return ask(project, 960, district.reporter)


@pytest.fixture
def reviewer(signed_in, district):
    return signed_in(district.reviewer)


def decide(client, change, verb, note=""):
    return client.post(address(change, "change"), {"verb": verb, "note": note}, follow=True)


@pytest.mark.parametrize(("who", "status"), [("reviewer", 200), ("reporter", 200), ("leader", 200), ("honours", 403)])
def test_who_sees_requests(signed_in, district, change, who, status):
    client = signed_in(getattr(district, who))
    assert client.get(LIST).status_code == status
    assert client.get(address(change, "change")).status_code in {status, 404}


def test_another_units_request_is_not_there(signed_in, district, change):
    client = signed_in(factories.user_with(Role.REPORTER, over=district.town))
    assert "街道路" not in text_of(client.get(LIST))
    assert client.get(address(change, "change")).status_code == 404
    assert client.post(address(change, "change"), {"verb": "withdraw"}).status_code == 404


def test_what_waits_is_first(reviewer, district, project, change):
    plan_changes.reject(change, by=district.reviewer, reason="不同意")
    factories.plan(district.town_project, 2017, "500")
    waiting = ask(district.town_project, 400, None)
    decided = ask(project, 900, None)
    plan_changes.reject(decided, by=district.reviewer, reason="不同意")
    rows = list(reviewer.get(LIST).context["cl"].result_list)
    assert rows == [waiting, decided, change]


def test_the_list_costs_the_same_with_many_rows(reviewer, district):
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert reviewer.get(LIST).status_code == 200
        return len(captured)

    def more(n):
        for _number in range(n):
            other = factories.ProjectFactory(lead_unit=factories.UnitFactory(parent=district.area))
            factories.plan(other, 2017, "120")
            ask(other, 100, district.reviewer)

    more(5)
    few = statements()
    more(45)
    assert statements() == few


def test_both_plans_stand_side_by_side_with_the_first(reviewer, district, project):
    factories.plan(project, 2017, "1100", reason="第一次调整")
    change = ask(project, 960, district.reporter)
    page = reviewer.get(address(change, "change"))
    text = text_of(page)
    for words in ("1,200", "1,100", "960", "−140", "较原计划 −240", "主体封顶", "征迁滞后"):
        assert words in text
    assert next(str(line.change) for line in page.context["months"]) == "-11.6667"
    # 180.5 so far: what each plan makes of it.
    rates = [page.context[name] for name in ("rate_first", "rate_now", "rate_asked")]
    assert [round(rate * 1000) for rate in rates] == [150, 164, 188]


def test_consent_makes_a_new_version(reviewer, project, change):
    decide(reviewer, change, "approve", "按会议纪要")
    change.refresh_from_db()
    assert (change.status, change.decision_note) == ("approved", "按会议纪要")
    plan = AnnualPlan.objects.current().get(project=project, year=2017)
    assert (plan.version, plan.planned_investment) == (2, 960)


def test_refusing_needs_a_note_and_leaves_the_plan(reviewer, project, change):
    page = decide(reviewer, change, "reject")
    assert "须写明理由" in text_of(page)
    decide(reviewer, change, "reject", "先完成征迁")
    change.refresh_from_db()
    assert (change.status, change.decision_note) == ("rejected", "先完成征迁")
    assert AnnualPlan.objects.current().get(project=project, year=2017).version == 1


def test_the_one_who_asked_is_not_offered_to_decide_and_cannot(signed_in, district, project):
    change = ask(project, 960, district.reviewer)
    client = signed_in(district.reviewer)
    page = client.get(address(change, "change"))
    assert 'value="approve"' not in page.content.decode()
    assert "须由发改统计局的他人审定" in text_of(page)
    assert "须由他人“同意”" in text_of(decide(client, change, "approve"))
    assert PlanChange.objects.get().status == "pending"


def test_the_unit_takes_its_request_back_but_does_not_decide_it(signed_in, district, change):
    client = signed_in(district.reporter)
    decide(client, change, "approve")
    assert PlanChange.objects.get().status == "pending"
    decide(client, change, "withdraw")
    assert PlanChange.objects.get().status == "withdrawn"


def test_the_later_of_two_is_told_who_was_first(reviewer, district, change):
    plan_changes.reject(
        change, by=factories.user_with(Role.REVIEWER, over=district.area, display_name="早到者"), reason="x"
    )
    assert "早到者" in text_of(decide(reviewer, change, "approve"))
    assert PlanChange.objects.get().status == "rejected"


def test_odd_verbs_and_long_notes_do_nothing(reviewer, change):
    assert decide(reviewer, change, "explode").status_code == 200
    assert decide(reviewer, change, "approve", "长" * 501).status_code == 200
    assert PlanChange.objects.get().status == "pending"


# — asking —


def page_of(project, year=2017) -> str:
    return reverse("admin:projects_planchange_request", args=[project.pk, year])


def test_a_request_starts_from_the_plan_in_force(signed_in, district, project):
    client = signed_in(district.reporter)
    form = boxes(client.get(page_of(project)))
    assert form["planned_investment"] == "1200"
    answer = client.post(page_of(project), form | {"planned_investment": "９60", "reason": "征迁滞后"})
    change = PlanChange.objects.get()
    assert answer["Location"] == address(change, "change")
    assert (change.planned_investment, change.requested_by, change.schedule) == (960, district.reporter, None)


def test_a_request_may_name_the_months(signed_in, district, project):
    client = signed_in(district.reporter)
    months = {f"month_{month}": "80" for month in range(1, 13)}
    form = boxes(client.get(page_of(project))) | months | {"planned_investment": "960", "reason": "征迁滞后"}
    client.post(page_of(project), form)
    assert PlanChange.objects.get().schedule == ["80"] * 12


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"planned_investment": "960"}, "必须写明理由"),
        ({"planned_investment": "", "reason": "x"}, "必填"),
        ({"planned_investment": "-1", "reason": "x"}, "不能为负"),
        ({"planned_investment": "九百", "reason": "x"}, "九百"),
        ({"planned_investment": "960", "reason": "x", "month_1": "80"}, "12 个月都填"),
        ({"planned_investment": "960", "reason": "x"} | {f"month_{m}": "70" for m in range(1, 13)}, "相差 120"),
        ({"planned_investment": "960", "reason": "长" * 501}, "500"),
        ({"planned_investment": "960", "reason": "a\u202eb"}, "控制字符"),
    ],
)
def test_a_request_that_cannot_be_names_the_box_and_keeps_what_was_typed(signed_in, district, project, given, message):
    client = signed_in(district.reporter)
    page = client.post(page_of(project), boxes(client.get(page_of(project))) | given)
    assert page.status_code == 200
    assert message in str(page.context["form"].errors)
    assert boxes(page)["planned_investment"] == given["planned_investment"]
    assert not PlanChange.objects.exists()


def test_the_same_plan_again_is_no_request(signed_in, district, project):
    client = signed_in(district.reporter)
    page = client.post(page_of(project), boxes(client.get(page_of(project))) | {"reason": "无"}, follow=True)
    assert "与现行计划相同" in text_of(page)
    assert not PlanChange.objects.exists()


def test_while_one_waits_there_is_no_form_for_another(signed_in, district, project, change):
    client = signed_in(district.reporter)
    page = client.get(page_of(project))
    assert "planned_investment" not in boxes(page)
    assert "待审定" in text_of(page)
    client.post(page_of(project), {"planned_investment": "800", "reason": "再减"})
    assert PlanChange.objects.count() == 1


def test_only_those_who_report_on_the_project_ask(signed_in, district, project):
    for user in (district.leader, factories.user_with(Role.REPORTER, over=district.town)):
        assert signed_in(user).get(page_of(project)).status_code == 404
    assert signed_in(district.reporter).get(page_of(project, 1999)).status_code == 404
