"""What became of the year's targets: counted by hand beside what the report says."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects import reports
from projects.models import AnnualPlan, ProgressReport, Project, Target
from projects.models.choices import Commitment, Qualifier
from projects.reports import State
from projects.reports.targets import judged_on
from tests import factories

D = Decimal
BY_HAND = {"actual_on": date(2017, 6, 30), "actual_source": "住建局报表"}


def standing(month=12, **query):
    [found] = reports.standings(year=2017, month=month, **query)
    return found


def invested(**attributes):
    return factories.TargetFactory(**{"measure": "invested", "unit_of_measure": "亿元", **attributes})


class TestCountedInTheRegister:
    def test_investment_is_the_done_of_the_overview_in_the_printed_unit(self, district):
        factories.plan(district.street_project, 2017, "20000")
        factories.report(district.street_project, 2017, 2, "12000")
        factories.report(district.street_project, 2017, 5, "5000")
        factories.report(district.town_project, 2017, 2, "700")  # It has no plan.
        invested(value=2)
        assert standing(month=3).actual == D("1.2")
        assert standing(month=3).actual == reports.overview(year=2017, month=3).total.done / 10_000
        assert standing(month=12).actual == D("1.7")
        assert (standing(month=12).share, standing(month=12).gap) == (D("0.85"), D("-0.3"))

    def test_without_an_accepted_month_nothing_is_known(self, district):
        factories.plan(district.street_project, 2017, "20000")
        factories.report(district.street_project, 2017, 2, "100", draft=True)
        invested()
        assert (standing().actual, standing().state, standing().actual_on) == (None, State.UNKNOWN, None)

    def test_an_accepted_month_of_nothing_is_known(self, district):
        factories.plan(district.street_project, 2017, "20000")
        factories.report(district.street_project, 2017, 2, "0")
        invested()
        assert standing().actual == 0

    def test_a_unit_of_measure_that_is_no_money_is_not_guessed_at(self, district):
        factories.plan(district.street_project, 2017, "20000")
        factories.report(district.street_project, 2017, 2, "10")
        invested(unit_of_measure="万平方米")
        assert standing().actual is None

    def test_as_of_reaches_progress(self, district):
        factories.plan(district.street_project, 2017, "20000")
        factories.report(district.street_project, 2017, 1, "10000")
        early, late = datetime(2017, 2, 10, tzinfo=UTC), datetime(2017, 4, 10, tzinfo=UTC)
        AnnualPlan.objects.update(recorded_at=early)
        ProgressReport.objects.update(accepted_at=late, recorded_at=late)
        invested()
        assert standing(as_of=datetime(2017, 3, 1, tzinfo=UTC)).actual is None
        assert standing(as_of=datetime(2017, 5, 1, tzinfo=UTC)).actual == 1

    def test_starts_and_finishes_of_these_months(self, district):
        days = [date(2016, 12, 31), date(2017, 1, 1), date(2017, 3, 31), date(2017, 4, 1)]
        for day in days:
            factories.ProjectFactory(actual_start=day, actual_finish=day)
        factories.TargetFactory(measure="projects_started")
        assert [standing(month=month).actual for month in (1, 3, 4)] == [1, 2, 3]
        Target.objects.update(measure="projects_completed")
        assert standing(month=3).actual == 2
        assert standing(month=3).actual_on == date(2017, 3, 31)

    def test_starts_nobody_recorded_are_unknown_and_known_stages_count(self, district):
        factories.TargetFactory(measure="projects_started")
        assert standing().actual is None
        Project.objects.filter(pk=district.street_project.pk).update(stage=Project.Stage.PRELIMINARY)
        assert standing().actual == 0

    def test_who_sees_a_part_is_told_nothing_of_the_whole(self, district):
        factories.plan(district.street_project, 2017, "20000")
        factories.report(district.street_project, 2017, 2, "10")
        invested()
        assert standing(counted=False).actual is None

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rows=st.lists(
            st.tuples(
                st.integers(0, 1),
                st.integers(0, 2),
                st.booleans(),
                st.dictionaries(st.integers(1, 12), st.decimals(0, 10**6, places=4), max_size=3),
                st.none() | st.dates(date(2016, 6, 1), date(2018, 6, 1)),
            ),
            max_size=6,
        ),
        month=st.integers(1, 12),
    )
    def test_equals_a_plain_recount_of_the_rows(self, db, rows, month):
        for model in (ProgressReport, AnnualPlan, Project, Target):
            model.objects.all().delete()
        categories = factories.CategoryFactory.create_batch(2)
        outer = [factories.ProgrammeFactory(category=category) for category in categories]
        inner = [factories.ProgrammeFactory(category=p.category, parent=p) for p in outer]
        for category, programme, planned, months, started in rows:
            project = factories.ProjectFactory(
                category=categories[category],
                programme=[None, outer[category], inner[category]][programme],
                actual_start=started,
            )
            if planned:
                factories.plan(project, 2017, 5)
            for number, amount in months.items():
                factories.report(project, 2017, number, amount)
        scopes = [(None, None), *((c, None) for c in (0, 1)), *((c, {1, 2}) for c in (0, 1)), (1, {2})]
        for category, within in scopes:
            shared = {
                "category": None if category is None else categories[category],
                "programme": within and (outer if within == {1, 2} else inner)[category],
            }
            invested(unit_of_measure="万元", **shared)
            factories.TargetFactory(measure="projects_started", **shared)
        found = iter(sorted(reports.standings(year=2017, month=month), key=lambda s: s.target.pk))
        ends = date(2017, 12, 31) if month == 12 else date(2017, month + 1, 1).replace(day=1)
        for category, within in scopes:
            own = [r for r in rows if category in {None, r[0]} and (within is None or r[1] in within)]
            amounts = [a for r in own if r[2] for m, a in r[3].items() if m <= month]
            starts = [r[4] for r in own if r[4]]
            inside = [d for d in starts if d.year == 2017 and (d <= ends if month == 12 else d < ends)]
            assert next(found).actual == (sum(amounts) if amounts else None)
            assert next(found).actual == (len(inside) if starts else None)


class TestStates:
    @pytest.mark.parametrize(
        ("value", "qualifier", "actual", "met"),
        [
            (60, Qualifier.EXACT, 60, True),
            (60, Qualifier.EXACT, D("59.99"), False),
            (60, Qualifier.AT_LEAST, 60, True),
            (60, Qualifier.REACHED, 60, True),
            (60, Qualifier.MORE_THAN, 60, False),
            (60, Qualifier.MORE_THAN, D("60.1"), True),
            (None, Qualifier.EXACT, 60, None),
        ],
    )
    def test_what_keeps_a_promise(self, value, qualifier, actual, met):
        assert Target(value=value, qualifier=qualifier).met_by(D(actual)) is met

    def test_for_a_limit_less_is_better(self):
        limit = Target(value=D(300), at_most=True)
        assert [limit.met_by(D(n)) for n in (280, 300, 301)] == [True, True, False]

    @pytest.mark.parametrize(
        ("month", "deadline", "actual", "state"),
        [
            (8, date(2017, 9, 30), 4, State.RUNNING),
            (9, date(2017, 9, 30), 4, State.OVERDUE),
            (9, date(2017, 9, 30), 10, State.MET),
            (9, date(2017, 10, 1), 4, State.RUNNING),
            (11, None, 4, State.RUNNING),
            (12, None, 4, State.OVERDUE),
        ],
    )
    def test_a_past_year_is_judged_at_the_end_of_the_month(self, db, month, deadline, actual, state):
        factories.TargetFactory(deadline=deadline, actual=actual, **BY_HAND)
        assert standing(month=month).state == state

    def test_nothing_is_overdue_without_an_actual(self, db):
        factories.TargetFactory(deadline=date(2017, 1, 1))
        assert standing().state == State.UNKNOWN

    def test_what_the_source_calls_done_is_done(self, db):
        factories.TargetFactory(commitment=Commitment.DONE)
        assert standing().state == State.MET

    def test_the_present_year_is_judged_today(self):
        today = date(2026, 11, 22)
        assert judged_on(2026, 9, today) == today
        assert judged_on(2027, 1, today) == today
        assert judged_on(2025, 12, today) == today
        assert judged_on(2025, 9, today) == date(2025, 10, 1)

    def test_a_day_to_come_is_not_known_yet(self, db):
        factories.TargetFactory(actual=D(4), **BY_HAND)
        assert standing(month=5).actual is None
        assert (standing(month=6).actual, standing(month=6).actual_on) == (4, date(2017, 6, 30))
        assert standing(as_of=datetime(2017, 6, 1, tzinfo=UTC)).actual is None

    def test_days_are_counted_to_the_deadline_that_is_named(self, db):
        factories.TargetFactory(deadline=date(2017, 9, 20))
        assert (standing(month=8).days_left, standing(month=8).days_over) == (19, 0)
        assert standing(month=9).days_over == 11
        Target.objects.update(deadline=None)
        assert standing(month=9).days_left is None


class TestEnteredByHand:
    def test_an_actual_says_its_day_and_its_source(self, db):
        for boxes in ({"actual": 4}, {"actual": 4, "actual_on": date(2017, 1, 1)}, {"actual_source": "某表"}):
            with pytest.raises(ValidationError, match="一起填写"):
                Target(code="t", year=2017, indicator="某", **boxes).full_clean()
            with pytest.raises(IntegrityError), transaction.atomic():
                factories.TargetFactory(**boxes)

    def test_what_is_counted_is_not_entered_as_well(self, db):
        with pytest.raises(IntegrityError):
            factories.TargetFactory(measure="invested", actual=4, **BY_HAND)

    def test_no_actual_of_a_day_to_come(self, db):
        target = Target(code="t", year=2017, indicator="某", actual=4, actual_on=date(2099, 1, 1), actual_source="某表")
        with pytest.raises(ValidationError, match="不能晚于今天"):
            target.full_clean()


def test_statements_do_not_grow(district, django_assert_num_queries):
    invested()
    factories.TargetFactory.create_batch(20, measure="projects_started")
    with django_assert_num_queries(5):
        reports.standings(year=2017, month=12)
