"""What is due next."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from projects.models import PlanChange, Project, ReportingPeriod, SupervisionOrder
from projects.reports.upcoming import Upcoming, upcoming
from tests import factories
from tests.projects import followed

pytestmark = pytest.mark.django_db

TODAY = date(2017, 6, 10)


def seen_on(today: date = TODAY, **options) -> Upcoming:
    projects = options.get("projects", Project.objects.all())
    return upcoming(projects=projects, orders=SupervisionOrder.objects.all(), today=today)


def period(month: int) -> ReportingPeriod:
    return ReportingPeriod.objects.create(
        year=2017, month=month, opens=date(2017, month, 15), due=date(2017, month, 25), locks=None
    )


class TestDeadlines:
    def test_the_next_to_come_with_who_has_not_filed(self, planned):
        for month in (5, 6, 7):
            period(month)
        factories.report(planned, 2017, 5, 10)
        [deadline] = seen_on().deadlines
        assert (deadline.period.month, deadline.days, deadline.late, deadline.unfiled) == (6, 15, 0, 1)

    def test_one_that_has_passed_is_told_while_somebody_has_not_filed(self, planned):
        for month in (4, 5):
            period(month)
        [deadline] = seen_on().deadlines
        assert (deadline.period.month, deadline.days, deadline.late, deadline.unfiled) == (5, -16, 16, 1)

    def test_on_its_last_day_it_is_still_to_come(self, planned):
        period(6)
        assert seen_on(date(2017, 6, 25)).deadlines[0].days == 0


class TestMilestones:
    @pytest.fixture
    def due(self, planned):
        def make(name, days, **columns):
            row = followed.milestone(planned, name)
            return followed.in_the_past(row, due=TODAY + timedelta(days=days), **columns)

        return make

    def test_within_thirty_days_the_first_of_them_first(self, due):
        for name, days in (("尽", 30), ("过", 31), ("今", 0), ("迟", -1)):
            due(name, days)
        found = seen_on()
        assert [(item.row.name, item.days) for item in found.milestones] == [("今", 0), ("尽", 30)]
        assert (found.milestones_due, found.milestones_overdue) == (2, 1)

    def test_what_is_met_or_switched_off_is_not(self, due):
        due("成", 3, met_on=TODAY)
        due("停", 3, active=False)
        assert not seen_on()

    def test_all_are_counted_and_a_few_are_listed(self, due):
        for days in range(8):
            due(f"第{days}", days)
        found = seen_on()
        assert (len(found.milestones), found.milestones_due) == (5, 8)


class TestOrders:
    def test_overdue_ones_come_first_and_closed_ones_not_at_all(self, bureau):
        rows = {
            days: followed.in_the_past(followed.order(bureau), due=TODAY + timedelta(days=days))
            for days in (31, 30, -5, 2)
        }
        followed.in_the_past(rows[2], status="revoked", closed_at=timezone.now())
        found = seen_on()
        assert [item.days for item in found.orders] == [-5, 30]
        assert (found.orders_due, found.orders_overdue) == (1, 1)


def test_plan_changes_that_wait(planned):
    first, second = (datetime(2017, 6, day, tzinfo=UTC) for day in (1, 3))
    about = {"project": planned, "year": 2017, "planned_investment": 1, "reason": "调整"}
    PlanChange.objects.create(**about, status="rejected", requested_at=first, decided_at=second)
    PlanChange.objects.create(**about, status="pending", requested_at=second)
    found = seen_on()
    assert (found.changes, found.oldest_change) == (1, date(2017, 6, 3))


def test_only_of_the_projects_asked_for(planned):
    period(6)
    followed.in_the_past(followed.milestone(planned), due=TODAY)
    found = seen_on(projects=Project.objects.exclude(pk=planned.pk))
    assert (found.milestones_due, [deadline.unfiled for deadline in found.deadlines]) == (0, [0])


def test_nothing_at_all_is_false(planned):
    assert not seen_on()


def test_statements_are_bounded(planned, bureau, django_assert_max_num_queries):
    for days in range(8):
        followed.in_the_past(followed.milestone(planned, f"第{days}"), due=TODAY)
        followed.in_the_past(followed.order(bureau, project=planned), due=TODAY)
    period(5)
    period(6)
    with django_assert_max_num_queries(11):
        found = seen_on()
        assert all(item.row.project.lead_unit.name for item in found.milestones)
        assert all(item.row.unit.name for item in found.orders)
