from decimal import Decimal as D

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from erqi.core.models import AuditEvent
from projects.models import AnnualPlan
from projects.services.plans import linear_schedule, schedule_of, set_plan


@given(st.decimals(0, 10**11, places=4))
def test_a_linear_year_ends_at_the_plan_and_never_falls(planned):
    schedule = linear_schedule(planned)
    assert len(schedule) == 12
    assert schedule[-1] == planned
    assert schedule == sorted(schedule)


def test_half_the_year_expects_half_the_plan():
    assert linear_schedule(D(1200))[5] == 600


def test_the_first_plan_is_version_1_and_linear_unless_months_are_given(planned):
    plan = AnnualPlan.objects.current().get(project=planned, year=2017)
    assert (plan.version, plan.linear, plan.planned_investment) == (1, True, 1200)
    assert schedule_of(plan)[:2] == [100, 200]


def test_a_project_can_have_its_own_monthly_curve(project, clerk):
    months = [D(0), D(0), *[D(100)] * 10]
    plan = set_plan(project=project, year=2017, planned_investment=D(1000), schedule=months, by=clerk).plan
    assert schedule_of(plan) == [0, 0, *range(100, 1001, 100)]


@pytest.mark.parametrize(
    ("months", "wrong"),
    [([D(100)] * 11, "12 个月"), ([D(100)] * 11 + [D(99)], "相差 1 万元"), ([D(-100)] + [D(100)] * 11, "负数")],
)
def test_months_that_do_not_make_the_plan_are_refused_with_the_difference(project, clerk, months, wrong):
    with pytest.raises(ValidationError, match=wrong) as refused:
        set_plan(project=project, year=2017, planned_investment=D(1200), schedule=months, by=clerk)
    assert "schedule" in refused.value.message_dict
    assert not AnnualPlan.objects.exists()


def test_the_same_plan_again_changes_nothing(planned, clerk):
    assert not set_plan(project=planned, year=2017, planned_investment=D(1200), by=clerk).changed
    assert AnnualPlan.objects.count() == 1


def test_a_changed_plan_needs_a_reason(planned, clerk):
    with pytest.raises(ValidationError, match="理由") as refused:
        set_plan(project=planned, year=2017, planned_investment=D(1000), by=clerk)
    assert "reason" in refused.value.message_dict


def test_a_changed_plan_is_a_new_version_and_the_original_stays(planned, clerk):
    before = timezone.now()
    set_plan(project=planned, year=2017, planned_investment=D(1000), by=clerk, reason="区政府会议纪要〔2017〕3号")
    plans = AnnualPlan.objects.filter(project=planned, year=2017)
    assert list(plans.order_by("version").values_list("version", "planned_investment")) == [(1, 1200), (2, 1000)]
    assert plans.current().get().version == 2
    assert plans.as_of(before).get().version == 1


def test_at_every_moment_exactly_one_version_is_in_force(planned, clerk):
    set_plan(project=planned, year=2017, planned_investment=D(1000), by=clerk, reason="调整")
    for plan in AnnualPlan.objects.all():
        assert AnnualPlan.objects.as_of(plan.recorded_at).count() == 1


def test_a_change_is_audited_with_both_amounts_and_the_reason(planned, clerk):
    set_plan(project=planned, year=2017, planned_investment=D(1000), by=clerk, reason="调整")
    event = AuditEvent.objects.get(sequence=2)
    assert (event.actor, event.action, event.reason) == ("clerk", "plan.set", "调整")
    assert '"1200"' in event.before.replace(".0000", "")
    assert '"1000"' in event.after


@pytest.mark.parametrize(
    "wrong",
    [
        {"planned_investment": D(-1)},
        {"planned_investment": D(1), "opening_cumulative": D(-1)},
        {"planned_investment": D(1), "year": 1999},
        {"planned_investment": D(1), "version": 2},
    ],
)
def test_the_database_refuses_negative_amounts_odd_years_and_unexplained_versions(project, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnualPlan.objects.create(**{"project": project, "year": 2017, **wrong})


def test_the_database_refuses_a_second_current_plan(planned):
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnualPlan.objects.create(project=planned, year=2017, version=2, reason="x", planned_investment=1)
