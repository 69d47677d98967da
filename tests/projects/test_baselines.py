"""Against the original plan and against the current one; what was changed, by whom, and what that hid."""

from decimal import Decimal as D

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from erqi.accounts.roles import Role
from projects import reports
from projects.models import Light, Project
from projects.models.choices import Baseline
from projects.services import plan_changes
from tests.factories import ProjectFactory, plan, report, user_with

FIRST_HALF = [D(200)] * 6 + [D(0)] * 6


@pytest.fixture
def lowered(district):
    """1,200 万元 lowered to 600; 100 done by the end of January and February each."""
    project = district.street_project
    plan(project, 2017, 1200)
    plan(project, 2017, 600, reason="征迁受阻")
    report(project, 2017, 1, 50)
    report(project, 2017, 2, 50)
    return project


def rebaselined(month=2, **query):
    return reports.rebaselined(year=2017, month=month, **query)


class TestBaseline:
    def test_the_overview_measures_against_the_plan_asked_for(self, lowered):
        current, original = (
            reports.overview(year=2017, month=2, baseline=baseline).total
            for baseline in (Baseline.CURRENT, Baseline.ORIGINAL)
        )
        assert (current.plan, current.scheduled, current.done, current.ahead) == (600, 100, 100, 0)
        assert (original.plan, original.scheduled, original.done) == (1200, 200, 100)
        assert original.rate == D(1) / 12
        assert (current.due, current.in_) == (original.due, original.in_) == (1, 1)

    def test_the_current_plan_is_the_default(self, lowered):
        assert (
            reports.overview(year=2017, month=2).total
            == reports.overview(year=2017, month=2, baseline=Baseline.CURRENT).total
        )

    def test_the_original_keeps_its_own_months(self, district):
        plan(district.street_project, 2017, 1200, schedule=FIRST_HALF)
        plan(district.street_project, 2017, 1200, reason="改为均衡")
        found = [
            reports.overview(year=2017, month=6, baseline=baseline).total.scheduled
            for baseline in (Baseline.ORIGINAL, Baseline.CURRENT)
        ]
        assert found == [1200, 600]

    def test_the_curve_is_that_of_the_plan_asked_for(self, lowered):
        original = reports.monthly_curve(year=2017, month=2, baseline=Baseline.ORIGINAL)
        assert [line.scheduled_to_date for line in original[:2]] == [100, 200]
        assert [line.to_date for line in original[:2]] == [50, 100]

    def test_before_it_was_recorded_there_is_no_original(self, district):
        before = timezone.now()
        plan(district.street_project, 2017, 1200)
        found = reports.overview(year=2017, month=1, as_of=before, baseline=Baseline.ORIGINAL).total
        assert (found.planned_projects, found.plan) == (0, 0)

    def test_as_of_before_the_change_both_are_the_original(self, district):
        plan(district.street_project, 2017, 1200)
        before = timezone.now()
        plan(district.street_project, 2017, 600, reason="调减")
        for baseline in Baseline:
            assert reports.overview(year=2017, month=1, as_of=before, baseline=baseline).total.plan == 1200
        year = reports.project_year(project=district.street_project, year=2017, as_of=before)
        assert (year.plan, year.plan.planned_investment) == (year.original, 1200)

    def test_the_list_of_projects_shows_each_against_either(self, lowered):
        for baseline, expected in ((Baseline.ORIGINAL, (1200, 200)), (Baseline.CURRENT, (600, 100))):
            row = Project.objects.with_progress(2017, 2, baseline).get(pk=lowered.pk)
            assert (row.plan, row.scheduled, row.done) == (*expected, 100)

    def test_a_projects_year_says_both_on_every_line(self, lowered):
        year = reports.project_year(project=lowered, year=2017)
        line = year.months[1]
        assert (year.plan.version, year.original.version) == (2, 1)
        assert (line.rate, line.ahead) == (D(1) / 6, 0)
        assert line.original_rate == D(1) / 12
        assert round(line.original_ahead, 4) == D("-8.3333")

    def test_against_the_original_the_lines_carry_its_schedule(self, lowered):
        year = reports.project_year(project=lowered, year=2017, baseline=Baseline.ORIGINAL)
        assert (year.plan, year.plan.version) == (year.original, 1)
        assert (year.months[1].scheduled_to_date, year.months[1].rate) == (200, year.months[1].original_rate)

    def test_without_a_plan_both_are_unknown(self, district):
        year = reports.project_year(project=district.street_project, year=2017)
        assert (year.plan, year.original, year.months[0].original_rate) == (None, None, None)


class TestRebaselined:
    def test_a_project_with_its_original_and_its_current_plan(self, lowered):
        (line,) = rebaselined().lines
        assert (line.project, line.original.plan, line.current.plan, line.difference) == (lowered, 1200, 600, -600)
        assert (line.original.ahead, line.current.ahead) == (D(-100) / 1200 * 100, 0)
        assert round(line.hidden_points, 4) == D("8.3333")

    def test_plans_never_changed_are_not_listed(self, district):
        plan(district.street_project, 2017, 1200)
        assert rebaselined().lines == []

    def test_a_version_that_changes_only_words_moves_no_baseline(self, district):
        plan(district.street_project, 2017, 1200)
        plan(district.street_project, 2017, 1200, objective="主体封顶", reason="补目标")
        assert rebaselined().lines == []

    def test_the_same_money_in_other_months_does(self, district):
        plan(district.street_project, 2017, 1200)
        plan(district.street_project, 2017, 1200, schedule=FIRST_HALF, reason="提前")
        (line,) = rebaselined().lines
        assert (line.difference, line.changes[0].rescheduled, line.changes[0].difference) == (0, True, 0)

    def test_lowered_and_back_again_is_still_listed(self, district):
        for amount in (1200, 600, 1200):
            plan(district.street_project, 2017, amount, reason="调整")
        (line,) = rebaselined().lines
        assert (line.difference, len(line.changes)) == (0, 2)
        assert [change.difference for change in line.changes] == [-600, 600]

    def test_what_was_lowered_and_what_was_raised_do_not_cancel_out(self, lowered, district):
        plan(district.town_project, 2017, 100)
        plan(district.town_project, 2017, 150, reason="增加")
        found = rebaselined()
        assert (found.lowered, found.lowered_count, found.raised, found.raised_count) == (600, 1, 50, 1)
        assert (found.original.plan, found.current.plan) == (1300, 750)

    def test_a_change_that_was_asked_for_names_who_asked_and_who_decided(self, district):
        project = district.street_project
        asker, decider = district.reporter, district.reviewer
        for amount in (1200, 600):
            asked = plan_changes.request_plan(
                project=project, year=2017, planned_investment=D(amount), reason="征迁受阻", by=asker
            )
            plan_changes.approve(asked.change, by=decider)
        (change,) = rebaselined().lines[0].changes
        assert (change.asked_by, change.decided_by, change.reason) == (asker, decider, "征迁受阻")
        assert (change.before, change.after) == (1200, 600)

    def test_a_change_that_nobody_asked_for_names_who_set_it(self, district):
        plan(district.street_project, 2017, 1200)
        plan(district.street_project, 2017, 600, reason="调减", by=district.reviewer)
        (change,) = rebaselined().lines[0].changes
        assert (change.asked_by, change.decided_by) == (None, district.reviewer)

    def test_only_the_projects_given(self, lowered, district):
        town = user_with(Role.REPORTER, over=district.town)
        found = rebaselined(projects=Project.objects.visible_to(town))
        assert (found.lines, found.original.projects) == ([], 0)


class TestColours:
    """Any rules will do here: how they judge is tested with the lights."""

    @staticmethod
    def judge(figures):
        if not figures.in_:
            return Light.Colour.GREY
        return Light.Colour.RED if figures.ahead < -5 else Light.Colour.GREEN

    def test_a_plan_that_was_lowered_turned_a_red_project_green(self, lowered):
        found = rebaselined(judge=self.judge)
        (line,) = found.lines
        assert (line.original_colour, line.current_colour) == ("red", "green")
        assert (found.colours.original_red, found.colours.current_red) == (1, 0)

    def test_projects_that_kept_their_plan_are_counted_too(self, lowered, district):
        plan(district.town_project, 2017, 1200)
        report(district.town_project, 2017, 2, 0)
        colours = rebaselined(judge=self.judge).colours
        assert (colours.original_red, colours.current_red) == (2, 1)

    def test_without_rules_nothing_is_coloured(self, lowered):
        found = rebaselined()
        assert (found.colours, found.lines[0].original_colour) == (None, None)


def test_the_number_of_statements_does_not_grow(lowered, district):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            found = rebaselined()
            for line in found.lines:
                assert line.project.lead_unit
                assert [str(change.decided_by) for change in line.changes]
        return len(queries)

    few = cost()
    for _ in range(15):
        project = ProjectFactory(area=district.area)
        plan(project, 2017, 100, by=district.reviewer)
        plan(project, 2017, 50, reason="调减", by=district.reviewer)
    assert cost() == few <= 8
