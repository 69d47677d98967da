"""A milestone's dates: promised once, moved with a reason only, met on a day that has been."""

import pytest
from django.core.exceptions import ValidationError

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from projects.models import Milestone, MilestoneMove
from projects.services import milestones
from tests.factories import user_with
from tests.projects.followed import day, in_the_past, milestone


@pytest.fixture
def start(district):
    return milestone(district.street_project, due=day(30), by=district.reporter)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))


def test_the_date_given_at_first_is_the_original_for_ever(district, start):
    milestones.move_milestone(start, to=day(60), reason="雨季停工", by=district.reporter)
    milestones.move_milestone(start, to=day(45), reason="提前复工", by=district.reporter)
    start.refresh_from_db()
    assert (start.original_due, start.due, start.slipped_days) == (day(30), day(45), 15)
    moves = MilestoneMove.objects.order_by("pk").values_list("from_due", "to_due", "reason", "by__username")
    assert list(moves) == [
        (day(30), day(60), "雨季停工", "reporter"),
        (day(60), day(45), "提前复工", "reporter"),
    ]
    assert actions() == ["milestone.add", "milestone.move", "milestone.move"]
    assert AuditEvent.objects.first().reason == "提前复工"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_date_never_moves_without_a_reason(district, start, reason):
    with pytest.raises(ValidationError) as refused:
        milestones.move_milestone(start, to=day(60), reason=reason, by=district.reporter)
    assert list(refused.value.message_dict) == ["reason"]
    assert not MilestoneMove.objects.exists()
    with pytest.raises(TypeError):
        milestones.edit_milestone(start, by=district.reporter, due=day(60))


def test_a_move_to_the_same_day_or_to_a_slip_of_the_pen_is_refused(district, start):
    for wrong in (day(30), day().replace(year=217)):
        with pytest.raises(ValidationError) as refused:
            milestones.move_milestone(start, to=wrong, reason="改", by=district.reporter)
        assert list(refused.value.message_dict) == ["due"]


def test_met_on_a_day_that_has_been(district, start):
    with pytest.raises(ValidationError, match="还没有到"):
        milestones.meet(start, on=day(1), by=district.reporter)
    assert milestones.meet(start, on=day(), by=district.reporter).met_on == day()


def test_what_is_met_is_told_with_who_and_when_and_undone_with_a_reason(district, start):
    milestones.meet(start, on=day(-1), by=district.reporter)
    with pytest.raises(Conflict) as refused:
        milestones.move_milestone(start, to=day(60), reason="改", by=district.reviewer)
    assert day(-1).isoformat() in refused.value.message
    with pytest.raises(ValidationError):
        milestones.unmeet(start, reason=" ", by=district.reporter)
    assert milestones.unmeet(start, reason="登记有误", by=district.reporter).met_on is None
    with pytest.raises(Conflict):
        milestones.unmeet(start, reason="再次", by=district.reporter)


def test_switched_off_instead_of_deleted(district, start):
    with pytest.raises(ValidationError):
        milestones.switch(start, active=False, by=district.reporter)
    milestones.switch(start, active=False, reason="并入竣工", by=district.reporter)
    assert not Milestone.objects.visible_to(district.reporter).exists()
    with pytest.raises(Conflict):
        milestones.meet(start, on=day(), by=district.reporter)
    with pytest.raises(ValidationError, match="已停用"):
        milestone(district.street_project, name=start.name)
    milestones.switch(start, active=True, by=district.reporter)
    assert Milestone.objects.visible_to(district.reporter).get() == start


def test_a_name_is_used_once_in_a_project(district, start):
    with pytest.raises(ValidationError) as refused:
        milestone(district.street_project, name=f" {start.name} ")
    assert list(refused.value.message_dict) == ["name"]
    milestone(district.town_project, name=start.name)


def test_only_those_who_may_change_the_project_edit_it(district, start):
    others = [district.leader, user_with(Role.ENDORSER, district.street), user_with(Role.REPORTER, district.town)]
    for other in others:
        for attempt in (
            lambda by: milestone(district.street_project, name="竣工", by=by),
            lambda by: milestones.edit_milestone(start, critical=True, by=by),
            lambda by: milestones.move_milestone(start, to=day(60), reason="改", by=by),
            lambda by: milestones.meet(start, on=day(), by=by),
            lambda by: milestones.switch(start, active=False, reason="改", by=by),
        ):
            with pytest.raises(Forbidden):
                attempt(other)
        assert milestones.allowed([start], by=other) == {start.pk: []}
    assert milestones.edit_milestone(start, critical=True, by=district.reviewer).critical


def test_the_verbs_follow_the_row(district, start):
    def verbs():
        start.refresh_from_db()
        return milestones.allowed([start], by=district.reporter)[start.pk]

    assert verbs() == ["edit", "move", "meet", "disable"]
    milestones.meet(start, on=day(), by=district.reporter)
    assert verbs() == ["edit", "unmeet", "disable"]
    milestones.switch(start, active=False, reason="改", by=district.reporter)
    assert verbs() == ["edit", "enable"]
    with pytest.raises(Conflict):
        milestones.unmeet(start, reason="有误", by=district.reporter)


def test_overdue_is_what_is_not_met_when_its_day_has_passed(district, start):
    in_the_past(start, due=day(-1))
    assert Milestone.objects.overdue().get() == start
    assert start.overdue
    milestones.meet(start, on=day(), by=district.reporter)
    assert not Milestone.objects.overdue().exists()
