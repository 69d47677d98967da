"""What the generated district holds: true to every rule that real rows obey."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal

import pytest
from django.db.models import F
from django.test import override_settings
from django.utils import timezone

from awards.models import Commendation, Honour
from awards.services.demo import generate_demo
from erqi.core.models import Source
from projects import reports
from projects.models import (
    AnnualPlan,
    ApprovalCode,
    Light,
    Milestone,
    MilestoneMove,
    PlanChange,
    Problem,
    Programme,
    ProgressReport,
    Project,
    PublishedFigure,
    ReportingPeriod,
    ScheduledMonth,
    SupervisionOrder,
    Target,
    Unit,
    YearTheme,
)
from projects.services.plans import linear_schedule

pytestmark = pytest.mark.django_db

SIZE, YEAR = 60, 2017


@pytest.fixture(scope="module", autouse=True)
def demo(kept):
    """Generated once, since nothing here writes."""
    with override_settings(DEMO=True):
        yield generate_demo(projects=SIZE, seed=1, year=YEAR)


def test_everything_says_that_it_is_a_demo():
    for model, name in ((Project, "name"), (Unit, "name"), (Programme, "name"), (YearTheme, "name")):
        assert model.objects.exists()
        assert not model.objects.exclude(**{f"{name}__startswith": "演示"}).exists()
    for model in (Honour, Commendation):
        assert not model.objects.exclude(title__startswith="演示").exists()
    assert [source.title for source in Source.objects.all()] == ["演示数据由程序生成"]
    for model in (Project, Unit, Honour, Target, PublishedFigure):
        assert not model.objects.exclude(source__code="demo").exists()


def test_every_row_would_also_pass_validation():
    """Uniqueness and checks were the database's business; this is what bulk writing goes round."""
    checked = (Unit, Project, AnnualPlan, ScheduledMonth, ProgressReport, ApprovalCode, Honour, Target, ReportingPeriod)
    for model in (*checked, PlanChange, Milestone, Problem, SupervisionOrder):
        links = [field.name for field in model._meta.fields if field.is_relation]
        for row in model.objects.all():
            row.clean_fields(exclude=links)
            row.clean()


def test_names_are_unique_and_can_be_searched():
    assert Project.objects.values("name").distinct().count() == SIZE
    assert Project.objects.search("yanshi").count() == SIZE


def test_schedules_end_in_the_plan_and_never_go_back():
    kinds = set()
    for plan in AnnualPlan.objects.prefetch_related("schedule"):
        to_date = [month.to_date for month in plan.schedule.all()]
        assert len(to_date) == 12
        assert to_date == sorted(to_date)
        assert to_date[-1] == plan.planned_investment
        kinds.add(plan.linear)
        if plan.linear:
            assert to_date == linear_schedule(plan.planned_investment)
    assert kinds == {True, False}


def test_some_plans_were_changed_during_the_year():
    changed = AnnualPlan.objects.filter(version=2)
    assert changed.exists()
    for plan in changed:
        baseline = AnnualPlan.objects.get(project=plan.project, version=1)
        assert baseline.superseded_at == plan.recorded_at
        assert plan.recorded_at.year == YEAR
        assert plan.reason


def test_every_category_has_projects_ahead_and_behind():
    seen = defaultdict(set)
    for project in Project.objects.all():
        line = reports.project_year(project=project, year=YEAR).last_reported
        if line and line.ahead:
            seen[project.category.code].add(line.ahead > 0)
    assert len(seen) == 5
    assert all(signs == {True, False} for signs in seen.values())


def test_reports_are_missing_late_corrected_and_once_taken_back():
    total = reports.overview(year=YEAR, month=12).total
    assert 0 < total.in_ < total.due
    assert ProgressReport.objects.filter(revision=2, superseded_at=None).exclude(reason="").exists()
    [negative] = ProgressReport.objects.filter(invested__lt=0)
    assert negative.reason


def test_the_last_month_is_still_on_its_way_and_the_others_are_done_with():
    standing = ProgressReport.objects.filter(superseded_at=None)
    assert set(standing.filter(month=12).values_list("status", flat=True)) == set(ProgressReport.Status) - {"endorsed"}
    assert not standing.filter(month__lt=12).open().exists()
    assert standing.waiting_for_review().exclude(findings=[]).exists()
    assert set(standing.filter(month__lt=12).values_list("on_time", flat=True)) == {True, False}
    assert reports.latest_month(YEAR) == 12


def test_nobody_accepted_their_own():
    for row in ProgressReport.objects.accepted():
        assert row.accepted_by_id not in {row.recorded_by_id, row.submitted_by_id}
        assert row.recorded_at <= row.submitted_at < row.accepted_at


def test_changed_plans_were_asked_for_and_decided():
    changes = PlanChange.objects.select_related("basis", "result")
    assert {change.result_id for change in changes} == set(
        AnnualPlan.objects.filter(version=2).values_list("pk", flat=True)
    )
    for change in changes:
        assert change.requested_by != change.decided_by == change.result.recorded_by


def test_milestones_are_missed_moved_and_met():
    end = date(YEAR, 12, 31)
    assert Milestone.objects.overdue(on=end).exists()
    assert Milestone.objects.filter(met_on__lte=F("due")).exists()
    assert Milestone.objects.filter(met_on__gt=F("due")).exists()
    moved = Milestone.objects.exclude(due=F("original_due"))
    assert {move.milestone for move in MilestoneMove.objects.all()} == set(moved)


def test_lights_of_every_colour_explain_themselves():
    december = Light.objects.overall().filter(month=12)
    assert december.count() == Project.objects.count()
    assert set(december.values_list("colour", flat=True)) == set(Light.Colour)
    assert not december.exclude(colour__in=["green", "grey"]).filter(remedy={}).exists()
    assert Light.objects.filter(months_running__gt=2, colour="red").exists()


def test_problems_and_orders_are_open_and_closed():
    assert Problem.objects.open().exists()
    assert Problem.objects.filter(status=Problem.Status.CLOSED).exists()
    orders = SupervisionOrder.objects
    assert set(orders.values_list("status", flat=True)) <= set(SupervisionOrder.Status)
    assert orders.open().exists()
    assert len(set(orders.values_list("number", flat=True))) == orders.count()


def test_the_past_is_known_as_it_was():
    then = datetime(YEAR, 7, 1, tzinfo=timezone.get_default_timezone())
    known, today = reports.overview(year=YEAR, month=12, as_of=then), reports.overview(year=YEAR, month=12)
    assert known.newest <= then
    assert known.total.planned_projects == today.total.planned_projects
    assert 0 < known.total.done < today.total.done


def test_the_overview_equals_plain_sums():
    """Recounted row by row, without the database's help."""
    plans = {p.project_id: p for p in AnnualPlan.objects.filter(superseded_at=None)}
    scheduled = {(m.plan_id, m.month): m.to_date for m in ScheduledMonth.objects.all()}
    in_force = [r for r in ProgressReport.objects.all() if r.status == "accepted" and r.superseded_at is None]
    for month in (1, 6, 12):
        overview = reports.overview(year=YEAR, month=month)
        for group in overview.by_category:
            mine = {p.pk for p in Project.objects.filter(category=group.of)}
            of_plans = [plan for pk, plan in plans.items() if pk in mine]
            done = [r for r in in_force if r.project_id in mine and r.month <= month]
            assert group.figures.projects == len(mine)
            assert group.figures.plan == sum(plan.planned_investment for plan in of_plans)
            assert group.figures.scheduled == sum(scheduled[plan.pk, month] for plan in of_plans)
            assert group.figures.done == sum((r.invested for r in done if r.project_id in plans), Decimal(0))
            assert group.figures.unplanned == sum((r.invested for r in done if r.project_id not in plans), Decimal(0))
        assert overview.total == sum((group.figures for group in overview.by_category), reports.Figures())


def test_published_figures_stand_beside_the_register_with_gaps():
    gaps = [line.gap for line in reports.published_against_registered(year=YEAR)]
    assert len(gaps) == 18
    assert any(gaps)
