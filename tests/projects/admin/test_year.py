"""Plan and months in the project's form: written by the services, refused in the right place, nothing lost."""

from decimal import Decimal as D

import pytest

from erqi.core.models import AuditEvent
from projects import reports
from projects.models import AnnualPlan, PlanChange, ProgressReport, Project, ReportingPeriod
from projects.services import plan_changes, workflow
from tests import factories
from tests.core.admin.pages import address, boxes, opened, refusals, send

pytestmark = pytest.mark.usefixtures("kept_project")


@pytest.fixture
def clerk(signed_in, district):
    return signed_in(district.reporter)


def in_force(project, month):
    return ProgressReport.objects.in_force().get(project=project, year=2017, month=month)


def filed(project, month):
    """The month's report on its way."""
    return ProgressReport.objects.open().get(project=project, year=2017, month=month)


def rows(answer, prefix):
    """The forms of one of the page's parts."""
    sets = (inline.formset for inline in answer.context["inline_admin_formsets"])
    return next(found.forms for found in sets if found.prefix == prefix)


def pending(project, year=2017):
    return PlanChange.objects.pending().get(project=project, year=year)


def test_saving_an_untouched_form_changes_nothing(clerk, form, project):
    events = AuditEvent.objects.count()
    assert send(clerk, form).status_code == 302
    assert AuditEvent.objects.count() == events
    assert project.plans.count() == 1
    assert project.reports.count() == 2


def test_a_month_is_filed_in_the_clerks_name(clerk, form, project, district):
    answer = send(clerk, form, months__2__invested="１２０．５", months__2__note="桩基完成")
    assert answer.status_code == 302
    march = filed(project, 3)
    assert (march.invested, march.note, march.status) == (120.5, "桩基完成", "submitted")
    assert march.submitted_by == district.reporter
    assert not ProgressReport.objects.in_force().filter(project=project, month=3).exists()


def test_the_year_to_date_may_be_given_instead(clerk, form, project):
    send(clerk, form, months__2__invested_to_date="300")
    assert filed(project, 3).invested == 300 - 180.5


def test_amount_and_year_to_date_have_to_agree(clerk, form, project):
    answer = send(clerk, form, months__2__invested="100", months__2__invested_to_date="300")
    assert "与本月数不一致" in " ".join(refusals(answer))
    assert not project.reports.filter(month=3).exists()


def test_a_draft_is_filed_when_its_tick_is_taken_away(clerk, form, project):
    send(clerk, form, months__2__invested="120", months__2__draft="on")
    assert filed(project, 3).status == "draft"
    page = opened(clerk, form)
    assert (page["months-2-invested"], page["months-2-draft"]) == ("120", "on")
    del page["months-2-draft"]
    clerk.post(form, page)
    assert (filed(project, 3).status, filed(project, 3).invested) == ("submitted", 120)


def test_a_month_on_its_way_or_in_force_has_no_boxes_and_says_who_and_how_to_change_it(clerk, form, project, district):
    send(clerk, form, months__2__invested="120")
    page = clerk.get(form).content.decode()
    sent = boxes(clerk.get(form))
    assert not [name for name in sent if name.startswith(("months-0-", "months-1-", "months-2-"))]
    assert "months-3-invested" in sent
    assert str(district.reporter) in page
    for words in ("已报送", "已认定", "请先撤回或等退回", "请发改统计局退回更正"):
        assert words in page


def test_a_refusal_keeps_what_was_typed_and_saves_nothing(clerk, form, project):
    answer = send(clerk, form, months__2__invested="-5000", months__3__invested="70", name="改了名")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'name="months-2-invested" value="-5000"' in page
    assert 'name="months-3-invested" value="70"' in page
    assert 'value="改了名"' in page
    (error,) = answer.context["inline_admin_formsets"][2].formset.forms[2].errors["invested"]
    assert "本年累计为负数" in error
    # Nothing is half saved: neither the good month nor the name.
    assert not project.reports.filter(month__gt=2).exists()
    assert Project.objects.get(pk=project.pk).name == "街道路"


def test_what_a_check_doubts_is_filed_with_an_explanation(clerk, form, project):
    assert "months-2-explanation" not in opened(clerk, form)
    asked = send(clerk, form, months__2__invested="80.5")
    assert "与上月完成的 80.5 万元相同" in " ".join(refusals(asked))
    assert not project.reports.filter(month=3).exists()
    again = boxes(asked) | {"months-2-explanation": "按合同等额支付", "_continue": "1"}
    assert clerk.post(form, again).status_code == 302
    assert (filed(project, 3).explanation, filed(project, 3).status) == ("按合同等额支付", "submitted")


def test_a_draft_is_kept_whatever_the_checks_find(clerk, form, project):
    data = opened(clerk, form) | {"months-2-invested": "80.5", "months-2-draft": "on"}
    answer = clerk.post(form, data, follow=True)
    assert filed(project, 3).status == "draft"
    assert "与上月完成的 80.5 万元相同" in answer.content.decode()


class TestReturned:
    @pytest.fixture
    def returned(self, clerk, form, project):
        send(clerk, form, months__2__invested="120")
        return workflow.return_report(filed(project, 3), by=None, reason="缺监理签字", fields=["note"])

    def test_a_returned_month_shows_the_reason_and_is_filed_again(self, clerk, form, project, returned):
        page = clerk.get(form).content.decode()
        assert "缺监理签字" in page
        assert "请看：形象进度说明" in page
        send(clerk, form, months__2__note="已补签")
        assert (filed(project, 3).status, filed(project, 3).note) == ("submitted", "已补签")

    def test_what_was_kept_back_is_filed_without_touching_it_again(self, clerk, form, project, returned):
        send(clerk, form, months__2__note="已补签", months__2__draft="on")
        page = opened(clerk, form)
        assert (filed(project, 3).status, page["months-2-draft"]) == ("returned", "on")
        del page["months-2-draft"]
        clerk.post(form, page)
        assert filed(project, 3).status == "submitted"

    def test_a_month_reopened_is_corrected_beside_the_one_in_force(self, clerk, form, project):
        workflow.reopen(in_force(project, 2), by=None, reason="漏报设备款")
        page = opened(clerk, form)
        assert (page["months-1-invested"], "months-1-draft" in page) == ("80.5", False)
        send(clerk, form, months__1__invested="90", months__1__explanation="设备款")
        assert (filed(project, 2).invested, filed(project, 2).status) == (90, "submitted")
        assert in_force(project, 2).invested == 80.5
        assert "认定数 80.5" in clerk.get(form).content.decode()


@pytest.mark.parametrize("amount", ["NaN", "1e400", "十", "1_000", "Infinity", "1" * 400])
def test_what_is_no_number_is_refused_beside_its_box(clerk, form, project, amount):
    answer = send(clerk, form, months__2__invested=amount, plan__0__planned_investment=amount)
    assert answer.status_code == 200
    assert rows(answer, "plan")[0].errors["planned_investment"]
    assert rows(answer, "months")[2].errors["invested"]
    assert not project.reports.filter(month=3).exists()


@pytest.mark.parametrize("text", ["看不见\u202e的", "响铃\x07"])
def test_invisible_characters_are_refused(clerk, form, text):
    answer = send(clerk, form, months__2__invested="1", months__2__note=text, content=text)
    assert len([error for error in refusals(answer) if "控制字符" in error]) == 2


def test_a_month_cannot_be_emptied(clerk, form, project):
    send(clerk, form, months__2__invested="120", months__2__draft="on")
    answer = send(clerk, form, months__2__invested="")
    assert "不能清空" in " ".join(refusals(answer))
    assert filed(project, 3).invested == 120


def test_a_locked_month_is_refused_on_its_row(clerk, form, project):
    days = {"opens": "2017-03-01", "due": "2017-03-25", "locks": "2017-04-05"}
    ReportingPeriod.objects.create(year=2017, month=3, **days)
    answer = send(clerk, form, months__2__invested="120", months__3__invested="60")
    row = answer.context["inline_admin_formsets"][2].formset.forms[2]
    assert "锁定" in str(row.non_field_errors())
    assert not project.reports.filter(month__gt=2).exists()


def test_months_to_come_have_no_boxes(clerk, project):
    page = opened(clerk, f"{address(project, 'change')}?year=2099")
    assert "months-0-invested" not in page
    assert page["shown_year"] == "2099"


def test_each_refused_row_has_its_own_message(clerk, form):
    wrong = {"months__2__invested": "80.5", "months__3__invested": "-900", "plan__0__planned_investment": "1300"}
    said = refusals(send(clerk, form, **wrong))
    for words in ("与上月完成的 80.5 万元相同", "本年累计为负数", "调整计划必须写明理由"):
        assert len([error for error in said if words in error]) == 1


def test_a_change_of_plan_is_asked_for_with_a_reason_and_changes_nothing_yet(clerk, form, project, district):
    answer = send(clerk, form, plan__0__planned_investment="1500")
    assert "调整计划必须写明理由" in " ".join(refusals(answer))
    data = opened(clerk, form) | {"plan-0-planned_investment": "1500", "plan-0-reason": "常务会议"}
    answer = clerk.post(form, data, follow=True)
    assert "已提交计划调整申请，待发改统计局审定" in answer.content.decode()
    asked = pending(project)
    assert (asked.planned_investment, asked.reason, asked.requested_by) == (1500, "常务会议", district.reporter)
    assert AnnualPlan.objects.current().get(project=project, year=2017).planned_investment == 1200


def test_while_a_request_waits_it_is_shown_and_the_box_is_closed(clerk, form, project):
    send(clerk, form, plan__0__planned_investment="1500", plan__0__reason="常务会议")
    answer = clerk.get(form)
    assert not [name for name in boxes(answer) if name.startswith("plan-0-")]
    page = answer.content.decode()
    assert "申请将年度计划定为 1,500 万元" in page
    assert "常务会议" in page
    plan_changes.withdraw(pending(project), by=None)
    assert opened(clerk, form)["plan-0-planned_investment"] == "1200"


def test_a_request_that_was_not_agreed_to_says_why(clerk, form, project):
    send(clerk, form, plan__0__planned_investment="1500", plan__0__reason="常务会议")
    plan_changes.reject(pending(project), by=None, reason="资金未落实")
    assert "资金未落实" in clerk.get(form).content.decode()
    assert opened(clerk, form)["plan-0-planned_investment"] == "1200"


def test_the_bureau_too_asks_for_a_change(signed_in, district, form, project):
    send(signed_in(district.reviewer), form, plan__0__planned_investment="1500", plan__0__reason="常务会议")
    assert pending(project).requested_by == district.reviewer
    assert project.plans.current().get().planned_investment == 1200


def test_a_plan_month_by_month(clerk, form, project):
    months = {f"plan__0__month_{m}": "100" for m in range(1, 13)}
    answer = send(clerk, form, **months | {"plan__0__month_12": "200"}, plan__0__reason="按月")
    assert "相差 -100 万元" in " ".join(refusals(answer))
    send(clerk, form, **months, plan__0__reason="按月", plan__0__objective="主体封顶")
    plan = plan_changes.approve(pending(project), by=None).result
    assert (plan.linear, plan.objective) == (False, "主体封顶")
    assert opened(clerk, form)["plan-0-month_7"] == "100"


def test_some_months_of_a_plan_are_not_enough(clerk, form):
    answer = send(clerk, form, plan__0__month_3="100", plan__0__reason="按月")
    assert "12 个月都填" in " ".join(refusals(answer))


def test_a_plan_cannot_be_emptied(clerk, form, project):
    answer = send(clerk, form, plan__0__planned_investment="", plan__0__reason="取消")
    assert "不能清空" in " ".join(refusals(answer))
    assert AnnualPlan.objects.current().get(project=project, year=2017).planned_investment == 1200


def test_the_bureau_sets_a_first_plan_and_a_unit_asks_for_one(signed_in, district, project):
    answer = send(
        signed_in(district.reviewer), f"{address(project, 'change')}?year=2018", plan__0__planned_investment="900"
    )
    assert answer["Location"].endswith("year=2018")
    assert sorted(project.plans.current().values_list("year", flat=True)) == [2017, 2018]
    send(signed_in(district.reporter), f"{address(project, 'change')}?year=2019", plan__0__planned_investment="900")
    assert pending(project, 2019).planned_investment == 900
    assert not project.plans.filter(year=2019).exists()


def test_the_year_is_that_of_the_page_that_was_filled(clerk, project):
    """Not of the address, whose default may have moved on in between."""
    page = opened(clerk, f"{address(project, 'change')}?year=2018") | {"plan-0-planned_investment": "900"}
    clerk.post(address(project, "change"), page)
    assert pending(project, 2018)


def test_a_new_project_gets_its_plan_and_first_month_at_once(signed_in, district):
    client = signed_in(district.reviewer)
    given = {
        "name": "新学校",
        "area": district.area.pk,
        "category": district.street_project.category_id,
        "lead_unit": district.town.pk,
        "plan__0__planned_investment": "600",
        "months__0__invested": "45",
    }
    assert send(client, f"{address(Project, 'add')}?year=2017", **given).status_code == 302
    made = Project.objects.get(name="新学校")
    assert made.plans.current().get().planned_investment == 600
    assert (made.reports.get().invested, made.reports.get().status) == (45, "submitted")


def test_a_project_that_is_moved_is_counted_where_it_went(signed_in, district, form):
    """With its months, one of which is filed in the same form."""
    given = {"lead_unit": district.town.pk, "stage": "suspended", "months__2__invested": "120"}
    assert send(signed_in(district.reviewer), form, **given).status_code == 302
    found = reports.figures_by("lead_unit", year=2017, month=12)
    assert (district.station.pk in found, found[district.town.pk].projects) == (False, 2)
    assert found[district.town.pk].done == D("180.5")


def test_a_refused_plan_leaves_no_new_project_behind(signed_in, district):
    given = {
        "name": "新学校",
        "area": district.area.pk,
        "category": district.street_project.category_id,
        "plan__0__planned_investment": "-600",
        "approval_codes__TOTAL_FORMS": "1",
        "approval_codes__0__code": "2017-410103-48-01-001234",
    }
    answer = send(signed_in(district.reviewer), f"{address(Project, 'add')}?year=2017", **given)
    assert "不能为负数" in " ".join(refusals(answer))
    assert "2017-410103-48-01-001234" in answer.content.decode()
    assert not Project.objects.filter(name="新学校").exists()


class TestTwoClerks:
    """Both open the form; one saves; then the other."""

    def test_on_different_months_both_are_kept(self, clerk, form, project):
        late = opened(clerk, form)
        send(clerk, form, months__2__invested="120")
        assert clerk.post(form, late | {"months-3-invested": "60"}).status_code == 302
        assert [filed(project, month).invested for month in (3, 4)] == [120, 60]

    def test_on_the_same_draft_the_later_is_told_and_may_then_decide(self, clerk, form, project):
        late = opened(clerk, form) | {"months-2-invested": "999", "months-2-explanation": "已核对"}
        send(clerk, form, months__2__invested="120", months__2__draft="on")
        told = clerk.post(form, late)
        assert "将本月填为 120 万元（草稿）" in " ".join(refusals(told))
        assert 'name="months-2-invested" value="999"' in told.content.decode()
        assert filed(project, 3).invested == 120
        assert clerk.post(form, boxes(told) | {"_continue": "1"}).status_code == 302
        assert filed(project, 3).invested == 999

    def test_on_a_month_filed_meanwhile_the_later_is_turned_away_and_reads_what_was_typed(self, clerk, form, project):
        late = opened(clerk, form) | {"months-2-invested": "999", "months-2-note": "封顶", "location": "北环路"}
        send(clerk, form, months__2__invested="120")
        told = clerk.post(form, late)
        said = " ".join(refusals(told))
        assert "报送（120 万元），正在审核" in said
        assert "本月完成 999" in said
        assert "封顶" in said
        assert (filed(project, 3).invested, project.reports.filter(month=3).count()) == (120, 1)
        # The row is closed now; the rest of the page can still be saved.
        assert clerk.post(form, boxes(told) | {"_continue": "1"}).status_code == 302
        assert Project.objects.get(pk=project.pk).location == "北环路"

    def test_a_month_filed_meanwhile_and_left_alone_is_no_trouble(self, clerk, form, project):
        late = opened(clerk, form) | {"location": "北环路"}
        send(clerk, form, months__2__invested="120")
        assert clerk.post(form, late).status_code == 302
        assert filed(project, 3).invested == 120

    def test_on_the_same_plan_the_later_is_told(self, clerk, form, project):
        late = opened(clerk, form) | {"plan-0-planned_investment": "1400", "plan-0-reason": "甲"}
        send(clerk, form, plan__0__planned_investment="1300", plan__0__reason="乙")
        said = " ".join(refusals(clerk.post(form, late)))
        assert "申请将年度计划定为 1,300 万元" in said
        assert "1400" in said
        assert pending(project).planned_investment == 1300

    def test_a_plan_decided_meanwhile_is_told(self, clerk, form, project):
        late = opened(clerk, form) | {"plan-0-planned_investment": "1400", "plan-0-reason": "甲"}
        factories.plan(project, 2017, "1300", reason="乙")
        assert "第 2 版（1,300 万元）" in " ".join(refusals(clerk.post(form, late)))

    def test_on_different_fields_both_are_kept(self, clerk, form, project):
        late = opened(clerk, form) | {"location": "北环路"}
        send(clerk, form, sponsor="张三")
        assert clerk.post(form, late).status_code == 302
        project.refresh_from_db()
        assert (project.location, project.sponsor) == ("北环路", "张三")

    def test_on_the_same_field_the_later_is_told(self, clerk, form, project):
        late = opened(clerk, form) | {"sponsor": "李四"}
        send(clerk, form, sponsor="张三")
        told = clerk.post(form, late)
        assert "改为“张三”" in " ".join(refusals(told))
        assert 'value="李四"' in told.content.decode()
        assert Project.objects.get(pk=project.pk).sponsor == "张三"

    def test_links_are_settled_like_fields(self, clerk, form, project, district):
        late = opened(clerk, form) | {"location": "北环路"}
        send(clerk, form, supporting_units=[str(district.town.pk)])
        assert clerk.post(form, late).status_code == 302
        assert list(project.supporting_units.all()) == [district.town]
