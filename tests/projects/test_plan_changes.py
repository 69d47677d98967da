"""A unit asks for a plan; only the bureau's consent makes it one. Who asked never decides."""

import json
from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from projects.models import AnnualPlan, PlanChange
from projects.services import plan_changes
from projects.services.plan_changes import approve, reject, request_plan, withdraw
from projects.services.plans import schedule_of
from tests.factories import plan, user_with
from tests.threads import at_once, refusals

Status = PlanChange.Status


@pytest.fixture
def project(district):
    return district.street_project


@pytest.fixture
def ask(project, district):
    def call(amount="1000", **content):
        content = {"project": project, "year": 2017, "by": district.reporter, "reason": "投资调减", **content}
        return request_plan(planned_investment=D(amount), **content)

    return call


@pytest.fixture
def baseline(project):
    return plan(project, 2017, 1200)


def in_force():
    return list(AnnualPlan.objects.current().values_list("version", "planned_investment"))


def last_event():
    return AuditEvent.objects.first()


class TestAsking:
    def test_a_first_plan_needs_no_reason(self, ask, district):
        change = ask(reason="").change
        assert (change.status, change.basis, change.requested_by) == (Status.PENDING, None, district.reporter)
        assert in_force() == []

    def test_to_change_one_in_force_takes_a_reason(self, ask, baseline):
        with pytest.raises(ValidationError) as refused:
            ask(reason="  ")
        assert "第 1 版" in refused.value.message_dict["reason"][0]
        change = ask(reason=" 投资调减 ").change
        assert (change.basis, change.reason) == (baseline, "投资调减")
        assert in_force() == [(1, 1200)]

    def test_it_is_audited_with_the_reason(self, ask, baseline):
        ask()
        event = last_event()
        assert (event.action, event.actor, event.reason) == ("plan.request", "reporter", "投资调减")
        assert json.loads(event.after)["planned_investment"] == "1000"

    @pytest.mark.parametrize(
        ("months", "told"),
        [
            ([D(100)] * 11, "12 个月"),
            ([D(80)] * 12, "相差 40 万元"),
            ([D(-100)] + [D(100)] * 11, "负数"),
            ([D("83.33333")] * 12, "四位小数"),
            ([D("NaN")] * 12, "数字"),
            ([D("Infinity")] * 12, "数字"),
        ],
    )
    def test_twelve_months_must_make_the_year(self, ask, months, told):
        with pytest.raises(ValidationError) as refused:
            ask("1000", schedule=months)
        assert told in refused.value.message_dict["schedule"][0]
        assert not PlanChange.objects.exists()

    @pytest.mark.parametrize(
        ("content", "field"),
        [
            ({"amount": "-1"}, "planned_investment"),
            ({"opening_cumulative": D(-1)}, "opening_cumulative"),
            ({"year": 1999}, "year"),
            ({"year_class": "sleeping"}, "year_class"),
            ({"reason": "字" * 501}, "reason"),
        ],
    )
    def test_nonsense_is_refused_by_its_field(self, ask, content, field):
        with pytest.raises(ValidationError) as refused:
            ask(**content)
        assert field in refused.value.message_dict

    def test_the_same_request_again_is_the_one_that_waits(self, ask, baseline):
        months = [D(50)] * 10 + [D(250)] * 2
        first = ask(schedule=months)
        again = ask(schedule=months)
        assert (again.change, again.changed) == (first.change, False)

    def test_another_one_meanwhile_learns_who_asked_what_and_when(self, ask, district):
        first = ask().change
        with pytest.raises(Conflict) as refused:
            ask("900")
        error = refused.value
        assert (error.code, error.facts["by"]) == ("plan_change_pending", str(district.reporter))
        assert error.facts["at"] == first.requested_at.isoformat()
        assert "1,000 万元" in error.message

    def test_another_year_waits_by_itself(self, ask):
        ask()
        assert ask(year=2018).changed

    def test_what_is_in_force_already_needs_no_request(self, ask, baseline):
        again = ask("1200", reason="")
        assert (again.change, again.changed) == (None, False)
        assert ask("1200", objective="主体封顶").changed


class TestApproving:
    def test_it_becomes_a_new_version_and_the_original_stays(self, ask, baseline, district):
        months = [D(0)] * 2 + [D(100)] * 10
        change = approve(ask(schedule=months).change, by=district.reviewer, note="同意")
        assert in_force() == [(2, 1000)]
        original = AnnualPlan.objects.get(version=1)
        assert (original.planned_investment, schedule_of(original)[0]) == (1200, 100)
        assert schedule_of(change.result) == [0, 0, *range(100, 1001, 100)]
        assert (change.status, change.decided_by, change.decision_note) == (Status.APPROVED, district.reviewer, "同意")
        assert (change.result.reason, change.result.recorded_by) == ("投资调减", district.reviewer)

    def test_a_first_plan_is_version_1(self, ask, district):
        approve(ask(reason="").change, by=district.reviewer)
        assert in_force() == [(1, 1000)]

    def test_it_is_audited_as_a_plan_and_as_a_decision(self, ask, baseline, district):
        approve(ask().change, by=district.reviewer, note="同意")
        decided, put = AuditEvent.objects.all()[:2]
        assert (decided.action, decided.actor, decided.reason) == ("plan.approve", "reviewer", "同意")
        assert json.loads(decided.before) == {"status": "pending"}
        assert json.loads(decided.after)["status"] == "approved"
        assert (put.action, put.reason) == ("plan.set", "投资调减")

    def test_not_when_the_plan_moved_meanwhile(self, ask, baseline, project, district):
        change = ask().change
        plan(project, 2017, 1100, reason="导入")
        assert plan_changes.allowed([change], by=district.reviewer)[change.pk] == ["reject"]
        with pytest.raises(Conflict) as refused:
            approve(change, by=district.reviewer)
        assert (refused.value.code, refused.value.facts["version"]) == ("plan_moved", 2)
        assert "第 2 版" in refused.value.message
        assert in_force() == [(2, 1100)]
        assert reject(change, by=district.reviewer, reason="计划已变").status == Status.REJECTED

    def test_nor_a_first_plan_that_somebody_else_has_set(self, ask, project, district):
        change = ask().change
        plan(project, 2017, 1100)
        with pytest.raises(Conflict, match="第 1 版"):
            approve(change, by=district.reviewer)

    def test_nor_what_would_change_nothing(self, baseline, project, district):
        same = PlanChange.objects.create(
            project=project, year=2017, basis=baseline, planned_investment=1200, reason="无"
        )
        with pytest.raises(Conflict) as refused:
            approve(same, by=district.reviewer)
        assert refused.value.code == "plan_unchanged"

    def test_an_opinion_longer_than_what_is_kept_is_refused(self, ask, district):
        with pytest.raises(ValidationError) as refused:
            approve(ask().change, by=district.reviewer, note="字" * 501)
        assert "note" in refused.value.message_dict
        assert in_force() == []


class TestRejecting:
    def test_it_takes_a_reason_and_changes_no_plan(self, ask, baseline, district):
        change = ask().change
        with pytest.raises(ValidationError, match="须写明理由"):
            reject(change, by=district.reviewer, reason=" ")
        change = reject(change, by=district.reviewer, reason="依据不足")
        assert (change.status, change.decision_note, change.result) == (Status.REJECTED, "依据不足", None)
        assert in_force() == [(1, 1200)]
        assert (last_event().action, last_event().reason) == ("plan.reject", "依据不足")

    def test_the_unit_may_ask_again(self, ask, baseline, district):
        reject(ask().change, by=district.reviewer, reason="依据不足")
        assert ask("900").changed


class TestWithdrawing:
    def test_it_is_dated_and_attributed_to_who_took_it_back(self, ask, district):
        change = ask().change
        colleague = user_with(Role.REPORTER, over=district.street, username="colleague")
        change = withdraw(change, by=colleague)
        assert (change.status, change.standing) == (Status.WITHDRAWN, (colleague, change.decided_at))
        event = last_event()
        assert (event.action, event.actor, json.loads(event.before)) == (
            "plan.withdraw",
            "colleague",
            {"status": "pending"},
        )
        assert ask("900").changed

    def test_who_decides_afterwards_learns_that(self, ask, district):
        change = ask().change
        withdraw(change, by=district.reporter)
        with pytest.raises(Conflict) as refused:
            approve(change, by=district.reviewer)
        assert (refused.value.facts["state"], refused.value.facts["by"]) == ("withdrawn", str(district.reporter))


class TestWhoDecides:
    @pytest.mark.parametrize("who", ["reporter", "leader", "honours", "nobody"])
    def test_only_the_bureau(self, ask, district, who):
        change = ask().change
        for decide in (lambda by: approve(change, by=by), lambda by: reject(change, by=by, reason="不妥")):
            with pytest.raises(Forbidden):
                decide(getattr(district, who))

    @pytest.mark.parametrize("who", ["reviewer", "root"])
    def test_never_who_asked_the_superuser_included(self, ask, district, root, who):
        by = root if who == "root" else district.reviewer
        change = ask(by=by).change
        assert plan_changes.allowed([change], by=by)[change.pk] == ["withdraw"]
        for decide in (lambda: approve(change, by=by), lambda: reject(change, by=by, reason="不妥")):
            with pytest.raises(Forbidden) as refused:
                decide()
            assert refused.value.code == "own_work"

    def test_each_is_offered_what_they_may_do(self, ask, district):
        change = ask().change
        offered = {
            who: plan_changes.allowed([change], by=getattr(district, who))[change.pk]
            for who in ("reporter", "reviewer", "leader", "nobody")
        }
        assert offered == {
            "reporter": ["withdraw"],
            "reviewer": ["approve", "reject"],
            "leader": [],
            "nobody": [],
        }

    def test_what_is_decided_is_decided(self, ask, district):
        change = approve(ask().change, by=district.reviewer)
        for again in (
            lambda: approve(change, by=district.reviewer),
            lambda: reject(change, by=district.reviewer, reason="不妥"),
            lambda: withdraw(change, by=district.reporter),
        ):
            with pytest.raises(Conflict) as refused:
                again()
            assert refused.value.facts["by"] == str(district.reviewer)


@pytest.mark.parametrize(
    "wrong",
    [
        {"planned_investment": D(-1)},
        {"status": "approved"},
        {"status": "rejected"},
        {"basis": True},
    ],
)
def test_the_database_refuses_nonsense(project, baseline, wrong):
    row = {"project": project, "year": 2017, "planned_investment": D(1), **wrong}
    if "basis" in wrong:
        row["basis"] = baseline
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanChange.objects.create(**row)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_approve_and_reject_do_not_both_happen(self, ask, baseline, project, district):
        change = ask().change
        other = user_with(Role.REVIEWER, over=district.area, username="other")
        outcomes = at_once(
            project,
            lambda: approve(change, by=district.reviewer),
            lambda: reject(change, by=other, reason="依据不足"),
        )
        (refused,) = refusals(outcomes)
        assert isinstance(refused, Conflict)
        change.refresh_from_db()
        assert (refused.facts["state"], refused.facts["by"]) == (change.status, str(change.decided_by))
        assert in_force() == ([(2, 1000)] if change.status == Status.APPROVED else [(1, 1200)])

    def test_of_two_who_ask_one_waits(self, ask, project):
        outcomes = at_once(project, lambda: ask("900"), lambda: ask("800"))
        (refused,) = refusals(outcomes)
        assert refused.code == "plan_change_pending"
        assert PlanChange.objects.pending().count() == 1

    def test_two_who_ask_the_same_ask_once(self, ask, project):
        outcomes = at_once(project, lambda: ask("900"), lambda: ask("900"))
        assert sorted(outcome.changed for outcome in outcomes) == [False, True]

    def test_of_approve_and_withdraw_the_first_wins(self, ask, project, district):
        change = ask().change
        outcomes = at_once(
            project, lambda: approve(change, by=district.reviewer), lambda: withdraw(change, by=district.reporter)
        )
        (refused,) = refusals(outcomes)
        assert isinstance(refused, Conflict)
        change.refresh_from_db()
        assert len(in_force()) == (1 if change.status == Status.APPROVED else 0)
