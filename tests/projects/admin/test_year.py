"""Plan and months in the project's form: written by the services, refused in the right place, nothing lost."""

from functools import partial
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from erqi.core.models import AuditEvent
from projects.models import AnnualPlan, ProgressReport, Project
from tests.core.admin.pages import address, opened, refusals, send


@pytest.fixture
def clerk(signed_in, district):
    return signed_in(district.reporter)


@pytest.fixture
def form(project):
    return f"{address(project, 'change')}?year=2017"


def in_force(project, month):
    return ProgressReport.objects.in_force().get(project=project, year=2017, month=month)


def test_saving_an_untouched_form_changes_nothing(clerk, form, project):
    events = AuditEvent.objects.count()
    assert send(clerk, form).status_code == 302
    assert AuditEvent.objects.count() == events
    assert project.plans.count() == 1
    assert project.reports.count() == 2


def test_a_month_is_recorded_in_the_clerks_name(clerk, form, project, district):
    answer = send(clerk, form, months__2__invested="１２０．５", months__2__note="桩基完成")
    assert answer.status_code == 302
    march = in_force(project, 3)
    assert (march.invested, march.note) == (120.5, "桩基完成")
    assert march.accepted_by == district.reporter


def test_the_year_to_date_may_be_given_instead(clerk, form, project):
    send(clerk, form, months__2__invested_to_date="300")
    assert in_force(project, 3).invested == 300 - 180.5


def test_amount_and_year_to_date_have_to_agree(clerk, form, project):
    answer = send(clerk, form, months__2__invested="100", months__2__invested_to_date="300")
    assert "与本月数不一致" in " ".join(refusals(answer))
    assert not project.reports.filter(month=3).exists()


def test_a_draft_counts_for_nothing_until_it_is_accepted(clerk, form, project):
    send(clerk, form, months__2__invested="120", months__2__draft="on")
    assert not ProgressReport.objects.in_force().filter(project=project, month=3).exists()
    page = opened(clerk, form)
    assert (page["months-2-invested"], page["months-2-draft"]) == ("120", "on")
    del page["months-2-draft"]
    clerk.post(form, page)
    assert in_force(project, 3).invested == 120


def test_correcting_an_accepted_month_needs_a_reason_and_keeps_what_was_typed(clerk, form, project):
    answer = send(clerk, form, months__1__invested="90", months__2__invested="70", name="改了名")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'name="months-1-invested" value="90"' in page
    assert 'name="months-2-invested" value="70"' in page
    assert 'value="改了名"' in page
    (error,) = answer.context["inline_admin_formsets"][2].formset.forms[1].errors["reason"]
    assert "须写明理由" in error
    # Nothing is half saved: neither the good month nor the name.
    assert not project.reports.filter(month=3).exists()
    assert in_force(project, 2).invested == 80.5
    assert Project.objects.get(pk=project.pk).name == "街道路"


def test_correcting_with_a_reason_supersedes(clerk, form, project):
    send(clerk, form, months__1__invested="90", months__1__reason="漏报设备款")
    revised = in_force(project, 2)
    assert (revised.invested, revised.revision, revised.reason) == (90, 2, "漏报设备款")
    assert project.reports.filter(month=2).count() == 2


@pytest.mark.parametrize("amount", ["NaN", "1e400", "十", "1_000", "Infinity", "1" * 400])
def test_what_is_no_number_is_refused_beside_its_box(clerk, form, project, amount):
    answer = send(clerk, form, months__2__invested=amount, plan__0__planned_investment=amount)
    assert answer.status_code == 200
    _codes, plans, months = (inline.formset for inline in answer.context["inline_admin_formsets"])
    assert plans.forms[0].errors["planned_investment"]
    assert months.forms[2].errors["invested"]
    assert not project.reports.filter(month=3).exists()


@pytest.mark.parametrize("text", ["看不见\u202e的", "响铃\x07"])
def test_invisible_characters_are_refused(clerk, form, text):
    answer = send(clerk, form, months__2__invested="1", months__2__note=text, content=text)
    assert len([error for error in refusals(answer) if "控制字符" in error]) == 2


def test_a_month_cannot_be_emptied(clerk, form, project):
    answer = send(clerk, form, months__1__invested="")
    assert "不能清空" in " ".join(refusals(answer))
    assert in_force(project, 2).invested == 80.5


def test_months_to_come_have_no_boxes(clerk, project):
    page = opened(clerk, f"{address(project, 'change')}?year=2099")
    assert "months-0-invested" not in page
    assert page["shown_year"] == "2099"


def test_each_refused_row_has_its_own_message(clerk, form):
    answer = send(clerk, form, months__0__invested="1", months__1__invested="2", plan__0__planned_investment="1300")
    assert len([error for error in refusals(answer) if "理由" in error]) == 3


def test_a_plan_is_changed_with_a_reason_and_the_original_is_kept(clerk, form, project):
    answer = send(clerk, form, plan__0__planned_investment="1500")
    assert "调整计划必须写明理由" in " ".join(refusals(answer))
    send(clerk, form, plan__0__planned_investment="1500", plan__0__reason="常务会议")
    plans = AnnualPlan.objects.filter(project=project, year=2017).order_by("version")
    assert [(p.version, p.planned_investment) for p in plans] == [(1, 1200), (2, 1500)]


def test_a_plan_month_by_month(clerk, form, project):
    months = {f"plan__0__month_{m}": "100" for m in range(1, 13)}
    answer = send(clerk, form, **months | {"plan__0__month_12": "200"}, plan__0__reason="按月")
    assert "相差 -100 万元" in " ".join(refusals(answer))
    send(clerk, form, **months, plan__0__reason="按月", plan__0__objective="主体封顶")
    plan = AnnualPlan.objects.current().get(project=project, year=2017)
    assert (plan.linear, plan.objective) == (False, "主体封顶")
    assert opened(clerk, form)["plan-0-month_7"] == "100"


def test_some_months_of_a_plan_are_not_enough(clerk, form):
    answer = send(clerk, form, plan__0__month_3="100", plan__0__reason="按月")
    assert "12 个月都填" in " ".join(refusals(answer))


def test_a_plan_cannot_be_emptied(clerk, form, project):
    answer = send(clerk, form, plan__0__planned_investment="", plan__0__reason="取消")
    assert "不能清空" in " ".join(refusals(answer))
    assert AnnualPlan.objects.current().get(project=project, year=2017).planned_investment == 1200


def test_another_year_gets_its_own_plan(clerk, project):
    answer = send(clerk, f"{address(project, 'change')}?year=2018", plan__0__planned_investment="900")
    assert answer["Location"].endswith("year=2018")
    assert sorted(project.plans.current().values_list("year", flat=True)) == [2017, 2018]


def test_the_year_is_that_of_the_page_that_was_filled(clerk, project):
    """Not of the address, whose default may have moved on in between."""
    page = opened(clerk, f"{address(project, 'change')}?year=2018") | {"plan-0-planned_investment": "900"}
    clerk.post(address(project, "change"), page)
    assert project.plans.current().filter(year=2018).exists()


def test_a_new_project_gets_its_plan_and_first_month_at_once(signed_in, district):
    client = signed_in(district.reviewer)
    boxes = {
        "name": "新学校",
        "area": district.area.pk,
        "category": district.street_project.category_id,
        "lead_unit": district.town.pk,
        "plan__0__planned_investment": "600",
        "months__0__invested": "50",
    }
    assert send(client, f"{address(Project, 'add')}?year=2017", **boxes).status_code == 302
    made = Project.objects.get(name="新学校")
    assert made.plans.current().get().planned_investment == 600
    assert made.reports.in_force().get().invested == 50


def test_a_refused_plan_leaves_no_new_project_behind(signed_in, district):
    boxes = {
        "name": "新学校",
        "area": district.area.pk,
        "category": district.street_project.category_id,
        "plan__0__planned_investment": "-600",
        "approval_codes__TOTAL_FORMS": "1",
        "approval_codes__0__code": "2017-410103-48-01-001234",
    }
    answer = send(signed_in(district.reviewer), f"{address(Project, 'add')}?year=2017", **boxes)
    assert "不能为负数" in " ".join(refusals(answer))
    assert "2017-410103-48-01-001234" in answer.content.decode()
    assert not Project.objects.filter(name="新学校").exists()


def test_an_overrun_is_a_warning(clerk, form, project):
    Project.objects.filter(pk=project.pk).update(total_investment=200)
    answer = clerk.post(form, opened(clerk, form) | {"months-2-invested": "120"}, follow=True)
    assert "已超过计划总投资" in answer.content.decode()


class TestTwoClerks:
    """Both open the form; one saves; then the other."""

    def test_on_different_months_both_are_kept(self, clerk, form, project):
        late = opened(clerk, form)
        send(clerk, form, months__2__invested="120")
        assert clerk.post(form, late | {"months-3-invested": "60"}).status_code == 302
        assert [in_force(project, month).invested for month in (3, 4)] == [120, 60]

    def test_on_the_same_month_the_later_is_told_and_may_then_decide(self, clerk, form, project):
        late = opened(clerk, form) | {"months-2-invested": "999", "months-2-reason": "核对后更正"}
        send(clerk, form, months__2__invested="120")
        told = clerk.post(form, late)
        assert "将本月填为 120 万元" in " ".join(refusals(told))
        assert 'name="months-2-invested" value="999"' in told.content.decode()
        assert in_force(project, 3).invested == 120
        from tests.core.admin.pages import boxes

        assert clerk.post(form, boxes(told) | {"_continue": "1"}).status_code == 302
        assert in_force(project, 3).invested == 999

    def test_on_the_same_plan_the_later_is_told(self, clerk, form, project):
        late = opened(clerk, form) | {"plan-0-planned_investment": "1400", "plan-0-reason": "甲"}
        send(clerk, form, plan__0__planned_investment="1300", plan__0__reason="乙")
        assert "第 2 版（1,300 万元）" in " ".join(refusals(clerk.post(form, late)))
        assert project.plans.current().get().planned_investment == 1300

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


def at_once(*calls) -> list:
    """What the calls return when they start in the same moment, each on a connection of its own."""
    together, answers = Barrier(len(calls)), [None] * len(calls)

    def run(place, call):
        together.wait()
        try:
            answers[place] = call()
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestInTheSameMoment:
    """Two clerks with the same form press save at once."""

    @pytest.fixture
    def clerks(self, district):
        clients = [Client(), Client()]
        for client, user in zip(clients, (district.reporter, district.reviewer), strict=True):
            client.force_login(user)
        return clients

    def save_both(self, clerks, form, *changes):
        filled = [opened(client, form) | boxes for client, boxes in zip(clerks, changes, strict=True)]
        return at_once(*(partial(client.post, form, data) for client, data in zip(clerks, filled, strict=True)))

    def test_different_months_are_both_kept(self, clerks, form, project):
        answers = self.save_both(clerks, form, {"months-2-invested": "120"}, {"months-3-invested": "60"})
        assert [answer.status_code for answer in answers] == [302, 302]
        assert [in_force(project, month).invested for month in (3, 4)] == [120, 60]

    def test_on_the_same_month_the_later_is_told(self, clerks, form, project):
        reason = {"months-2-reason": "核对后更正"}
        amounts = ("120", "130")
        answers = self.save_both(clerks, form, *({"months-2-invested": amount} | reason for amount in amounts))
        assert sorted(answer.status_code for answer in answers) == [200, 302]
        kept, told = sorted(zip(amounts, answers, strict=True), key=lambda pair: -pair[1].status_code)
        assert f"将本月填为 {kept[0]} 万元" in " ".join(refusals(told[1]))
        assert in_force(project, 3).invested == int(kept[0])
        assert project.reports.filter(month=3).count() == 1

    def test_on_the_same_field_the_later_is_told(self, clerks, form, project):
        answers = self.save_both(clerks, form, {"sponsor": "张三"}, {"sponsor": "李四"})
        assert sorted(answer.status_code for answer in answers) == [200, 302]
        (told,) = (answer for answer in answers if answer.status_code == 200)
        assert "已于" in " ".join(refusals(told))
