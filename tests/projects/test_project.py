import pytest
from django.core.exceptions import ValidationError

from projects.models import Category, Programme


def test_a_programme_belongs_to_the_projects_category(project):
    roads = Programme.objects.create(
        code="roads", name="路网", category=Category.objects.create(code="infra", name="基础设施")
    )
    project.programme = roads
    with pytest.raises(ValidationError, match="路网.*基础设施") as refused:
        project.full_clean()
    assert "programme" in refused.value.message_dict
    project.category = roads.category
    project.full_clean()


@pytest.mark.parametrize("dates", [("planned_start", "planned_finish"), ("actual_start", "actual_finish")])
def test_it_does_not_finish_before_it_starts(project, dates):
    start, finish = dates
    setattr(project, start, "2017-06-01")
    setattr(project, finish, "2017-05-31")
    with pytest.raises(ValidationError, match="不能早于"):
        project.full_clean()
