"""The projects that matter now: which, in which order, and why."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.models import AnnualPlan, Light, ProgressReport, Project
from projects.reports.attention import Pressing, attention
from projects.services.filing_checks import set_check
from tests import factories
from tests.projects.lit import light

pytestmark = pytest.mark.django_db

MONTH = 6


def pressing(number: int = 20, month: int = MONTH, **options) -> list[Pressing]:
    return attention(year=2017, month=month, projects=Project.objects.all(), number=number, **options)


def codes(**options) -> list[str]:
    return [item.project.code for item in pressing(**options)]


@pytest.fixture
def project(category, area, bureau):
    """``project("A", 1200)`` has a linear plan for 2017, and with ``done`` that much accepted in each of its months."""

    def make(code, plan=None, done=(), **attributes):
        made = Project.objects.create(code=code, name=f"{code}路", category=category, area=area, **attributes)
        if plan is not None:
            factories.plan(made, 2017, plan)
        for month, amount in dict(done).items():
            factories.report(made, 2017, month, amount)
        return made

    return make


def every_month(amount, until=MONTH):
    return dict.fromkeys(range(1, until + 1), amount)


class TestOrder:
    def test_red_comes_before_yellow_and_yellow_before_what_is_only_behind(self, project):
        light(project("Y", 1200, every_month(100)), "yellow", MONTH)
        light(project("R", 1200, every_month(100)), "red", MONTH)
        light(project("G", 12000, every_month(900)), "green", MONTH)
        assert codes() == ["R", "Y", "G"]

    def test_a_plan_of_nothing_is_never_behind_just_as_in_the_register(self, project):
        set_check(code="negative_to_date", severity="off", threshold=None, by=None)
        project("ZERO", 0, {**every_month(0), 6: -5})
        project("LATE", 1200, every_month(1))
        assert codes() == [made.code for made in Project.objects.all().behind(2017, MONTH)] == ["LATE"]

    def test_of_one_colour_the_biggest_money_behind_comes_first(self, project):
        for code, done in (("SMALL", 90), ("BIG", 10), ("AHEAD", 200)):
            light(project(code, 1200, every_month(done)), "red", MONTH)
        light(project("PLANLESS"), "red", MONTH)
        assert codes() == ["BIG", "SMALL", "AHEAD", "PLANLESS"]

    def test_of_equal_money_the_longest_silence_comes_first_then_the_code(self, project):
        project("B", 1200, {1: 300})
        project("A", 1200, {5: 300})
        project("C", 1200, {1: 300})
        assert codes() == ["B", "C", "A"]

    def test_no_more_than_asked_for(self, project):
        for code in "ABC":
            project(code, 1200)
        assert codes(number=2) == ["A", "B"]


class TestWhoIsIn:
    def test_what_is_green_on_schedule_and_heard_of_is_not(self, project):
        light(project("FINE", 1200, every_month(100)), "green", MONTH)
        project("UNLIT", 1200, every_month(100))
        assert codes() == []

    def test_what_has_no_plan_owes_nothing_and_is_not_silent(self, project):
        project("PLANLESS")
        assert codes() == []

    def test_one_month_without_a_figure_is_no_silence_two_are(self, project):
        project("ONE", 1200, every_month(200, until=5))
        project("TWO", 1200, every_month(200, until=4))
        assert codes() == ["TWO"]

    @pytest.mark.parametrize("stage", ["suspended", "removed"])
    def test_what_stands_still_by_decision_is_in_only_by_its_light(self, project, stage):
        project("STILL", 1200, stage=stage)
        light(project("LIT", 1200, stage=stage), "yellow", MONTH)
        assert codes() == ["LIT"]

    def test_lights_of_other_months_and_of_single_dimensions_count_for_nothing(self, project):
        fine = project("FINE", 1200, every_month(100))
        light(fine, "red", MONTH - 1)
        Light.objects.create(**_copied(light(fine, "green", MONTH)), dimension="start", colour="red")
        assert codes() == []

    def test_projects_outside_the_scope_are_not_told(self, project):
        project("IN", 1200)
        project("OUT", 1200)
        scope = Project.objects.filter(code="IN")
        assert [item.project.code for item in attention(year=2017, month=MONTH, projects=scope)] == ["IN"]


def _copied(row: Light) -> dict:
    names = ("project", "year", "month", "rules", "inputs", "since_year", "since_month", "computed_at")
    return {name: getattr(row, name) for name in names}


class TestWhatIsSaid:
    def test_the_light_says_why_and_what_would_turn_it_green(self, project):
        light(
            project("A", 1200, every_month(50)), "red", MONTH, running=3,
            inputs={"reason": "start_late", "planned": "2017-03-01", "months": 3},
            remedy={"code": "file_month", "month": 6},
        )  # fmt: skip
        [item] = pressing()
        assert item.why == "计划 2017年3月开工，已逾期 3 个月。"
        assert item.remedy == "报送 6 月进度"
        assert (item.months_running, item.light.since_month, item.lit) == (3, 4, True)
        assert (item.short, item.behind, item.silent_months) == (300, 300, 0)

    def test_without_a_light_the_silence_or_the_distance_says_why(self, project):
        project("SILENT", 1200)
        project("BEHIND", 1200, every_month(99))
        silent, behind = pressing()
        assert silent.why == "6 个月没有认定的进度。"
        assert behind.why == "累计完成比时序少 6 万元。"
        assert (silent.silent_months, behind.silent_months) == (None, 0)
        assert not silent.light
        assert not silent.lit

    def test_a_project_without_a_plan_is_behind_by_nobody_knows_what(self, project):
        light(project("A"), "yellow", MONTH)
        [item] = pressing()
        assert (item.short, item.behind) == (None, None)

    def test_less_than_half_a_ten_thousand_is_printed_as_nothing(self, project):
        light(project("A", 1200, {6: "599.6"}), "yellow", MONTH)
        [item] = pressing()
        assert (item.short, item.behind) == (Decimal("0.4"), None)


class TestBasis:
    def test_the_original_plan_shows_what_a_lowered_one_hides(self, project):
        lowered = project("A", 2400, every_month(100))
        factories.plan(lowered, 2017, 1200, reason="调减")
        assert codes() == []
        [item] = pressing(baseline="original")
        assert item.short == 600

    def test_as_of_counts_what_was_accepted_by_then(self, project):
        late = project("A", 1200, every_month(100))
        AnnualPlan.objects.update(recorded_at=datetime(2017, 1, 1, tzinfo=UTC))
        ProgressReport.objects.update(accepted_at=datetime(2017, 7, 2, tzinfo=UTC))
        ProgressReport.objects.filter(month=1).update(accepted_at=datetime(2017, 2, 2, tzinfo=UTC))
        assert codes() == []
        [item] = pressing(as_of=datetime(2017, 7, 1, tzinfo=UTC))
        assert (item.project, item.short, item.silent_months) == (late, 500, 5)


def test_three_statements_however_many_there_are(project):
    for number in range(30):
        light(project(f"P{number}", 1200), "red", MONTH)
    with CaptureQueriesContext(connection) as queries:
        found = pressing()
        assert all(item.project.lead_unit is None and item.project.category.name for item in found)
    assert len(found) == 20
    assert len(queries) == 3


AMOUNTS = st.integers(0, 400)
ROWS = st.tuples(
    st.sampled_from(["", "construction", "suspended"]),
    st.none() | st.integers(0, 300).map(lambda n: n * 12),
    st.dictionaries(st.integers(1, 12), AMOUNTS, max_size=5),
    st.sampled_from([None, "green", "grey", "yellow", "red"]),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=8), month=st.integers(1, 12), number=st.integers(1, 6))
def test_equals_a_plain_recount(project, rows, month, number):
    for model in (Light, ProgressReport, AnnualPlan, Project):
        model.objects.all().delete()
    for place, (stage, plan, months, colour) in enumerate(rows):
        made = project(f"P{place}", plan, months, stage=stage)
        if colour:
            light(made, colour, month)
    found = [(item.project.code, item.short, item.silent_months) for item in pressing(number, month)]
    assert found == recounted(rows, month)[:number]


def recounted(rows, month) -> list[tuple]:
    matter = []
    for place, (stage, plan, months, colour) in enumerate(rows):
        accepted = {m: amount for m, amount in months.items() if m <= month}
        short = None if plan is None else plan // 12 * month - sum(accepted.values())
        silence = month - max(accepted, default=0)
        owing = plan is not None and stage != "suspended"
        if colour in {"yellow", "red"} or (owing and (short > 0 or silence >= 2)):
            rank = {"red": 0, "yellow": 1}.get(colour, 2)
            order = (rank, short is None, -(short or 0), -silence, f"P{place}")
            matter.append((order, (f"P{place}", short, silence if accepted else None)))
    return [found for _order, found in sorted(matter)]
