"""A supervision order: issued, signed for, answered, checked; extended before it is due, reminded of not too often."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from projects.models import OrderExtension, SupervisionOrder
from projects.services import orders
from tests.factories import user_with
from tests.projects.followed import day, in_the_past, order
from tests.threads import together

Status = SupervisionOrder.Status


@pytest.fixture
def issued(district):
    return order(district.street, project=district.street_project, by=district.reviewer)


@pytest.fixture
def second_reviewer(district):
    return user_with(Role.REVIEWER, district.area, username="second-reviewer")


def verbs(row, user) -> set[str]:
    row.refresh_from_db()
    return set(orders.allowed([row], by=user)[row.pk])


def answered(row, by):
    orders.sign(row, by=by)
    return orders.answer(row, feedback="已完成", by=by)


def test_from_issued_to_closed_each_step_is_dated_attributed_and_audited(district, issued):
    signed = orders.sign(issued, by=district.reporter)
    assert (signed.status, signed.signed_by) == (Status.SIGNED, district.reporter)
    done = orders.answer(issued, feedback="已完成" * 300, by=district.reporter)
    assert (done.status, done.feedback, done.answered_by) == (Status.ANSWERED, "已完成" * 300, district.reporter)
    closed = orders.close(issued, note="属实", by=district.reviewer)
    assert (closed.status, closed.closed_by, closed.check_note) == (Status.CLOSED, district.reviewer, "属实")
    trail = AuditEvent.objects.order_by("sequence").values_list("action", "actor")
    assert list(trail) == [
        ("order.issue", "reviewer"),
        ("order.sign", "reporter"),
        ("order.answer", "reporter"),
        ("order.close", "reviewer"),
    ]


def test_numbers_follow_each_other_within_the_year(district, issued):
    year = timezone.localdate().year
    assert issued.number == f"{year}-001"
    assert order(district.town).number == f"{year}-002"


def test_who_may_do_what(district, issued):
    assert verbs(issued, district.reporter) == {"sign", "extend"}
    assert verbs(issued, district.reviewer) == {"remind", "revoke"}
    assert verbs(issued, district.leader) == set()
    assert verbs(issued, user_with(Role.REPORTER, district.town)) == set()
    # A unit's head answers orders too, though they do not file months.
    assert verbs(issued, user_with(Role.ENDORSER, district.street)) == {"sign", "extend"}
    answered(issued, district.reporter)
    assert verbs(issued, district.reviewer) == {"close", "return", "revoke"}


def test_only_the_bureau_issues_and_only_to_units_in_its_reach(district):
    for other in (district.reporter, district.leader, user_with(Role.REVIEWER, district.town)):
        with pytest.raises(Forbidden):
            order(district.street, by=other)
    with pytest.raises(ValidationError) as refused:
        order(district.street, due=day(-1), by=district.reviewer)
    assert list(refused.value.message_dict) == ["due"]
    assert not SupervisionOrder.objects.exists()


def test_returned_for_redo_with_a_reason_and_answered_again(district, issued):
    answered(issued, district.reporter)
    with pytest.raises(ValidationError):
        orders.send_back(issued, reason="", by=district.reviewer)
    back = orders.send_back(issued, reason="缺照片", by=district.reviewer)
    assert (back.status, back.redone, back.check_note) == (Status.REDO, 1, "缺照片")
    orders.answer(issued, feedback="已补照片", by=district.reporter)
    assert orders.close(issued, by=district.reviewer).status == Status.CLOSED


def test_the_one_who_answered_does_not_check(district, issued):
    both = user_with(Role.REVIEWER, district.area)
    both.memberships.create(unit=district.street, role=Role.REPORTER)
    answered(issued, both)
    for check in (
        lambda: orders.close(issued, by=both),
        lambda: orders.send_back(issued, reason="改", by=both),
    ):
        with pytest.raises(Forbidden) as refused:
            check()
        assert refused.value.code == "own_work"


def test_a_wrong_state_says_which_who_and_when(district, issued):
    orders.revoke(issued, reason="重复下发", by=district.reviewer)
    for attempt in (
        lambda: orders.sign(issued, by=district.reporter),
        lambda: orders.remind(issued, by=district.reviewer),
        lambda: orders.request_extension(issued, to_due=day(30), reason="忙", by=district.reporter),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.facts["state"] == "revoked"
        assert refused.value.facts["by"] == str(district.reviewer)
        assert refused.value.facts["at"]


class TestExtension:
    def test_granted_it_moves_the_date_and_leaves_the_first_one(self, district, issued):
        asked = orders.request_extension(issued, to_due=day(30), reason="材料未到", by=district.reporter)
        assert verbs(issued, district.reviewer) >= {"grant", "refuse"}
        assert "extend" not in verbs(issued, district.reporter)
        orders.grant(asked, by=district.reviewer)
        issued.refresh_from_db()
        assert (issued.due, issued.original_due) == (day(30), day(10))
        assert list(AuditEvent.objects.values_list("action", flat=True)[:2]) == ["order.grant", "order.extend"]

    def test_refused_it_leaves_the_date_and_another_may_be_asked_for(self, district, issued):
        asked = orders.request_extension(issued, to_due=day(30), reason="材料未到", by=district.reporter)
        with pytest.raises(ValidationError):
            orders.refuse(asked, reason=" ", by=district.reviewer)
        orders.refuse(asked, reason="不允许", by=district.reviewer)
        issued.refresh_from_db()
        assert issued.due == day(10)
        orders.request_extension(issued, to_due=day(20), reason="材料仍未到", by=district.reporter)
        with pytest.raises(Conflict):
            orders.grant(asked, by=district.reviewer)

    def test_one_at_a_time_and_to_a_later_day(self, district, issued):
        with pytest.raises(ValidationError) as refused:
            orders.request_extension(issued, to_due=day(10), reason="材料未到", by=district.reporter)
        assert list(refused.value.message_dict) == ["to_due"]
        orders.request_extension(issued, to_due=day(30), reason="材料未到", by=district.reporter)
        with pytest.raises(Conflict) as waiting:
            orders.request_extension(issued, to_due=day(40), reason="材料未到", by=district.reporter)
        assert waiting.value.code == "extension_pending"
        assert str(district.reporter) in waiting.value.message

    @pytest.mark.parametrize(("late", "possible"), [(0, True), (1, False)])
    def test_on_the_due_date_at_the_latest(self, district, issued, late, possible):
        in_the_past(issued, due=day(-late))
        assert ("extend" in verbs(issued, district.reporter)) == possible
        if possible:
            orders.request_extension(issued, to_due=day(5), reason="材料未到", by=district.reporter)
            return
        with pytest.raises(Conflict) as refused:
            orders.request_extension(issued, to_due=day(5), reason="材料未到", by=district.reporter)
        assert refused.value.code == "extension_too_late"

    def test_what_waits_when_the_order_ends_is_not_decided_any_more(self, district, issued):
        asked = orders.request_extension(issued, to_due=day(30), reason="材料未到", by=district.reporter)
        orders.revoke(issued, reason="重复下发", by=district.reviewer)
        asked.refresh_from_db()
        assert (asked.status, asked.decided_by) == (OrderExtension.Status.REFUSED, district.reviewer)
        with pytest.raises(Conflict):
            orders.grant(asked, by=district.reviewer)


class TestReminder:
    def test_the_next_one_waits_and_the_refusal_says_until_when(self, district, issued, settings):
        settings.REMINDER_HOURS = 5
        reminded = orders.remind(issued, by=district.reviewer)
        assert reminded.reminders == 1
        assert "remind" not in verbs(issued, district.reviewer)
        with pytest.raises(Conflict) as refused:
            orders.remind(issued, by=district.reviewer)
        assert refused.value.code == "reminded_lately"
        assert refused.value.facts["next_at"] == (reminded.reminded_at + timedelta(hours=5)).isoformat()
        in_the_past(issued, reminded_at=timezone.now() - timedelta(hours=5))
        assert orders.remind(issued, by=district.reviewer).reminders == 2

    def test_nobody_is_reminded_of_what_they_have_answered(self, district, issued):
        answered(issued, district.reporter)
        with pytest.raises(Conflict):
            orders.remind(issued, by=district.reviewer)


def test_whose_turn_it_is(district, issued, second_reviewer):
    def waits_for() -> set[str]:
        people = {"unit": district.reporter, "bureau": district.reviewer, "leader": district.leader}
        return {name for name, user in people.items() if SupervisionOrder.objects.waiting_for(user).exists()}

    assert waits_for() == {"unit"}
    orders.request_extension(issued, to_due=day(30), reason="材料未到", by=district.reporter)
    assert waits_for() == {"unit", "bureau"}
    answered(issued, district.reporter)
    assert waits_for() == {"bureau"}
    orders.close(issued, by=second_reviewer)
    assert waits_for() == set()


def test_overdue_until_it_ends(district, issued):
    in_the_past(issued, due=day(-1))
    assert issued.overdue
    assert SupervisionOrder.objects.overdue().get() == issued
    orders.revoke(issued, reason="重复下发", by=district.reviewer)
    assert not SupervisionOrder.objects.overdue().exists()


def told(*calls) -> list:
    """What each call gave, or the code it was refused with."""
    return [found.code if isinstance(found, Conflict) else found for found in together(*calls)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_two_orders_get_two_numbers(self, district):
        """However many: nobody is told of a duplicate that is no mistake of theirs."""
        numbers = told(*[lambda: order(district.street, by=district.reviewer).number] * 12)
        assert len({str(number) for number in numbers}) == SupervisionOrder.objects.count() == 12

    def test_one_signs_and_the_other_learns_who(self, district):
        row = order(district.street)
        people = [district.reporter, user_with(Role.ENDORSER, district.street)]
        assert sorted(told(*(lambda by=by: orders.sign(row, by=by).status for by in people))) == [
            "signed",
            "wrong_state",
        ]

    def test_one_reminder_goes_out(self, district):
        row = order(district.street)
        reminders = told(*[lambda: orders.remind(row, by=district.reviewer).reminders] * 2)
        assert sorted(map(str, reminders)) == ["1", "reminded_lately"]
        row.refresh_from_db()
        assert row.reminders == 1

    def test_one_decides_an_extension(self, district, second_reviewer):
        row = order(district.street)
        asked = orders.request_extension(row, to_due=day(30), reason="材料未到", by=district.reporter)
        decided = told(
            lambda: orders.grant(asked, by=district.reviewer).status,
            lambda: orders.refuse(asked, reason="不允许", by=second_reviewer).status,
        )
        assert "wrong_state" in decided
        row.refresh_from_db()
        assert row.due == (day(30) if "granted" in decided else day(10))

    def test_one_extension_waits(self, district):
        row = order(district.street)
        ask = lambda: orders.request_extension(row, to_due=day(30), reason="材料未到", by=district.reporter).status  # noqa: E731
        assert sorted(told(ask, ask)) == ["extension_pending", "pending"]
