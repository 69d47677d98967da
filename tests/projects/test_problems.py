"""A problem's way from 新增 to 销号, who may take which step, and what a refusal says."""

from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from erqi.accounts.roles import Role
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from projects.models import Problem
from projects.services import problems
from tests.factories import user_with
from tests.projects.followed import day, in_the_past, problem

Status, Level = Problem.Status, Problem.Level


@pytest.fixture
def land(district):
    """The street project's, which the town has to settle."""
    return problem(district.street_project, district.town, by=district.reporter)


@pytest.fixture
def town_clerk(district):
    return user_with(Role.REPORTER, district.town, username="town-clerk")


def verbs(row, user) -> set[str]:
    row.refresh_from_db()
    return set(problems.allowed([row], by=user)[row.pk])


def test_from_raised_to_closed_each_step_is_dated_attributed_and_audited(district, land, town_clerk):
    noted = problems.note_progress(land, note="已签一户", by=town_clerk)
    assert (noted.status, noted.status_by) == (Status.PROGRESSING, town_clerk)
    settled = problems.settle(land, resolution="三户均已签约", by=town_clerk)
    assert (settled.status, settled.settled_by, settled.resolution) == (Status.SETTLED, town_clerk, "三户均已签约")
    closed = problems.close(land, by=district.reviewer)
    assert (closed.status, closed.closed_by) == (Status.CLOSED, district.reviewer)
    assert closed.closed_at
    trail = AuditEvent.objects.order_by("sequence").values_list("action", "actor", "reason")
    assert list(trail) == [
        ("problem.raise", "reporter", ""),
        ("problem.note", "town-clerk", "已签一户"),
        ("problem.settle", "town-clerk", "三户均已签约"),
        ("problem.close", "reviewer", ""),
    ]


def test_who_may_do_what(district, land, town_clerk):
    unit = {"note", "settle", "escalate", "edit"}
    bureau = {"assign", "reschedule"}
    assert verbs(land, district.reporter) == verbs(land, town_clerk) == unit
    assert verbs(land, district.reviewer) == unit | bureau
    assert verbs(land, district.leader) == set()
    problems.settle(land, resolution="好了", by=town_clerk)
    assert verbs(land, town_clerk) == set()
    assert verbs(land, district.reviewer) == {"close", "return", "reschedule"}
    problems.close(land, by=district.reviewer)
    assert verbs(land, district.reviewer) == {"reopen"}


def test_nobody_closes_what_they_have_settled(district, land):
    problems.settle(land, resolution="好了", by=district.reviewer)
    with pytest.raises(Forbidden) as refused:
        problems.close(land, by=district.reviewer)
    assert refused.value.code == "own_work"
    assert "close" not in verbs(land, district.reviewer)
    problems.close(land, by=user_with(Role.REVIEWER, district.area))


@pytest.mark.parametrize(
    ("step", "name"),
    [
        (lambda row, by: problems.note_progress(row, note=" ", by=by), "note"),
        (lambda row, by: problems.settle(row, resolution="", by=by), "resolution"),
        (lambda row, by: problems.escalate(row, level=Level.BUREAU, reason="", by=by), "reason"),
        (lambda row, by: problems.reschedule(row, deadline=day(20), reason="", by=by), "reason"),
    ],
)
def test_words_that_a_step_asks_for_are_named_when_missing(district, land, step, name):
    with pytest.raises(ValidationError) as refused:
        step(land, district.reviewer)
    assert list(refused.value.message_dict) == [name]


def test_a_wrong_state_says_which_who_and_when(district, land, town_clerk):
    problems.settle(land, resolution="好了", by=town_clerk)
    with pytest.raises(Conflict) as refused:
        problems.settle(land, resolution="又好了", by=district.reporter)
    assert refused.value.facts["state"] == "settled"
    assert refused.value.facts["by"] == str(town_clerk)
    assert refused.value.facts["at"]
    assert "已解决待核" in refused.value.message


def test_sent_back_and_reopened_it_is_at_work_again_and_the_trail_keeps_what_was_said(district, land, town_clerk):
    problems.settle(land, resolution="好了", by=town_clerk)
    back = problems.send_back(land, reason="还有一户", by=district.reviewer)
    assert (back.status, back.resolution, back.settled_by) == (Status.PROGRESSING, "", None)
    problems.settle(land, resolution="这次好了", by=town_clerk)
    problems.close(land, by=district.reviewer)
    again = problems.reopen(land, reason="反悔", by=district.reviewer)
    assert (again.status, again.closed_at, again.closed_by) == (Status.PROGRESSING, None, None)
    assert '"这次好了"' in AuditEvent.objects.first().before


def test_escalation_goes_up_only_and_a_unit_reaches_the_bureau_at_most(district, land, town_clerk):
    with pytest.raises(Forbidden) as refused:
        problems.escalate(land, level=Level.MEETING, reason="协调不动", by=town_clerk)
    assert refused.value.code == "level_too_high"
    problems.escalate(land, level=Level.BUREAU, reason="协调不动", by=town_clerk)
    assert "escalate" not in verbs(land, town_clerk)
    with pytest.raises(ValidationError) as wrong:
        problems.escalate(land, level=Level.UNIT, reason="退回", by=district.reviewer)
    assert list(wrong.value.message_dict) == ["level"]
    problems.escalate(land, level=Level.LEADERS, reason="需区领导协调", by=district.reviewer)
    assert "escalate" not in verbs(land, district.reviewer)
    with pytest.raises(Conflict):
        problems.escalate(land, level=Level.LEADERS, reason="再提", by=district.reviewer)


def test_the_bureau_moves_a_deadline_with_a_reason_and_never_into_the_past(district, land, town_clerk):
    with pytest.raises(Forbidden):
        problems.reschedule(land, deadline=day(20), reason="来不及", by=town_clerk)
    with pytest.raises(ValidationError):
        problems.reschedule(land, deadline=day(-1), reason="来不及", by=district.reviewer)
    assert problems.reschedule(land, deadline=day(20), reason="来不及", by=district.reviewer).deadline == day(20)


def test_another_unit_answers_for_it_and_the_first_one_sees_it_no_more(district, town_clerk):
    row = problem(district.street_project, district.town)
    assert Problem.objects.visible_to(town_clerk).get() == row
    problems.assign(row, responsible_unit=district.street, reason="属地变更", by=district.reviewer)
    assert not Problem.objects.visible_to(town_clerk).exists()
    assert Problem.objects.visible_to(district.reporter).get() == row


def test_who_may_raise_one(district, town_clerk):
    for other in (town_clerk, district.leader, district.honours):
        with pytest.raises(Forbidden):
            problem(district.street_project, by=other)
    problem(district.street_project, by=district.reviewer)
    district.town.active = False
    district.town.save()
    with pytest.raises(ValidationError, match="已停用"):
        problem(district.street_project, district.town, by=district.reviewer)
    with pytest.raises(ValidationError) as refused:
        problem(district.street_project, deadline=day(-1), by=district.reporter)
    assert list(refused.value.message_dict) == ["deadline"]


def test_whose_turn_it_is(district, land, town_clerk):
    def waits_for() -> set[str]:
        people = {"unit": town_clerk, "bureau": district.reviewer, "leader": district.leader}
        return {name for name, user in people.items() if Problem.objects.waiting_for(user).exists()}

    assert waits_for() == {"unit"}
    problems.escalate(land, level=Level.BUREAU, reason="协调不动", by=town_clerk)
    assert waits_for() == {"unit", "bureau"}
    problems.settle(land, resolution="好了", by=town_clerk)
    assert waits_for() == {"bureau"}
    problems.close(land, by=district.reviewer)
    assert waits_for() == set()


def test_overdue_until_it_is_closed(district, land, town_clerk):
    in_the_past(land, deadline=day(-1))
    assert land.overdue
    assert Problem.objects.overdue().get() == land
    problems.settle(land, resolution="好了", by=town_clerk)
    assert Problem.objects.overdue().exists()
    problems.close(land, by=district.reviewer)
    assert not Problem.objects.overdue().exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_it_at_once_the_second_learns_of_the_first(district, land):
    problems.settle(land, resolution="好了", by=None)
    together, told = Barrier(2), []

    def close(by):
        together.wait()
        try:
            problems.close(land, by=by)
            told.append("closed")
        except Conflict as refused:
            told.append(refused.facts["state"])
        finally:
            connection.close()

    people = [user_with(Role.REVIEWER, district.area) for _ in range(2)]
    threads = [Thread(target=close, args=[by]) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["closed", "closed"]
    assert AuditEvent.objects.filter(action="problem.close").count() == 1
