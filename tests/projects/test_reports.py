"""Figures recounted by hand and by a plain loop over the rows."""

from decimal import Decimal as D

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erqi.accounts.models import User
from projects import reports
from projects.models import AnnualPlan, Category, ProgressReport, Project, PublishedFigure, Unit
from projects.services import workflow
from projects.services.plans import set_plan
from projects.services.progress import record_month
from tests import factories


@pytest.fixture
def record(db):
    """Accepts months: ``record(project, m1=100)``."""

    def call(project, **months):
        for name, amount in months.items():
            factories.report(project, 2017, int(name[1:]), amount)

    return call


def test_rate_is_done_by_plan_and_ahead_is_in_points_against_schedule(planned, record):
    record(planned, m1=120, m2=120, m3=120)
    total = reports.overview(year=2017, month=3).total
    assert (total.plan, total.scheduled, total.done) == (1200, 300, 360)
    assert (total.rate, total.scheduled_rate, total.ahead) == (D("0.3"), D("0.25"), 5)


def test_a_rate_may_exceed_one_hundred_percent(planned, record):
    record(planned, m12=1500)
    assert reports.overview(year=2017, month=12).total.rate == D("1.25")


def test_months_after_the_one_asked_for_do_not_count(planned, record):
    record(planned, m1=100, m2=100)
    assert reports.overview(year=2017, month=1).total.done == 100


@pytest.mark.parametrize("draft", [True, False])
def test_only_what_the_bureau_accepted_counts(planned, draft):
    record_month(project=planned, year=2017, month=1, invested=D(100), by=None, explanation="核对", draft=draft)
    total = reports.overview(year=2017, month=1).total
    assert (total.done, total.due, total.in_) == (0, 1, 0)


def test_a_month_being_corrected_counts_as_it_stands_until_the_correction_is_accepted(planned, record):
    record(planned, m1=100)
    workflow.reopen(ProgressReport.objects.get(), by=None, reason="复核")
    correction = record_month(project=planned, year=2017, month=1, invested=D(70), by=None, explanation="核对").report
    assert reports.overview(year=2017, month=1).total.done == 100
    workflow.accept(correction, by=None)
    assert reports.overview(year=2017, month=1).total.done == 70


def test_money_without_a_plan_is_shown_but_outside_every_rate(planned, area, category, record):
    unplanned = factories.counted(Project.objects.create(name="计划外", area=area, category=category))
    record(planned, m1=100)
    record(unplanned, m1=50)
    total = reports.overview(year=2017, month=1).total
    assert (total.projects, total.planned_projects, total.done, total.unplanned) == (2, 1, 100, 50)


def test_without_a_plan_rates_are_unknown_not_zero(project):
    total = reports.overview(year=2017, month=6).total
    assert (total.projects, total.rate, total.scheduled_rate, total.ahead) == (1, None, None, None)


@pytest.mark.parametrize(("stage", "due"), [("", 1), ("construction", 1), ("suspended", 0), ("removed", 0)])
def test_stopped_projects_owe_no_report(planned, stage, due):
    Project.objects.filter(pk=planned.pk).update(stage=stage)
    factories.recount()
    assert reports.overview(year=2017, month=1).total.due == due


def test_as_of_shows_what_was_known_then(planned, clerk, record):
    record(planned, m1=100)
    then = timezone.now()
    factories.report(planned, 2017, 1, 70, reason="核减")
    set_plan(project=planned, year=2017, planned_investment=D(600), by=clerk, reason="调整")
    now, known = (reports.overview(year=2017, month=1, as_of=moment).total for moment in (None, then))
    assert (now.plan, now.done, now.scheduled) == (600, 70, 50)
    assert (known.plan, known.done, known.scheduled) == (1200, 100, 100)
    months = reports.project_year(project=planned, year=2017, as_of=then).months
    assert (months[0].invested, months[0].scheduled) == (100, 100)


def test_every_active_category_is_listed_and_units_stand_in_order_of_points(planned, street, area, clerk, record):
    Category.objects.create(code="empty", name="空类", order=9)
    behind = factories.ProjectFactory(name="落后", area=area, category=planned.category, lead_unit=street)
    set_plan(project=behind, year=2017, planned_investment=D(1200), by=clerk)
    record(planned, m1=200)
    overview = reports.overview(year=2017, month=1)
    assert [str(g.of) for g in overview.by_category] == ["生态建设", "空类"]
    assert [str(g.of) for g in overview.by_unit] == ["区住建局", "某街道"]


def test_the_age_of_the_answer_is_its_newest_acceptance(planned, record):
    assert reports.overview(year=2017, month=2).newest is None
    record(planned, m1=1, m2=1)
    newest = ProgressReport.objects.get(month=2).accepted_at
    assert reports.overview(year=2017, month=2).newest == newest


def test_a_projects_year_has_twelve_lines_and_stops_counting_at_the_last_month_reported(planned, record):
    record(planned, m1=90, m3=150)
    year = reports.project_year(project=planned, year=2017)
    assert [line.to_date for line in year.months[:4]] == [90, 90, 240, None]
    assert [line.invested for line in year.months[:4]] == [90, None, 150, None]
    assert year.months[2].rate == D("0.2")
    assert year.months[2].ahead == -5
    assert year.last_reported.month == 3


def test_the_curve_sums_planned_projects_and_ends_at_the_month_asked_for(planned, record):
    record(planned, m1=90, m2=150)
    curve = reports.monthly_curve(year=2017, month=2)
    assert [(line.scheduled_to_date, line.to_date) for line in curve[:3]] == [(100, 90), (200, 240), (300, None)]


class TestPublishedAgainstRegistered:
    def compare(self, **figure):
        row = {"code": "f", "year": 2017, "label": "f", "unit_of_measure": "亿元", **figure}
        PublishedFigure.objects.create(**row)
        (comparison,) = reports.published_against_registered(year=2017)
        return comparison

    def test_money_is_compared_in_the_printed_unit(self, planned):
        comparison = self.compare(measure="annual_plan", value=D(446))
        assert (comparison.registered, comparison.gap) == (D("0.12"), D("-445.88"))

    def test_counts_are_compared_in_their_category(self, project, area):
        other = Category.objects.create(code="other", name="其他")
        Project.objects.create(name="他", area=area, category=other)
        comparison = self.compare(measure="project_count", value=D(32), unit_of_measure="个", category=project.category)
        assert (comparison.registered, comparison.gap) == (1, -31)

    def test_a_programme_includes_the_programmes_inside_it(self, project):
        roads = project.category.programmes.create(code="roads", name="路网")
        inner = project.category.programmes.create(code="open", name="通车", parent=roads)
        Project.objects.filter(pk=project.pk).update(programme=inner)
        figure = {"measure": "project_count", "value": D(94), "unit_of_measure": "个"}
        assert self.compare(category=project.category, programme=roads, **figure).registered == 1

    def test_without_a_published_value_there_is_no_gap(self, project):
        assert self.compare(measure="total_investment", value=None).gap is None


AMOUNTS = st.decimals(0, 10**6, places=4)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.integers(0, 1), st.integers(0, 2), AMOUNTS | st.none(), st.dictionaries(st.integers(1, 12), AMOUNTS)
        ),
        max_size=6,
    ),
    month=st.integers(1, 12),
)
def test_figures_equal_a_plain_recount_of_the_rows(db, rows, month):
    ProgressReport.objects.all().delete()
    AnnualPlan.objects.all().delete()
    Project.objects.all().delete()
    factories.recount()
    user, _ = User.objects.get_or_create(username="clerk")
    area, _ = Unit.objects.get_or_create(code="area", name="某区", kind="area")
    units = [None, *(Unit.objects.get_or_create(code=f"u{n}", name=f"单位{n}", kind="bureau")[0] for n in (1, 2))]
    categories = [Category.objects.get_or_create(code=f"c{n}", name=f"类别{n}")[0] for n in (0, 1)]
    for category, unit, plan, months in rows:
        project = factories.ProjectFactory(area=area, category=categories[category], lead_unit=units[unit])
        if plan is not None:
            set_plan(project=project, year=2017, planned_investment=plan, by=user)
        for m, amount in months.items():
            factories.report(project, 2017, m, amount)
    overview = reports.overview(year=2017, month=month)

    def recount(chosen):
        planned = [(plan, months) for _c, _u, plan, months in chosen if plan is not None]
        return (
            len(chosen),
            sum(plan for plan, _m in planned),
            sum(a for _p, months in planned for m, a in months.items() if m <= month),
            sum(month in months for _p, months in planned),
        )

    def counted(figures):
        return (figures.projects, figures.plan, figures.done, figures.in_)

    assert counted(overview.total) == recount(rows)
    for group in overview.by_category:
        assert counted(group.figures) == recount([r for r in rows if categories[r[0]] == group.of])
    for group in overview.by_unit:
        assert counted(group.figures) == recount([r for r in rows if units[r[1]] == group.of])
