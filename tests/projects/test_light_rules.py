"""When a light is which colour: the judgement by itself, without a database."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from projects.models import Light, LightRuleSet, Project
from projects.services.light_rules import Facts, Filing, Step, investment, judge

GREEN, YELLOW, RED, GREY = "green", "yellow", "red", "grey"
YUAN = Decimal("0.0001")


def rules(**limits) -> LightRuleSet:
    decimals = {"investment_yellow", "investment_red", "schedule_floor", "smallest_plan"}
    return LightRuleSet(
        code="r", name="r", **{n: Decimal(v) if n in decimals and v is not None else v for n, v in limits.items()}
    )


POINTS = rules(measure="points", investment_yellow=10, investment_red=30)
RATIO = rules(measure="ratio", investment_yellow=0, investment_red=50)
STARTS = rules(start_yellow=1, start_red=3)
STEPS = rules(milestone_yellow=1, milestone_red=30, critical_red=15)
FILINGS = rules(reporting_yellow=1, reporting_red=2)


def facts(**values) -> Facts:
    return Facts(**{"year": 2017, "month": 5, "ends": date(2017, 5, 31), **values})


def money(plan, scheduled, done, **values) -> Facts:
    amounts = {"plan": Decimal(plan), "scheduled": Decimal(scheduled), "done": Decimal(done)}
    return facts(**amounts, accepted=True, **values)


def colour(facts: Facts, by: LightRuleSet, dimension: str) -> str:
    return judge(facts, by)[dimension].colour


class TestInvestment:
    @pytest.mark.parametrize(
        ("behind", "expected"),
        [("9.9999", GREEN), ("10", YELLOW), ("30", YELLOW), ("30.0001", RED), ("-5", GREEN), ("0", GREEN)],
    )
    def test_in_points_yellow_holds_both_its_ends(self, behind, expected):
        assert colour(money("100", "50", Decimal(50) - Decimal(behind)), POINTS, "investment") == expected

    @pytest.mark.parametrize(
        ("done", "expected"), [("50", GREEN), ("49.9999", YELLOW), ("25", YELLOW), ("24.9999", RED)]
    )
    def test_as_a_ratio_any_shortfall_is_yellow_and_more_than_half_red(self, done, expected):
        assert colour(money("100", "50", done), RATIO, "investment") == expected

    def test_the_two_families_colour_february_and_november_the_other_way_round(self):
        february, november = money("1200", "200", "60"), money("1200", "1100", "660")
        assert (colour(february, POINTS, "investment"), colour(february, RATIO, "investment")) == (YELLOW, RED)
        assert (colour(november, POINTS, "investment"), colour(november, RATIO, "investment")) == (RED, YELLOW)

    def test_a_floor_keeps_january_from_being_red_over_little(self):
        january = money("1200", "100", "40")
        assert colour(january, RATIO, "investment") == RED
        floored = rules(measure="ratio", investment_yellow=0, investment_red=50, schedule_floor=50)
        judged = investment(january, floored)
        assert (judged.colour, judged.inputs["floored"], judged.inputs["share"]) == (YELLOW, True, "10.0")

    def test_small_plans_are_not_judged_and_say_so(self):
        small = rules(measure="ratio", investment_yellow=0, investment_red=50, smallest_plan=1000)
        judged = judge(money("999.9999", "500", "0"), small)["investment"]
        assert (judged.colour, judged.inputs["reason"]) == (GREY, "plan_too_small")
        assert colour(money("1000", "500", "0"), small, "investment") == RED

    def test_months_that_were_never_accepted_are_named(self):
        assert judge(money("12", "5", "1", gaps=(2, 3)), POINTS)["investment"].inputs["gaps"] == [2, 3]


AMOUNTS = st.integers(0, 10**12).map(lambda yuan: yuan * YUAN)
LIMITS = st.integers(0, 10_000).map(lambda hundredths: Decimal(hundredths) / 100)


@st.composite
def rule_sets(draw):
    low, high = sorted([draw(LIMITS), draw(LIMITS)])
    floor = draw(st.none() | LIMITS)
    measure = draw(st.sampled_from(LightRuleSet.Measure.values))
    given_limits = draw(st.sampled_from([(low, high), (low, None), (None, high)]))
    return rules(
        measure=measure, investment_yellow=given_limits[0], investment_red=given_limits[1], schedule_floor=floor
    )


SHARES = st.integers(0, 10_000)


@given(plan=AMOUNTS, due=SHARES, part=SHARES, by=rule_sets())
def test_what_is_missing_turns_it_green_and_one_yuan_less_does_not(plan, due, part, by):
    scheduled = (plan * due / 10_000).quantize(YUAN)
    # Not more than was due: of whatever else, next to nothing is lit.
    done = (scheduled * part / 10_000).quantize(YUAN)
    here = facts(plan=plan, scheduled=scheduled, done=done, accepted=True)
    judged = investment(here, by)
    assume(judged.colour != GREEN)
    amount = Decimal(judged.remedy["amount"])
    assert amount > 0
    assert investment(replace(here, done=done + amount), by).colour == GREEN
    assert investment(replace(here, done=done + amount - YUAN), by).colour != GREEN


@given(plan=AMOUNTS, done=AMOUNTS, more=AMOUNTS, by=rule_sets())
def test_doing_more_never_makes_it_worse(plan, done, more, by):
    order = Light.ORDER
    here = facts(plan=plan, scheduled=plan / 2, done=done, accepted=True)
    after = replace(here, done=done + more)
    assert order.index(investment(after, by).colour) <= order.index(investment(here, by).colour)


class TestStart:
    @pytest.mark.parametrize(
        ("planned", "expected"),
        [
            (date(2017, 6, 1), GREEN),
            (date(2017, 5, 1), GREEN),
            (date(2017, 4, 30), YELLOW),
            (date(2017, 3, 1), YELLOW),
            (date(2017, 2, 28), RED),
            (date(2016, 12, 1), RED),
        ],
    )
    def test_months_count_from_the_one_after_the_planned(self, planned, expected):
        assert colour(facts(planned_start=planned), STARTS, "start") == expected

    def test_it_turns_green_by_starting_before_the_month_ends(self):
        late = judge(facts(planned_start=date(2017, 2, 1)), STARTS)["start"]
        assert late.remedy == {"code": "start_by", "by": "2017-05-31"}
        assert colour(facts(planned_start=date(2017, 2, 1), started=True), STARTS, "start") == GREEN

    def test_a_stage_without_a_date_is_not_a_start(self):
        judged = judge(facts(started=None, stage="construction"), STARTS)["start"]
        assert (judged.colour, judged.inputs["reason"]) == (GREY, "start_undated")


class TestMilestones:
    @pytest.mark.parametrize(
        ("days", "critical", "expected"),
        [
            (0, True, GREEN),
            (1, False, YELLOW),
            (29, False, YELLOW),
            (30, False, RED),
            (14, True, YELLOW),
            (15, True, RED),
        ],
    )
    def test_days_over_the_date(self, days, critical, expected):
        step = Step("主体完工", date(2017, 4, 1), critical, days)
        assert colour(facts(milestones=(step,)), STEPS, "milestones") == expected

    def test_it_names_what_has_to_be_met(self):
        steps = (Step("招标", date(2017, 1, 1)), Step("主体完工", date(2017, 4, 1), overdue=2))
        assert judge(facts(milestones=steps), STEPS)["milestones"].remedy == {"code": "meet", "names": ["主体完工"]}


IN_TIME = Filing(filed=True, on_time=True, due=date(2017, 5, 25), passed=True)
LATE = replace(IN_TIME, on_time=False)
MISSED = Filing(due=date(2017, 5, 25), passed=True)
TO_COME = Filing(due=date(2017, 5, 25))


class TestReporting:
    @pytest.mark.parametrize(
        ("filings", "expected"),
        [
            ((IN_TIME, MISSED, MISSED), GREEN),
            ((LATE, IN_TIME), YELLOW),
            ((MISSED, IN_TIME), YELLOW),
            ((MISSED, LATE), YELLOW),
            ((MISSED, MISSED), RED),
            ((MISSED, None, MISSED), YELLOW),
            ((TO_COME, MISSED, MISSED), GREY),
        ],
    )
    def test_months_running(self, filings, expected):
        assert colour(facts(filings=filings), FILINGS, "reporting") == expected

    def test_a_month_that_is_late_stays_so_and_the_next_one_is_named(self):
        assert judge(facts(filings=(LATE,)), FILINGS)["reporting"].remedy == {"code": "next_on_time", "next": 6}
        assert judge(facts(filings=(MISSED,)), FILINGS)["reporting"].remedy["code"] == "file_and_next"
        december = judge(facts(month=12, filings=(LATE,)), FILINGS)["reporting"]
        assert december.remedy["next"] == 1

    def test_filing_is_enough_where_only_missing_months_count(self):
        only_red = rules(reporting_red=1)
        assert judge(facts(filings=(MISSED,)), only_red)["reporting"].remedy == {"code": "file_month", "month": 5}

    def test_the_same_figures_as_last_month_are_yellow_where_the_rules_say_so(self):
        copied = tuple(replace(IN_TIME, figures=(Decimal(5), None)) for _ in range(2))
        assert colour(facts(filings=copied), FILINGS, "reporting") == GREEN
        strict = rules(reporting_yellow=1, same_is_yellow=True)
        assert colour(facts(filings=copied), strict, "reporting") == YELLOW
        rested = tuple(replace(IN_TIME, figures=()) for _ in range(2))
        assert colour(facts(filings=rested), strict, "reporting") == GREEN


ALL = rules(
    measure="points",
    investment_yellow=10,
    investment_red=30,
    start_yellow=1,
    start_red=3,
    milestone_yellow=1,
    reporting_yellow=1,
)


class TestWhatIsMissing:
    REASONS = {
        "start": "no_planned_start",
        "investment": "no_plan",
        "milestones": "no_milestones",
        "reporting": "owes_nothing",
    }

    def test_is_grey_with_a_reason_of_its_own_and_a_way_out(self):
        found = judge(facts(), ALL)
        for dimension, reason in self.REASONS.items():
            judged = found[dimension]
            assert (judged.colour, judged.inputs["reason"]) == (GREY, reason)
            assert judged.remedy
        assert found["overall"].colour == GREY

    def test_a_month_not_yet_accepted_is_grey_however_much_was_done(self):
        waiting = replace(money("100", "50", "100"), accepted=False, filings=(IN_TIME,))
        judged = judge(waiting, POINTS)["investment"]
        assert (judged.colour, judged.remedy["code"]) == (GREY, "accept_month")
        assert judge(replace(waiting, filings=(MISSED,)), POINTS)["investment"].remedy["code"] == "file_month"

    @pytest.mark.parametrize("stage", Project.NOT_REPORTING)
    def test_a_project_that_does_not_run_is_grey_in_everything(self, stage):
        found = judge(money("100", "50", "0", stage=stage), ALL)
        assert {judged.colour for judged in found.values()} == {GREY}
        assert found["investment"].inputs == {"reason": "not_running", "stage": stage}

    @given(
        plan=st.none() | AMOUNTS,
        accepted=st.booleans(),
        planned=st.none() | st.dates(date(2016, 1, 1), date(2018, 1, 1)),
        filing=st.sampled_from([None, IN_TIME, LATE, MISSED, TO_COME, Filing()]),
        steps=st.sampled_from([(), (Step("招标", date(2017, 1, 1)),)]),
    )
    def test_is_never_green(self, plan, accepted, planned, filing, steps):
        found = judge(
            facts(
                plan=plan,
                scheduled=plan and plan / 2,
                done=plan or Decimal(0),
                accepted=accepted,
                planned_start=planned,
                filings=(filing,),
                milestones=steps,
            ),
            ALL,
        )
        missing = {
            "start": planned is None,
            "investment": plan is None or not accepted,
            "milestones": not steps,
            "reporting": filing is None or not (filing.filed or filing.passed),
        }
        for dimension, unknown in missing.items():
            assert (found[dimension].colour == GREY) == unknown
        assert not any(missing.values()) or found["overall"].colour != GREEN


class TestOverall:
    def test_the_worst_counts_and_is_named(self):
        late = facts(planned_start=date(2017, 4, 1), filings=(IN_TIME,))
        overall = judge(late, rules(start_yellow=1, reporting_yellow=1, milestone_yellow=1))["overall"]
        assert (overall.colour, overall.worst) == (YELLOW, "start")
        assert overall.inputs["colours"] == {"start": YELLOW, "milestones": GREY, "reporting": GREEN}
        assert [step["code"] for step in overall.remedy["steps"]] == ["start_by", "add_milestones"]

    def test_green_is_nobodys_fault(self):
        overall = judge(facts(filings=(IN_TIME,)), FILINGS)["overall"]
        assert (overall.colour, overall.worst, overall.remedy) == (GREEN, "", {})

    def test_dimensions_without_limits_make_no_light(self):
        assert judge(facts(), STARTS).keys() == {"overall", "start"}
        assert judge(facts(), rules())["overall"].inputs["reason"] == "nothing_judged"
