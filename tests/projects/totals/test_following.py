"""Totals follow every change of what they sum, in the same transaction."""

from decimal import Decimal

import pytest
from django.core.management import call_command

from projects import reports
from projects.models import MonthlyTotal, ProgressReport, Project
from projects.services import plan_changes, workflow
from projects.services.progress import record_month
from projects.services.projects import save_project
from projects.services.totals import changes
from tests.factories import plan, report
from tests.projects.totals.exact import exact

D = Decimal


def total(month=12, **about):
    return reports.overview(year=2017, month=month, **about).total


def test_an_accepted_month_counts_from_that_month_on(counted):
    assert [total(month).done for month in (1, 2, 3, 12)] == [80, 80, D("220.0001"), D("220.0001")]
    assert exact()


def test_a_correction_takes_the_place_of_what_it_corrects(counted):
    report(counted, 2017, 3, 20)
    assert (total().done, total(3).in_) == (160, 2)
    assert exact()


def test_a_negative_month_and_a_month_without_a_plan(counted, district):
    report(counted, 2017, 4, -10, reason="核减")
    report(district.town_project, 2017, 2, 7)
    assert (total().done, total().unplanned) == (D("210.0001"), 7)
    assert exact()


def test_the_first_plan_brings_in_what_was_done_before_it(district):
    report(district.town_project, 2017, 2, 7)
    plan(district.town_project, 2017, 100)
    assert (total().done, total().unplanned, total().planned_projects) == (7, 0, 1)
    assert exact()


def test_a_changed_plan_leaves_the_original_as_it_was(counted):
    plan(counted, 2017, 600, reason="调减", schedule=[D(50)] * 12)
    assert (total().plan, total(baseline="original").plan) == (1800, 2400)
    assert (total(6).scheduled, total(6, baseline="original").scheduled) == (900, 1200)
    assert exact()


def test_a_change_that_the_bureau_approves(counted):
    asked = {"project": counted, "year": 2017, "planned_investment": D(500), "reason": "会议"}
    plan_changes.approve(plan_changes.request_plan(by=None, **asked).change, by=None)
    assert total().plan == 1700
    assert exact()


def test_nothing_counts_before_it_is_accepted_or_once_it_is_dismissed(counted, root):
    before = list(MonthlyTotal.objects.order_by("pk").values())
    record_month(project=counted, year=2017, month=5, invested=D(9), by=None, explanation="核对")
    in_force = ProgressReport.objects.in_force().get(project=counted, month=1)
    correction = workflow.reopen(in_force, by=None, reason="复核")
    workflow.dismiss(correction, by=None, reason="无误")
    assert list(MonthlyTotal.objects.order_by("pk").values()) == before
    assert exact()


@pytest.mark.parametrize(("stage", "due"), [("construction", 2), ("suspended", 1), ("removed", 1)])
def test_a_stopped_project_owes_nothing_more(counted, root, stage, due):
    counted.stage = stage
    save_project(counted, by=root)
    report(counted, 2017, 6, 1)
    assert (total(6).due, total(6).in_) == (due, due - 1)
    assert exact()


class TestMoving:
    def move(self, project, by, **changes):
        for name, value in changes.items():
            setattr(project, name, value)
        return save_project(project, by=by)

    def test_to_another_unit_and_category(self, counted, district, root):
        self.move(counted, root, lead_unit=district.town, category=district.town_project.category)
        by_unit = reports.figures_by("lead_unit", year=2017, month=3)
        assert (by_unit[district.station.pk].done, by_unit[district.town.pk].done) == (60, D("160.0001"))
        assert exact()

    def test_into_a_programme_and_out_of_it(self, counted, inner, root):
        self.move(counted, root, programme=inner)
        assert reports.figures_by("programme", year=2017, month=3)[inner.pk].done == D("160.0001")
        self.move(counted, root, programme=None)
        assert inner.pk not in reports.figures_by("programme", year=2017, month=3)
        assert exact()

    def test_the_cell_left_behind_is_as_old_as_what_is_left_in_it(self, counted, district, root):
        left = ProgressReport.objects.exclude(project=counted).get()
        self.move(counted, root, lead_unit=None)
        stayed = Project.objects.filter(lead_unit=district.station)
        assert reports.overview(year=2017, month=12, projects=stayed).newest == left.accepted_at
        assert exact()

    def test_nobody_elses_reports_are_looked_at_where_another_is_newer(self, counted, district, root, monkeypatch):
        older = ProgressReport.objects.exclude(project=counted).get().project
        monkeypatch.setattr(changes, "newest_of", lambda *_args: pytest.fail("looked at"))
        self.move(older, root, lead_unit=district.town)
        assert exact()

    def test_the_last_one_leaves_no_group_behind(self, district, root):
        plan(district.town_project, 2017, 1200)
        report(district.town_project, 2017, 1, 10)
        self.move(district.town_project, root, lead_unit=district.street)
        found = reports.overview(year=2017, month=1)
        assert district.town not in {group.of for group in found.by_unit}
        assert list(reports.monthly_curves("lead_unit", year=2017, month=1)) == [district.street.pk]
        district.town.memberships.all().delete()
        district.town.delete()
        assert exact()


def test_what_is_not_counted_by_costs_nothing(counted, root, django_assert_max_num_queries):
    counted.note = "只改备注"
    with django_assert_max_num_queries(60) as asked:
        save_project(counted, by=root)
    assert not [query for query in asked.captured_queries if "monthlytotal" in query["sql"].lower()]


def test_a_new_project_is_counted_and_a_refused_change_is_not(district, root):
    made = Project(name="新", area=district.area, category=district.town_project.category)
    save_project(made, by=root)
    assert total().projects == 4
    made.name = ""
    made.lead_unit = district.town
    with pytest.raises(Exception, match="name|名称|空"):
        save_project(made, by=root)
    assert exact()


def test_loaded_fixtures_are_counted(db, settings):
    call_command("load_fixtures", verbosity=0)
    assert total().projects == Project.objects.count() > 0
    assert exact()
