"""Checks on filing: each fires at its edge and not beside it; how strictly is data; what was found is told in words."""

import json
from decimal import Decimal as D

import pytest
from django.utils import translation
from django.utils.functional import Promise

from projects.models import FilingCheck, ProgressReport, Project
from projects.services import checks
from projects.services.checks import CHECKS
from projects.services.plans import set_plan
from tests.factories import report

Code, Severity = FilingCheck.Code, FilingCheck.Severity


@pytest.fixture
def filing(project):
    """A month as it is about to be filed: April 2017 unless told otherwise."""

    def make(invested, month=4, year=2017, percent=None, note=""):
        amounts = {"invested": D(invested), "physical_percent": None if percent is None else D(percent)}
        return ProgressReport(project=project, year=year, month=month, note=note, **amounts)

    return make


@pytest.fixture
def past(project):
    """Months already in force: ``past(1, 100)``; with ``draft=True`` one that is not."""

    def make(month, invested, year=2017, percent=None, note="", **attributes):
        percent = None if percent is None else D(percent)
        return report(project, year, month, invested, physical_percent=percent, note=note, **attributes)

    return make


def fired(row):
    return {finding.code: finding.facts for finding in checks.run(row)}


def test_an_ordinary_first_month_raises_no_doubt(filing):
    assert fired(filing(100, percent=10, note="路基")) == {}


class TestOverTotal:
    @pytest.fixture(autouse=True)
    def _total(self, project):
        project.total_investment = D(1000)
        project.save()

    def test_above_the_total_not_at_it(self, filing, past):
        past(1, 400)
        past(2, 300)
        assert Code.OVER_TOTAL not in fired(filing(300))
        assert fired(filing("300.0001"))[Code.OVER_TOTAL] == {"cumulative": "1,000.0001", "total": "1,000"}

    def test_what_was_done_before_this_year_counts(self, filing, project):
        set_plan(project=project, year=2017, planned_investment=D(500), opening_cumulative=D(900), by=None)
        assert Code.OVER_TOTAL not in fired(filing(100))
        assert Code.OVER_TOTAL in fired(filing(101))

    def test_an_opening_figure_already_includes_the_years_before_it(self, filing, past, project):
        past(12, 900, year=2016)
        set_plan(project=project, year=2017, planned_investment=D(500), opening_cumulative=D(900), by=None)
        assert Code.OVER_TOTAL not in fired(filing(100))

    def test_months_filed_ahead_of_this_one_count_too(self, filing, past):
        past(6, 950)
        assert Code.OVER_TOTAL in fired(filing(51))

    def test_its_own_earlier_revision_does_not(self, filing, past):
        past(4, 900)
        assert Code.OVER_TOTAL not in fired(filing(1000))

    def test_nothing_is_said_where_the_total_is_not_known(self, filing, project):
        Project.objects.filter(pk=project.pk).update(total_investment=None)
        project.refresh_from_db()
        assert fired(filing(10**6)) == {}


def test_a_negative_month_and_a_negative_year_are_two_things(filing, past):
    past(1, 10)
    assert set(fired(filing(-10))) == {Code.NEGATIVE}
    assert fired(filing("-10.0001")) == {
        Code.NEGATIVE: {"invested": "-10.0001"},
        Code.NEGATIVE_TO_DATE: {"to_date": "-0.0001"},
    }
    assert fired(filing(0)) == {}


class TestSameAsLast:
    def test_the_month_before_only(self, filing, past):
        past(2, 70)
        past(3, 90)
        assert fired(filing(90)) == {Code.SAME_AS_LAST: {"invested": "90"}}
        assert fired(filing("90.0001")) == {}
        assert fired(filing(70)) == {}

    def test_a_gap_is_no_last_month(self, filing, past):
        past(2, 90)
        assert fired(filing(90)) == {}

    def test_twice_nothing_is_no_doubt(self, filing, past):
        past(3, 0)
        assert fired(filing(0)) == {}

    def test_january_looks_at_december(self, filing, past):
        past(12, 90, year=2016)
        assert Code.SAME_AS_LAST in fired(filing(90, month=1))

    def test_what_waits_counts_before_what_is_in_force_and_a_draft_does_not(self, filing, past, project):
        past(3, 90)
        past(3, 80, draft=True, reason="核减")
        # Reopened and being rewritten: returned, so the unit has filed it.
        assert fired(filing(80)) == {Code.SAME_AS_LAST: {"invested": "80"}}
        ProgressReport.objects.open().update(status="draft")
        assert fired(filing(90)) == {Code.SAME_AS_LAST: {"invested": "90"}}


class TestExactlyPlan:
    def test_this_months_own_share(self, filing, project):
        months = [D(10)] * 3 + [D(130)] + [D(5)] * 8
        set_plan(project=project, year=2017, planned_investment=D(200), schedule=months, by=None)
        assert fired(filing(130)) == {Code.EXACTLY_PLAN: {"invested": "130"}}
        assert fired(filing(160)) == {}

    def test_in_january_and_after_a_change_the_plan_in_force(self, filing, project):
        set_plan(project=project, year=2017, planned_investment=D(1200), by=None)
        assert Code.EXACTLY_PLAN in fired(filing(100, month=1))
        set_plan(project=project, year=2017, planned_investment=D(2400), by=None, reason="调整")
        assert fired(filing(100, month=1)) == {}
        assert Code.EXACTLY_PLAN in fired(filing(200, month=1))

    def test_no_plan_and_no_money_are_no_doubt(self, filing, project):
        assert fired(filing(0)) == {}
        set_plan(project=project, year=2017, planned_investment=D(0), by=None)
        assert fired(filing(0)) == {}


class TestPhysicalProgress:
    def test_backwards(self, filing, past):
        past(2, 10, percent="40.5")
        past(3, 20)
        assert fired(filing(5, percent=40)) == {Code.PHYSICAL_BACK: {"now": "40", "last": "40.5"}}
        assert Code.PHYSICAL_BACK not in fired(filing(5, percent="40.5"))
        assert fired(filing(5)) == {}

    def test_money_without_progress(self, filing, past):
        past(3, 10, percent=40)
        assert fired(filing(5, percent=40)) == {Code.MONEY_ONLY: {"invested": "5", "now": "40"}}
        assert fired(filing(0, percent=40)) == {}
        assert fired(filing(5, percent="40.01")) == {}

    def test_a_finished_building_may_still_be_paid_for(self, filing, past):
        past(3, 10, percent=100)
        assert fired(filing(5, percent=100)) == {}

    def test_progress_without_money(self, filing, past):
        past(3, 10, percent=40)
        assert fired(filing(0, percent=100)) == {Code.PHYSICAL_ONLY: {"now": "100", "last": "40"}}
        assert fired(filing("0.0001", percent=100)) == {}

    def test_there_is_nothing_to_compare_a_first_percentage_with(self, filing, past):
        past(3, 10)
        assert fired(filing(0, percent=40)) == {}


class TestJump:
    def test_above_five_times_the_mean_not_at_it(self, filing, past):
        past(1, 10)
        past(2, 20)
        assert fired(filing(75)) == {}
        assert fired(filing("75.0001")) == {Code.JUMP: {"invested": "75.0001", "mean": "15", "times": "5"}}

    def test_one_month_is_too_little_to_compare_with(self, filing, past):
        past(1, 10)
        assert fired(filing(1000)) == {}

    def test_months_without_money_are_not_the_usual(self, filing, past):
        past(1, 10)
        past(2, 0)
        past(3, 10)
        assert Code.JUMP not in fired(filing(50))

    def test_only_the_last_twelve_count(self, filing, past):
        for month in range(1, 4):
            past(month, 9999, year=2016)
        for month in range(4, 13):
            past(month, 10 + month % 2, year=2016)
        for month in range(1, 4):
            past(month, 10, year=2017)
        assert Code.JUMP in fired(filing(100))

    @pytest.mark.parametrize(("times", "fires"), [("2", True), ("6.5", False), (None, True)])
    def test_the_bureau_sets_how_many_times(self, filing, past, times, fires):
        past(1, 10)
        past(2, 20)
        FilingCheck.objects.create(code=Code.JUMP, severity=Severity.EXPLAIN, threshold=times and D(times))
        assert (Code.JUMP in fired(filing(90))) is fires


class TestCopiedText:
    def test_the_same_words_however_they_are_spaced(self, filing, past):
        past(3, 10, note="路基 完成\n80%")
        assert fired(filing(5, note=" 路基完成80% ")) == {Code.COPIED_TEXT: {}}
        assert fired(filing(5, note="路基完成90%")) == {}

    def test_no_words_are_not_copied(self, filing, past):
        past(3, 10)
        assert fired(filing(5)) == {}
        assert fired(filing(5, note="路基")) == {}


class TestHowStrictly:
    @pytest.mark.parametrize(
        ("code", "severity"), [(code, Severity.EXPLAIN) for code in CHECKS if code != Code.NEGATIVE_TO_DATE]
    )
    def test_by_default_a_doubt_is_explained(self, code, severity):
        assert CHECKS[code].severity == severity

    def test_by_default_only_a_negative_year_is_refused(self, filing):
        found = {finding.code: finding.severity for finding in checks.run(filing(-1))}
        assert found == {Code.NEGATIVE: Severity.EXPLAIN, Code.NEGATIVE_TO_DATE: Severity.BLOCK}

    @pytest.mark.parametrize("severity", [Severity.BLOCK, Severity.EXPLAIN])
    def test_the_bureau_sets_another(self, filing, severity):
        FilingCheck.objects.create(code=Code.NEGATIVE, severity=severity)
        assert checks.run(filing(-1))[0].severity == severity

    def test_off_is_silent(self, filing):
        FilingCheck.objects.create(code=Code.NEGATIVE, severity=Severity.OFF)
        assert set(fired(filing(-1))) == {Code.NEGATIVE_TO_DATE}

    def test_it_costs_the_same_however_long_the_history(
        self, filing, past, project, django_assert_num_queries, django_assert_max_num_queries
    ):
        set_plan(project=project, year=2017, planned_investment=D(1200), by=None)
        past(1, 10)
        with django_assert_max_num_queries(5) as one:
            fired(filing(5))
        past(2, 11)
        past(3, 12)
        with django_assert_num_queries(len(one)):
            fired(filing(5))


class TestWords:
    def every_finding(self, filing, past, project):
        """Two months that between them set off every check."""
        project.total_investment = D(50)
        project.save()
        set_plan(project=project, year=2017, planned_investment=D(1200), by=None)
        past(1, 10, percent=10)
        past(2, 11, percent=20)
        past(3, 100, percent=30, note="路基")
        rows = [
            filing(100, percent=30, note="路基"),
            filing(-200, percent=20),
            filing(0, percent=40),
            filing(9999, percent=50),
        ]
        return {finding.code: finding for row in rows for finding in checks.run(row)}

    def test_there_is_a_check_for_every_code_and_a_code_for_every_check(self, filing, past, project):
        assert list(CHECKS) == list(Code.values)
        assert set(self.every_finding(filing, past, project)) == set(Code.values)

    def test_what_is_stored_is_plain_and_survives_the_database(self, filing, past, project):
        for finding in self.every_finding(filing, past, project).values():
            assert json.loads(json.dumps(finding.facts)) == finding.facts
            assert all(isinstance(value, str) for value in finding.facts.values())

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_it_is_worded_when_it_is_read(self, filing, past, project, language):
        for finding in self.every_finding(filing, past, project).values():
            assert isinstance(CHECKS[finding.code].message, Promise)
            with translation.override(language):
                words = finding.message
            assert "%(" not in words
            assert "%%" not in words
            for fact in finding.facts.values():
                assert fact in words

    def test_each_points_at_something_a_return_can_point_at_too(self):
        boxes = set(ProgressReport.Field.values)
        assert {check.field for check in CHECKS.values()} <= boxes

    def test_a_check_that_is_no_more_keeps_its_code(self):
        assert checks.message("long_gone", {"a": "1"}) == "long_gone"
