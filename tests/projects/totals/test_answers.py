"""From totals or from rows: the same answer, for every reader, scope and baseline."""

from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q

from erqi.core.exceptions import Conflict
from projects import reports
from projects.models import LightRuleSet, Programme, Project, Unit
from projects.models.cells import Cells
from projects.models.choices import Baseline
from projects.reports.cells import cells_of
from projects.reports.changes import changes
from projects.reports.coverage import coverage, unfiled
from projects.reports.lights import GROUPS, light_counts
from projects.services import lights
from projects.services.progress import record_month
from projects.services.projects import save_project
from tests.factories import CategoryFactory, ProgrammeFactory, plan, report
from tests.projects.totals.exact import exact

STAGES = ["", Project.Stage.CONSTRUCTION, Project.Stage.SUSPENDED, Project.Stage.REMOVED]


class Busy:
    """People at work in a district, one random step after another."""

    def __init__(self, district, root, seed: int):
        self.random, self.district, self.root = Random(seed), district, root
        self.categories = [district.street_project.category, *CategoryFactory.create_batch(2)]
        self.programmes = [None, *ProgrammeFactory.create_batch(2, category=self.categories[0])]
        self.programmes.append(ProgrammeFactory(category=self.categories[0], parent=self.programmes[1]))
        self.units = [None, district.street, district.station, district.town]

    def step(self) -> None:
        steps = [self.add, self.plan, self.move, self.report, self.report, self.report]
        with suppress(Conflict):  # a month that is on its way already
            self.random.choice(steps)(self.random.choice(Project.objects.order_by("pk")))

    def add(self, _project) -> None:
        self.move(Project(name="新", area=self.district.area, category=self.categories[0]))

    def move(self, project) -> None:
        project.lead_unit = self.random.choice(self.units)
        project.category = self.random.choice(self.categories)
        project.programme = self.random.choice(self.programmes)
        # A programme names its category.
        project.category = project.programme.category if project.programme else project.category
        project.stage = self.random.choice(STAGES)
        save_project(project, by=self.root)

    def plan(self, project) -> None:
        plan(project, self.random.choice([2016, 2017]), self.amount(), reason="会议")

    def report(self, project) -> None:
        year, month = self.random.choice([2016, 2017]), self.random.randint(1, 6)
        if self.random.random() < 0.8:
            report(project, year, month, self.amount(), reason="核对")
        else:
            self.begin(project, year, month)

    def begin(self, project, year: int, month: int) -> None:
        """A month, or the correction of one, that is left on its way, or a draft."""
        given = {"invested": self.amount(), "explanation": "核对", "reason": "核对"}
        draft = self.random.random() < 0.3
        record_month(project=project, year=year, month=month, by=None, draft=draft, **given)

    def amount(self) -> Decimal:
        return Decimal(self.random.randrange(90_000_000)) / 10_000


def scopes(district, programme) -> dict:
    every, below = Project.objects.all(), Unit.objects.subtree_ids([district.street.pk])
    return {
        "all": every,
        "leader": every.visible_to(district.leader),
        "reporter": every.visible_to(district.reporter),
        "nobody": every.visible_to(district.nobody),
        "stranger": every.visible_to(AnonymousUser()),
        "category": every.filter(category=district.street_project.category),
        "but a category": every.exclude(category=district.street_project.category),
        "programme": every.filter(programme__in=Programme.objects.subtree_ids([programme.pk])),
        "but a programme": every.exclude(programme=programme),
        "unit": every.within(below),
        "narrowed twice": every.visible_to(district.leader)
        .within(below)
        .filter(category=district.street_project.category),
        "led by nobody": every.filter(lead_unit=None),
        "of a relation": district.town.led_projects.all(),
    }


def answers(projects, *, month, baseline) -> list:
    about = {"year": 2017, "month": month, "baseline": baseline, "projects": projects}
    districts = reports.Districts.of(Unit.objects.filter(code__in=["area", "street", "town"]))
    columns = ("category", "programme", "area", "lead_unit")
    return [
        reports.overview(**about),
        reports.overview(**about, districts=districts),
        light_counts(by="unit", year=2017, month=month, projects=projects, districts=districts),
        coverage(**about),
        reports.monthly_curve(**about),
        *(reports.figures_by(column, **about) for column in columns),
        *(reports.monthly_curves(column, **about) for column in columns),
        reports.latest_month(2017, projects=projects),
        *(light_counts(by=by, year=2017, month=month, projects=projects) for by in GROUPS),
        changes(year=2017, month=month, projects=projects),
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_was_done(district, root, seed):
    busy = Busy(district, root, seed)
    LightRuleSet.objects.create(code="ours", name="规则", status="in_force", investment_yellow=10, investment_red=30)
    for _ in range(45):
        busy.step()
    lights.compute(months=[(2017, month) for month in (4, 5)])
    assert exact()
    for name, scope in scopes(district, busy.programmes[1]).items():
        assert cells_of(scope, None) is not None, name
        for month, baseline in [(1, Baseline.CURRENT), (5, Baseline.ORIGINAL), (12, Baseline.CURRENT)]:
            # A condition that totals do not know: every code has letters.
            rows = scope.filter(code__gt="")
            found = [answers(chosen, month=month, baseline=baseline) for chosen in (scope, rows)]
            assert found[0] == found[1], (name, month, baseline)
            owed = unfiled(year=2017, month=month, projects=scope)
            assert owed == scope.unfiled(2017, month).count() == unfiled(year=2017, month=month, projects=rows), name


def test_lights_where_nothing_was_planned_are_no_course(district):
    """Grey ones, in the months they were computed for and in no other."""
    LightRuleSet.objects.create(code="ours", name="规则", status="in_force", investment_yellow=10, investment_red=30)
    lights.compute(months=[(2017, 3)])
    assert reports.monthly_curves("category", year=2017, month=3) == {}
    months = reports.months_by_category(year=2017, month=3)
    assert all(line.invested is None for group in months.by_category for line in group.months)


class TestWhatTotalsCanAnswer:
    def test_only_the_present(self, db):
        assert cells_of(None, None) is not None
        assert cells_of(None, "2017-06-30T18:00:00Z") is None

    def test_only_by_what_they_are_kept_by(self, db):
        assert cells_of(None, None, "category", "lead_unit") is not None
        assert cells_of(None, None, "pk") is None

    @pytest.mark.parametrize(
        ("narrow", "knows"),
        [
            ({}, []),
            ({"area": 1, "category__in": [1, 2]}, ["area", "category"]),
            ({"area": 1, "lead_unit": None}, ["area", "lead_unit"]),
            ({"under__among": [1, 2]}, ["under"]),
            ({"programme": None, "category": 1}, ["category", "programme"]),
        ],
    )
    def test_a_choice_says_what_its_totals_must_know(self, db, narrow, knows):
        for rows in (Project.objects.filter(**narrow), Project.objects.exclude(**narrow)):
            assert sorted(cells_of(rows, None).columns) == knows

    @pytest.mark.parametrize(
        "narrow",
        [
            lambda rows: rows.filter(code="S1"),
            lambda rows: rows.filter(Q(category=1) | Q(stage="")),
            lambda rows: rows.exclude(host_unit=1),
            lambda rows: rows.filter(category__code="roads"),
            lambda rows: rows.filter(category=F("programme")),
            lambda rows: rows.filter(lead_unit__in=iter([1, 2])),
            lambda rows: rows.search("x"),
            lambda rows: rows.unfiled(2017, 1),
            lambda rows: rows.order_by("pk")[:1],
            lambda rows: rows | rows.filter(category=1),
            lambda rows: rows & rows.filter(category=1),
            lambda rows: rows.union(rows.filter(category=1)),
            lambda rows: rows.complex_filter({"stage": ""}),
            lambda rows: rows.complex_filter(Q(stage="")),
            lambda rows: rows.distinct("category"),
        ],
    )
    def test_anything_else_is_counted_from_rows(self, db, narrow):
        narrowed = narrow(Project.objects.all())
        assert cells_of(narrowed, None) is None
        assert cells_of(narrowed.order_by() if not narrowed.query.is_sliced else narrowed, None) is None

    def test_what_chooses_no_rows_is_passed_over(self, db):
        rows = Project.objects.with_names().with_progress(2017, 3).order_by("name")
        assert cells_of(rows, None) == Cells(Q())

    def test_each_question_is_one_statement(self, district, django_assert_num_queries):
        about = {"year": 2017, "month": 3, "projects": Project.objects.filter(category=1)}
        for ask in (coverage, reports.monthly_curve):
            with django_assert_num_queries(1):
                ask(**about)
        with django_assert_num_queries(1):
            reports.figures_by("lead_unit", **about)
