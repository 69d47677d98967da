"""Lights in the database: gathered, written once, running on month by month, never overwritten by an older view."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from erqi.core.models import AuditEvent
from erqi.core.services import audit
from projects import jobs
from projects.models import (
    Light,
    LightRuleSet,
    Milestone,
    PeriodExtension,
    ProgressReport,
    Project,
    ReportingPeriod,
)
from projects.reports import lights as words
from projects.services import lights, milestones, periods, plan_changes, workflow
from projects.services.light_facts import gather
from tests.factories import ProjectFactory, plan, report
from tests.threads import refusals, together

pytestmark = pytest.mark.django_db

LATER = date(2017, 12, 31)
STATEMENTS = 18


@pytest.fixture
def rules():
    return LightRuleSet.objects.create(
        code="ours",
        name="规则",
        status="in_force",
        measure="points",
        investment_yellow=10,
        investment_red=30,
        start_yellow=1,
        start_red=3,
        milestone_yellow=1,
        milestone_red=30,
        reporting_yellow=1,
        reporting_red=2,
    )


@pytest.fixture
def periods_of_2017(db):
    for month in range(1, 13):
        ReportingPeriod.objects.create(year=2017, month=month, opens=date(2017, month, 15), due=date(2017, month, 22))


def compute(*months: int, **options):
    return lights.compute(months=[(2017, month) for month in months], today=LATER, **options)


def light(project, month: int, dimension="investment") -> Light:
    return Light.objects.get(project=project, year=2017, month=month, dimension=dimension)


def colours(project, dimension="investment") -> dict[int, str]:
    rows = Light.objects.filter(project=project, dimension=dimension).order_by("month")
    return dict(rows.values_list("month", "colour"))


class TestFacts:
    def test_are_those_of_the_months_end_not_of_today(self, planned, periods_of_2017):
        planned.actual_start = date(2017, 4, 10)
        planned.save()
        Milestone.objects.create(
            project=planned,
            name="招标",
            kind="tender",
            due=date(2017, 3, 1),
            original_due=date(2017, 3, 1),
            met_on=date(2017, 4, 5),
        )
        report(planned, 2017, 3, "70")
        report(planned, 2017, 4, "30")
        scope = Project.objects.filter(pk=planned.pk)
        march, april = (found for _pk, _month, found in gather(scope, [(2017, 3), (2017, 4)], today=LATER))
        assert (march.started, april.started) == (False, True)
        assert (march.milestones[0].overdue, april.milestones[0].overdue) == (30, 0)
        assert (march.done, april.done) == (Decimal(70), Decimal(100))
        assert (march.scheduled, april.scheduled) == (Decimal(300), Decimal(400))
        assert (march.gaps, april.gaps) == ((1, 2), (1, 2))

    def test_the_running_month_is_looked_at_from_today(self, planned):
        Milestone.objects.create(
            project=planned, name="招标", kind="tender", due=date(2017, 3, 20), original_due=date(2017, 3, 20)
        )
        scope = Project.objects.filter(pk=planned.pk)
        [(_pk, _month, found)] = gather(scope, [(2017, 3)], today=date(2017, 3, 15))
        assert found.milestones[0].overdue == 0

    def test_a_deadline_is_that_of_the_unit_with_its_extension(self, planned, bureau, periods_of_2017):
        scope = Project.objects.filter(pk=planned.pk)
        period = ReportingPeriod.objects.get(month=3)
        PeriodExtension.objects.create(period=period, unit=bureau, due=date(2017, 3, 29), reason="汛情")
        [(_pk, _month, found)] = gather(scope, [(2017, 3)], today=date(2017, 3, 25))
        assert (found.filings[0].due, found.filings[0].passed) == (date(2017, 3, 29), False)
        assert found.filings[1].missed

    def test_a_month_on_its_way_is_filed_and_a_draft_is_not(self, planned, periods_of_2017):
        scope = Project.objects.filter(pk=planned.pk)

        def filing():
            [(_pk, _month, found)] = gather(scope, [(2017, 3)], today=LATER)
            return found.filings[0]

        draft = report(planned, 2017, 3, "70", draft=True)
        assert not filing().filed
        filed = workflow.submit(draft, by=None)
        assert filing().filed
        assert filing().on_time is False
        workflow.withdraw(filed, by=None)
        assert not filing().filed

    @pytest.mark.parametrize("number", [5, 50])
    def test_any_number_of_projects_takes_the_same_statements(self, rules, area, category, periods_of_2017, number):
        for _ in range(number):
            project = ProjectFactory(area=area, category=category, lead_unit=area)
            plan(project, 2017, 1200)
            report(project, 2017, 1, 10)
        Light.objects.all().delete()
        with CaptureQueriesContext(connection) as first:
            compute(1, 2, 3)
        with CaptureQueriesContext(connection) as again:
            compute(1, 2, 3)
        inserts = [query for query in first.captured_queries if query["sql"].startswith("INSERT")]
        assert len(first) - len(inserts) <= STATEMENTS
        assert len(again) <= STATEMENTS
        assert not [q for q in again.captured_queries if q["sql"].startswith(("INSERT", "UPDATE"))]


class TestWriting:
    def test_what_changes_is_in_the_trail_together_with_it(self, planned, rules):
        compute(1, 2)
        event = AuditEvent.objects.get(action="light.compute")
        assert (event.object_key, json.loads(event.after)) == ("ours", {"removed": "0", "written": "10"})
        compute(1, 2)
        assert AuditEvent.objects.filter(action="light.compute").count() == 1

    def test_again_changes_nothing(self, planned, rules):
        first = compute(1, 2)
        stamps = set(Light.objects.values_list("pk", "computed_at"))
        again = compute(1, 2)
        assert (first.judged, first.written) == (10, 10)
        assert (again.judged, again.written) == (10, 0)
        assert set(Light.objects.values_list("pk", "computed_at")) == stamps

    def test_only_what_changed_is_written(self, planned, rules):
        report(planned, 2017, 1, "100")
        compute(1)
        stamp = Light.objects.get(dimension="start").computed_at
        Milestone.objects.create(
            project=planned, name="招标", kind="tender", due=date(2017, 1, 3), original_due=date(2017, 1, 3)
        )
        assert compute(1).written == 2
        assert light(planned, 1, "milestones").colour == "yellow"
        assert Light.objects.get(dimension="start").computed_at == stamp

    def test_a_light_holds_all_it_was_said_from(self, planned, rules):
        report(planned, 2017, 2, "60")
        compute(2)
        found = light(planned, 2)
        assert found.rules == rules
        assert found.inputs["reason"] == "behind"
        assert (found.inputs["scheduled"], found.inputs["done"], found.inputs["short"]) == ("200", "60", "140")
        assert found.threshold == {"measure": "points", "yellow": "10", "red": "30", "floor": None}
        assert found.remedy == {"code": "invest", "amount": "20.0001"}

    def test_a_dimension_no_longer_judged_loses_its_lights(self, planned, rules):
        compute(1)
        without = LightRuleSet.objects.create(code="less", name="少", start_yellow=1)
        assert compute(1, rules=without).removed == 3
        assert set(Light.objects.values_list("dimension", flat=True)) == {"overall", "start"}

    def test_without_rules_nothing_is_judged(self, planned):
        assert compute(1).judged == 0


class TestRunning:
    @pytest.fixture
    def behind(self, planned, rules):
        """Yellow from February to April, green in January and from May."""
        for month, amount in {1: "100", 2: "0", 3: "0", 4: "150", 5: "250", 6: "100"}.items():
            report(planned, 2017, month, amount)
        Light.objects.all().delete()
        compute(1, 2, 3, 4, 5, 6)
        return planned

    def befores(self, project):
        rows = Light.objects.filter(project=project, dimension="investment").order_by("month")
        return list(rows.values_list("before", flat=True))

    def runs(self, project):
        rows = Light.objects.filter(project=project, dimension="investment").order_by("month")
        return [(row.colour, row.since_month, row.months_running) for row in rows]

    def test_counts_the_months_of_one_colour(self, behind):
        assert self.runs(behind) == [
            ("green", 1, 1),
            ("green", 1, 2),
            ("yellow", 3, 1),
            ("yellow", 3, 2),
            ("green", 5, 1),
            ("green", 5, 2),
        ]
        assert self.befores(behind) == ["", "green", "green", "yellow", "yellow", "green"]

    def test_a_past_month_that_changes_colour_changes_the_runs_after_it(self, behind):
        report(behind, 2017, 3, "100", reason="补报")
        assert self.runs(behind)[2:] == [("green", 1, 3), ("green", 1, 4), ("green", 1, 5), ("green", 1, 6)]
        assert self.befores(behind) == ["", *["green"] * 5]

    def test_also_when_only_that_month_is_computed(self, behind):
        ProgressReport.objects.filter(month=3).update(invested=1000)
        compute(3)
        assert self.runs(behind)[2:4] == [("green", 1, 3), ("yellow", 4, 1)]
        assert self.befores(behind)[3] == "green"
        compute(4, 5, 6)
        by_hand = self.runs(behind)
        Light.objects.all().delete()
        compute(1, 2, 3, 4, 5, 6)
        assert self.runs(behind) == by_hand

    def test_a_month_without_lights_begins_anew(self, behind):
        Light.objects.filter(month=5).delete()
        compute(6)
        assert self.runs(behind)[-1] == ("green", 6, 1)
        assert self.befores(behind)[-1] == ""

    def test_december_runs_on_into_january(self, planned, rules):
        plan(planned, 2018, 1200)
        lights.compute(months=[(2017, 12), (2018, 1)], today=date(2018, 2, 1))
        january = Light.objects.get(year=2018, month=1, dimension="milestones")
        assert (january.since_year, january.since_month, january.months_running) == (2017, 12, 2)
        assert january.before == january.colour


class TestFollowing:
    def test_an_acceptance_lights_its_month_and_those_after_that_are_lit(self, planned, rules):
        compute(2)
        assert colours(planned) == {2: "grey"}
        report(planned, 2017, 1, "30")
        assert colours(planned) == {1: "green", 2: "grey"}
        report(planned, 2017, 2, "40")
        assert (light(planned, 2).colour, light(planned, 2).inputs["done"]) == ("yellow", "70")
        report(planned, 2017, 1, "100", reason="更正")
        assert (light(planned, 2).colour, light(planned, 2).inputs["done"]) == ("green", "140")

    def test_a_changed_plan_follows_through_the_year(self, planned, rules, clerk):
        report(planned, 2017, 2, "60")
        assert light(planned, 2).colour == "yellow"
        change = plan_changes.request_plan(
            project=planned, year=2017, planned_investment=Decimal(360), by=clerk, reason="调减"
        ).change
        plan_changes.approve(change, by=None)
        assert light(planned, 2).colour == "green"

    def test_an_old_light_keeps_the_version_it_was_lit_by(self, planned, rules):
        report(planned, 2017, 2, "60")
        LightRuleSet.objects.filter(pk=rules.pk).update(status="retired")
        LightRuleSet.objects.create(code="other", name="另", status="in_force", investment_yellow=0, investment_red=5)
        report(planned, 2017, 2, "61", reason="更正")
        assert (light(planned, 2).rules, light(planned, 2).colour) == (rules, "yellow")
        assert compute(2, rules=lights.in_force()).written
        assert light(planned, 2).colour == "red"

    def test_costs_little(self, planned, rules):
        report(planned, 2017, 2, "60")
        with CaptureQueriesContext(connection) as queries:
            lights.refresh(planned, year=2017, month=2)
        assert len(queries) <= 12

    def test_a_plan_for_next_year_lights_no_month_to_come(self, planned, rules):
        lights.refresh(planned, year=timezone.localdate().year + 1, month=1)
        assert not Light.objects.exists()

    def test_a_plan_or_a_milestone_of_the_past_lights_no_month_that_was_dark(self, planned, rules):
        plan(planned, 2016, "100")
        old = milestones.add_milestone(project=planned, kind="land", name="交地", due=date(2016, 5, 1), by=None)
        milestones.unmeet(milestones.meet(old, on=date(2016, 6, 1), by=None), reason="有误", by=None)
        assert not Light.objects.exists()


class TestCommand:
    def test_says_what_it_did_and_is_audited(self, planned, rules, capsys):
        call_command("compute_lights", year=2017, month=3)
        assert "5 盏灯，写入 5" in capsys.readouterr().out
        assert AuditEvent.objects.get(action="lightruleset.compute").object_key == "ours"

    @pytest.mark.parametrize("name", ["other", "other:1"])
    def test_takes_other_rules(self, planned, rules, name):
        LightRuleSet.objects.create(code="other", name="另", start_yellow=1)
        call_command("compute_lights", year=2017, month=3, rules=name)
        assert Light.objects.count() == 2

    @pytest.mark.parametrize("name", ["none", "ours:9", "ours:x"])
    def test_unknown_rules_are_named_with_those_there_are(self, rules, name):
        with pytest.raises(CommandError, match="ours:1"):
            call_command("compute_lights", year=2017, month=3, rules=name)

    def test_refuses_what_cannot_be(self, db):
        with pytest.raises(CommandError, match="施行"):
            call_command("compute_lights", year=2017, month=3)
        with pytest.raises(ValidationError, match="还没有开始"):
            lights.compute_month(year=2099, month=1, by=None)


class TestNightly:
    def night(self, monkeypatch, day: date):
        moment = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        return jobs.compute_lights()

    def lit(self):
        return sorted(set(Light.objects.values_list("month", flat=True)))

    def test_lights_the_newest_month_that_is_due(self, planned, rules, periods_of_2017, monkeypatch):
        self.night(monkeypatch, date(2017, 4, 22))
        assert self.lit() == [3]
        self.night(monkeypatch, date(2017, 4, 23))
        assert self.lit() == [3, 4]

    def test_without_periods_the_last_month_that_is_over(self, planned, rules, monkeypatch):
        assert self.night(monkeypatch, date(2017, 4, 1)).startswith("2017-03")

    def test_makes_up_for_nights_it_was_down(self, planned, rules, periods_of_2017, monkeypatch):
        self.night(monkeypatch, date(2017, 4, 1))
        self.night(monkeypatch, date(2017, 7, 1))
        assert self.lit() == [3, 4, 5, 6]

    def test_goes_back_for_the_projects_that_changed(self, planned, rules, periods_of_2017, clerk, monkeypatch):
        for month in (4, 5):
            self.night(monkeypatch, date(2017, month, 28))
        milestone = Milestone.objects.create(
            project=planned, name="招标", kind="tender", due=date(2017, 4, 1), original_due=date(2017, 4, 1)
        )
        self.night(monkeypatch, date(2017, 5, 29))
        assert colours(planned, "milestones") == {4: "grey", 5: "red"}
        audit.record("milestone.add", milestone, by=None)
        self.night(monkeypatch, date(2017, 5, 30))
        assert colours(planned, "milestones") == {4: "yellow", 5: "red"}

    def test_goes_back_when_a_deadline_moved(self, planned, bureau, rules, periods_of_2017, monkeypatch):
        for month in (4, 5):
            self.night(monkeypatch, date(2017, month, 28))
        assert colours(planned, "reporting") == {4: "red", 5: "red"}
        periods.grant_extension(
            period=ReportingPeriod.objects.get(month=4), unit=bureau, due=date(2017, 6, 30), reason="汛情", by=None
        )
        self.night(monkeypatch, date(2017, 5, 29))
        assert colours(planned, "reporting")[4] == "grey"

    def test_does_nothing_without_rules(self, planned):
        assert jobs.compute_lights() == "no rules in force"


class TestWords:
    def test_say_why_by_which_limit_and_what_to_do(self, planned, rules):
        report(planned, 2017, 2, "60")
        found = light(planned, 2)
        assert words.why(found.inputs) == (
            "累计完成 60 万元，时序 200 万元，欠 140 万元（11.7%）。其中 1 月未认定，未计入。"
        )
        assert words.threshold("investment", found.threshold) == "欠时序 10 个百分点起为黄；超过 30 个百分点为红"
        assert words.remedy(found.remedy) == "再完成 20.0001 万元"

    @pytest.mark.parametrize(
        ("remedy", "expected"),
        [
            ({"code": "start_by", "by": "2017-07-31"}, "7月31日前开工"),
            ({"code": "meet", "names": ["主体完工"]}, "完成节点“主体完工”"),
            ({"code": "meet", "names": list("甲乙丙丁")}, "完成节点“甲”、“乙”、“丙”等 4 个"),
            ({"code": "file_month", "month": 5}, "报送 5 月进度"),
            ({"code": "file_month", "month": 5, "by": "2017-05-22"}, "5月22日前报送 5 月进度"),
            ({"code": "invest", "amount": "1240"}, "再完成 1,240 万元"),
            ({"code": "all", "steps": [{"code": "file_month", "month": 5}] * 2}, "报送 5 月进度"),
            ({}, ""),
        ],
    )
    def test_of_remedies(self, remedy, expected):
        assert words.remedy(remedy) == expected

    def test_every_light_can_be_worded(self, planned, rules, periods_of_2017):
        for stage in ("", "suspended", "construction"):
            Project.objects.update(stage=stage)
            compute(1, 2)
            for found in Light.objects.all():
                with translation.override("en"):
                    texts = [words.why(found.inputs), words.threshold(found.dimension, found.threshold)]
                assert "%(" not in "".join([*texts, words.remedy(found.remedy)])
                assert words.why(found.inputs) != found.inputs["reason"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    def test_two_runs_write_each_light_once(self, district, rules, monkeypatch):
        monkeypatch.setattr(lights, "BATCH", 2)
        for number in range(9):
            plan(ProjectFactory(area=district.area, lead_unit=district.town), 2017, 100 + number)
        assert not refusals(together(*[lambda: compute(1, 2, 3)] * 3))
        assert Light.objects.count() == Project.objects.count() * 3 * 5

    def test_a_run_beside_acceptances_leaves_no_older_view(self, district, rules):
        filed = []
        for number in range(6):
            project = ProjectFactory(area=district.area, lead_unit=district.town)
            plan(project, 2017, 1200 + number)
            draft = report(project, 2017, 1, "100", draft=True)
            filed.append(workflow.submit(draft, by=None, explanation="已核对"))

        def accept_all():
            for one in filed:
                workflow.accept(one, by=None)

        assert not refusals(together(accept_all, *[lambda: compute(1)] * 2))
        lit = Light.objects.filter(dimension="investment", project__in=[one.project_id for one in filed])
        assert set(lit.values_list("colour", flat=True)) == {"green"}
