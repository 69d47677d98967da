"""How much of a month is in, by count and by money."""

from datetime import date
from decimal import Decimal as D

import pytest

from projects.models import Project, ReportingPeriod
from projects.reports import overview, timeliness
from projects.reports.coverage import coverage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def four(area, category):
    """Of 1,000 with a plan of 100 and of 900; one that is suspended and one without a plan owe nothing."""
    rows = [
        factories.ProjectFactory(code=code, area=area, lead_unit=None, category=category, stage=stage)
        for code, stage in (("A", ""), ("B", ""), ("C", "suspended"), ("D", ""))
    ]
    for row, amount in zip(rows, (100, 900, 500), strict=False):
        factories.plan(row, 2017, amount)
    factories.report(rows[1], 2017, 3, 10)
    factories.report(rows[0], 2017, 2, 10)
    factories.report(rows[3], 2017, 3, 10)
    return rows


def test_half_of_the_projects_may_be_most_of_the_money(four):
    found = coverage(year=2017, month=3)
    assert (found.due, found.accepted, found.plan_due, found.plan_accepted) == (2, 1, 1000, 900)
    assert (found.count_rate, found.money_rate) == (D("0.5"), D("0.9"))


def test_where_nobody_owes_anything_nothing_is_covered_and_nothing_is_missing(four):
    found = coverage(year=2017, month=3, projects=Project.objects.filter(code="D"))
    assert (found.due, found.count_rate, found.money_rate) == (0, None, None)


@pytest.mark.parametrize("with_period", [False, True])
def test_it_agrees_with_the_overview_and_with_timeliness_once_the_deadline_has_passed(four, with_period):
    found = coverage(year=2017, month=3)
    total = overview(year=2017, month=3).total
    assert (found.due, found.accepted) == (total.due, total.in_)
    if with_period:
        ReportingPeriod.objects.create(year=2017, month=3, opens=date(2017, 3, 15), due=date(2017, 3, 25))
        filed = timeliness(year=2017, month=3).total
        assert (found.count_rate, found.money_rate) == (filed.accepted_rate, filed.money_rate)


def test_it_takes_one_statement(four, django_assert_num_queries):
    with django_assert_num_queries(1):
        coverage(year=2017, month=3)
