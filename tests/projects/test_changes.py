"""What changed in a month against the month before."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import AnnualPlan, MilestoneMove, ProgressReport, Project
from projects.reports.changes import Changes, changes, window_of
from tests import factories
from tests.projects import followed
from tests.projects.lit import light

pytestmark = pytest.mark.django_db

JUNE, JULY = datetime(2017, 6, 10, tzinfo=UTC), datetime(2017, 7, 3, tzinfo=UTC)


def in_june(**options) -> Changes:
    return changes(year=2017, month=6, projects=options.get("projects", Project.objects.all()))


def test_a_window_is_a_calendar_month_of_this_time_zone():
    window = window_of(2017, 12)
    assert (window.first, window.last) == (date(2017, 12, 1), date(2017, 12, 31))
    assert window.start.isoformat() == "2017-12-01T00:00:00+08:00"
    assert window.after.isoformat() == "2018-01-01T00:00:00+08:00"


class TestLights:
    @pytest.fixture
    def turned(self, area, category):
        """A project whose light was ``before`` in May and is ``now`` in June."""

        def make(code, before, now):
            made = Project.objects.create(code=code, name=code, area=area, category=category)
            for month, colour in ((5, before), (6, now)):
                if colour:
                    light(made, colour, month)
            return made

        return make

    @pytest.mark.parametrize(
        ("before", "now", "red", "grey", "worse", "better"),
        [
            ("green", "red", 1, 0, 1, 0),
            ("yellow", "red", 1, 0, 1, 0),
            ("grey", "yellow", 0, 0, 1, 0),
            ("red", "yellow", 0, 0, 0, 1),
            ("yellow", "green", 0, 0, 0, 1),
            ("red", "red", 0, 0, 0, 0),
            # Nothing is known any more: that is no improvement.
            ("red", "grey", 0, 1, 0, 0),
            ("grey", "green", 0, 0, 0, 0),
            # No light to compare with: red all the same, but nobody knows whether it is worse.
            (None, "red", 1, 0, 0, 0),
            ("red", None, 0, 0, 0, 0),
        ],
    )
    def test_worse_and_better(self, turned, before, now, red, grey, worse, better):
        turned("A", before, now)
        found = in_june().lights
        assert (found.red, found.grey, found.worse, found.better) == (red, grey, worse, better)
        assert [(was, row.colour) for was, row in found.worst] == ([(before, now)] if worse else [])

    def test_red_is_named_before_yellow_and_the_deeper_fall_first(self, turned):
        for code, before, now in (("A", "green", "yellow"), ("B", "yellow", "red"), ("C", "green", "red")):
            turned(code, before, now)
        assert [row.project.code for _was, row in in_june().lights.worst] == ["C", "B", "A"]

    def test_january_is_compared_with_december(self, turned, area, category):
        made = Project.objects.create(code="A", name="A", area=area, category=category)
        light(made, "green", 12, year=2016)
        light(made, "red", 1)
        assert changes(year=2017, month=1, projects=Project.objects.all()).lights.worse == 1


class TestFigures:
    def test_the_months_own_figures_whenever_they_were_accepted(self, planned):
        factories.report(planned, 2017, 6, 70)
        ProgressReport.objects.update(accepted_at=JULY)
        found = in_june()
        assert (found.accepted, found.invested) == (1, 70)

    def test_earlier_months_accepted_late_are_told_apart(self, planned):
        for month, moment in ((3, JUNE), (4, JULY), (5, datetime(2017, 5, 31, 15, 59, tzinfo=UTC))):
            report = factories.report(planned, 2017, month, 10 * month)
            ProgressReport.objects.filter(pk=report.pk).update(accepted_at=moment)
        found = in_june()
        assert (found.caught_up, found.caught_up_invested, found.accepted) == (1, 30, 0)

    def test_a_correction_is_a_correction_and_not_a_new_month(self, planned):
        first = factories.report(planned, 2017, 3, 30)
        ProgressReport.objects.filter(pk=first.pk).update(accepted_at=datetime(2017, 4, 2, tzinfo=UTC))
        second = factories.report(planned, 2017, 3, 20)
        ProgressReport.objects.filter(pk=second.pk).update(accepted_at=JUNE)
        found = in_june()
        assert (found.corrected, found.caught_up) == (1, 0)

    def test_drafts_are_nothing(self, planned):
        factories.report(planned, 2017, 6, 70, draft=True)
        assert in_june().accepted == 0


def test_plans_lowered_and_raised_do_not_cancel_out(planned, area, category):
    other = Project.objects.create(code="B", name="B", area=area, category=category)
    factories.plan(other, 2017, 1000)
    for amount in (900, 950):
        factories.plan(planned, 2017, amount, reason="调整")
    factories.plan(other, 2017, 1400, reason="调整")
    AnnualPlan.objects.filter(version__gt=1).update(recorded_at=JUNE)
    found = in_june()
    assert (found.plans, found.lowered, found.raised) == (3, Decimal(300), Decimal(450))


def test_a_first_plan_is_no_change(planned):
    AnnualPlan.objects.update(recorded_at=JUNE)
    assert in_june().plans == 0


def test_milestones_met_put_off_and_missed(planned):
    rows = {name: followed.milestone(planned, name) for name in ("完成", "推迟", "提前", "错过", "停用", "以后")}
    for name, columns in {
        "完成": {"due": date(2017, 6, 20), "met_on": date(2017, 6, 30)},
        "错过": {"due": date(2017, 6, 20)},
        "停用": {"due": date(2017, 6, 20), "active": False},
        "以后": {"due": date(2017, 7, 1)},
    }.items():
        followed.in_the_past(rows[name], **columns)
    for name, to in (("推迟", date(2017, 9, 1)), ("推迟", date(2017, 10, 1)), ("提前", date(2017, 7, 2))):
        MilestoneMove.objects.create(milestone=rows[name], from_due=date(2017, 8, 1), to_due=to, reason="理由", at=JUNE)
    found = in_june()
    assert (found.met, found.slipped, found.missed) == (1, 1, 1)


def test_problems_opened_and_closed(planned):
    followed.in_the_past(followed.problem(planned), raised_at=JUNE)
    closed = followed.problem(planned)
    followed.in_the_past(closed, raised_at=datetime(2017, 3, 1, tzinfo=UTC), status="closed", closed_at=JUNE)
    followed.in_the_past(followed.problem(planned), raised_at=JULY)
    found = in_june()
    assert (found.opened, found.closed) == (1, 1)


def test_projects_started_and_finished(area, category):
    for code, start, finish in (("A", date(2017, 6, 1), None), ("B", date(2016, 1, 1), date(2017, 6, 30))):
        Project.objects.create(
            code=code, name=code, area=area, category=category, actual_start=start, actual_finish=finish
        )
    found = in_june()
    assert (found.started, found.finished) == (1, 1)


def test_only_of_the_projects_asked_for_and_in_a_fixed_number_of_statements(planned):
    light(planned, "green", 5)
    light(planned, "red", 6)
    factories.report(planned, 2017, 6, 70)
    followed.in_the_past(followed.problem(planned), raised_at=JUNE)
    with CaptureQueriesContext(connection) as queries:
        found = in_june(projects=Project.objects.exclude(pk=planned.pk))
    assert (found.lights.worse, found.accepted, found.opened) == (0, 0, 0)
    assert len(queries) <= 9
