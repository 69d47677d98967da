"""The bench's rows are rows that the site itself could have written."""

from django.db import connection

from projects.models import AnnualPlan, ProgressReport, Project


def test_keys_point_at_rows_and_names_are_found_as_they_are_typed(small):
    connection.check_constraints()
    for project in Project.objects.all()[:60]:
        stored = project.search_text
        project.fill_search_text()
        assert stored == project.search_text


def test_plans_add_up_and_reports_are_corrected_as_services_do_it(small):
    assert AnnualPlan.objects.current().filter(year=2017).count() == 190
    assert AnnualPlan.objects.filter(year=2017, version=2).exclude(reason="").count() == 10
    for plan in AnnualPlan.objects.prefetch_related("schedule"):
        assert plan.schedule.all()[11].to_date == plan.planned_investment
    assert ProgressReport.objects.in_force().filter(year=2017, revision=2).exists()


def test_new_rows_can_be_added_to_it(small):
    last = Project.objects.order_by("pk").last()
    project = Project.objects.create(code="N1", name="新", category=last.category, area=last.area)
    assert project.pk > last.pk
