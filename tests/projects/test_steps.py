"""The one place that answers: may this person take this step on this row now?"""

from decimal import Decimal as D
from itertools import product

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from erqi.accounts.roles import Action, Role
from erqi.core.exceptions import Conflict, Forbidden
from projects.models import OrderExtension, PlanChange, Problem, ProgressReport, Project, SupervisionOrder
from projects.services import steps, workflow
from projects.services.plan_changes import request_plan
from projects.services.steps import Step
from tests.factories import UserFactory, report, user_with
from tests.projects import followed

SIGN = Step(
    "sign", gettext_lazy("签审"), ("submitted",), "endorsed", (Action.ENDORSE,), apart=("submitted_by",), words="reason"
)


@pytest.fixture
def head(district):
    return user_with(Role.ENDORSER, over=district.street, username="head", display_name="王主任")


@pytest.fixture
def filed(district):
    drafted = report(district.street_project, 2017, 3, 100, draft=True, by=district.reporter)
    return workflow.submit(drafted, by=district.reporter)


def test_the_right_person_at_the_right_time_with_a_reason_may(filed, head):
    steps.check(SIGN, filed, by=head, words="属实")


def test_the_system_itself_is_nobodys_colleague(filed):
    steps.check(SIGN, filed, by=None, words="导入")


def test_who_does_not_reach_the_row_is_refused_before_its_state_is_told(filed, district):
    with pytest.raises(Forbidden) as refused:
        steps.check(workflow.WITHDRAW, filed, by=district.leader)
    assert refused.value.code == "out_of_reach"
    assert "撤回" in refused.value.message


@pytest.mark.parametrize("broken", ["inactive", "ended"])
def test_a_disabled_account_and_an_ended_membership_reach_nothing(filed, head, broken):
    if broken == "inactive":
        head.is_active = False
    else:
        head.memberships.update(active=False)
    with pytest.raises(Forbidden):
        steps.check(SIGN, filed, by=head, words="属实")


def test_a_wrong_state_says_which_state_who_and_when(filed, head, district):
    drafted = report(district.street_project, 2017, 4, 1, draft=True, by=district.reporter)
    with pytest.raises(Conflict) as refused:
        steps.check(SIGN, drafted, by=head, words="属实")
    error = refused.value
    assert error.code == "wrong_state"
    assert (error.facts["state"], error.facts["by"]) == ("draft", str(district.reporter))
    assert error.facts["at"] == drafted.recorded_at.isoformat()
    for part in ("草稿", str(district.reporter), steps.at(drafted.recorded_at), "签审"):
        assert part in error.message


def test_a_replaced_row_takes_no_step_and_says_that_it_was_replaced(district):
    first = report(district.street_project, 2017, 3, 100)
    report(district.street_project, 2017, 3, 90)
    first.refresh_from_db()
    with pytest.raises(Conflict, match="已被取代"):
        workflow.reopen(first, by=district.reviewer, reason="核对")


def test_ones_own_work_is_left_to_others_the_superuser_included(district, root):
    drafted = report(district.street_project, 2017, 3, 1, draft=True, by=root)
    own = workflow.submit(drafted, by=root)
    with pytest.raises(Forbidden) as refused:
        steps.check(SIGN, own, by=root, words="属实")
    assert refused.value.code == "own_work"


@pytest.mark.parametrize("words", ["", "  \n"])
def test_a_step_that_asks_for_words_names_the_box_they_belong_in(filed, head, words):
    with pytest.raises(ValidationError) as refused:
        steps.check(SIGN, filed, by=head, words=words)
    assert "须写明理由" in refused.value.message_dict["reason"][0]


def test_words_longer_than_what_is_kept_are_refused_with_both_numbers(filed, head):
    steps.check(SIGN, filed, by=head, words="字" * 500)
    with pytest.raises(ValidationError, match=r"500.*501"):
        steps.check(SIGN, filed, by=head, words="字" * 501)


def test_times_are_told_in_local_time(filed):
    filed.submitted_at = filed.submitted_at.replace(year=2017, month=3, day=25, hour=16, minute=30)
    assert steps.at(filed.submitted_at) == "2017-03-26 00:30"


class TestAllowed:
    @pytest.fixture
    def months(self, district):
        """One of each state, the station's, filed by the reporter."""
        drafts = [
            report(district.street_project, 2017, m, 1, draft=True, by=district.reporter) for m in (1, 2, 3, 4, 5)
        ]
        filed = [workflow.submit(row, by=district.reporter, explanation="已核对") for row in drafts[1:]]
        signed = workflow.endorse(filed[1], by=None)
        returned = workflow.return_report(filed[2], by=None, reason="补充")
        accepted = workflow.accept(filed[3], by=None)
        return [drafts[0], filed[0], signed, returned, accepted]

    @pytest.mark.parametrize(
        ("who", "expected"),
        [
            ("reporter", [["submit"], ["withdraw"], [], ["submit"], []]),
            (
                "reviewer",
                [["submit"], ["return", "accept"], ["return", "accept"], ["submit"], ["reopen"]],
            ),
            ("leader", [[], [], [], [], []]),
            ("nobody", [[], [], [], [], []]),
        ],
    )
    def test_each_row_offers_what_the_person_may_do_with_it_now(self, months, district, who, expected):
        found = workflow.allowed(months, by=getattr(district, who))
        assert [found[row.pk] for row in months] == expected

    def test_the_head_signs_and_returns(self, months, head):
        found = workflow.allowed(months, by=head)
        assert [found[row.pk] for row in months] == [[], ["endorse", "return"], ["return"], [], []]

    def test_what_is_offered_is_what_is_granted(self, months, district, head):
        """Every verb on every row for everybody: offered and refused, or not offered and granted, is a lie."""
        people = [district.reporter, district.reviewer, district.leader, district.nobody, head, UserFactory()]
        for by in people:
            offered = workflow.allowed(months, by=by)
            for row in months:
                for step in workflow.STEPS[:-1]:
                    assert (step.verb in offered[row.pk]) == _granted(step, row, by), (by, row.status, step.verb)

    def test_it_costs_the_same_for_one_row_and_for_many(
        self, months, district, django_assert_max_num_queries, django_assert_num_queries
    ):
        with django_assert_max_num_queries(12) as one:
            workflow.allowed(months[-1:], by=district.reviewer)
        with django_assert_num_queries(len(one)):
            workflow.allowed(months, by=district.reviewer)

    def test_nothing_is_asked_about_no_rows(self, district, django_assert_max_num_queries):
        with django_assert_max_num_queries(1):
            assert workflow.allowed([], by=district.reviewer) == {}


def _granted(step: Step, row: ProgressReport, by) -> bool:
    try:
        steps.check(step, row, by=by, words="理由")
    except (Conflict, Forbidden):
        return False
    return True


def test_a_row_already_read_is_reached_exactly_where_the_database_finds_it(district, root):
    for project in (district.street_project, district.town_project, district.unled_project):
        report(project, 2017, 3, 1, draft=True)
        request_plan(project=project, year=2018, planned_investment=D(5), by=None)
        followed.problem(project, district.town)
    for unit in (district.station, district.town, district.area):
        asked = followed.order(unit)
        OrderExtension.objects.create(order=asked, from_due=asked.due, to_due=followed.day(20), reason="雨季")
    people = [*vars(district).values(), root, UserFactory(is_active=False, is_superuser=True), AnonymousUser()]
    for user in [someone for someone in people if hasattr(someone, "is_authenticated")]:
        for model, action in product(
            (Project, ProgressReport, PlanChange, Problem, SupervisionOrder, OrderExtension), Action
        ):
            reach = model.reach(user, action)
            found = {row.pk for row in model.objects.all() if reach(row)}
            assert found == set(model.objects.reachable(user, action).values_list("pk", flat=True)), (
                user,
                model,
                action,
            )


def test_amounts_stay_exact_through_every_step(filed, head, district):
    signed = workflow.endorse(filed, by=head)
    assert workflow.accept(signed, by=district.reviewer).invested == D(100)


class TestTheDatabaseKeepsPeopleApart:
    """Also from whatever goes round the services."""

    def refused(self, row, **columns):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**columns)

    def test_who_asks_for_a_plan_does_not_decide_it(self, district):
        wanted = request_plan(
            project=district.street_project, year=2017, planned_investment=D(5), by=district.reporter
        ).change
        now = timezone.now()
        self.refused(wanted, status="rejected", decided_by=district.reporter, decided_at=now)

    def test_who_reports_a_problem_settled_does_not_close_it(self, district):
        found, one, now = followed.problem(district.street_project), district.reporter, timezone.now()
        self.refused(found, status="closed", settled_by=one, closed_by=one, closed_at=now)

    def test_who_answers_an_order_does_not_close_it(self, district):
        found, one, now = followed.order(district.street), district.reporter, timezone.now()
        self.refused(found, status="closed", answered_by=one, closed_by=one, closed_at=now)
