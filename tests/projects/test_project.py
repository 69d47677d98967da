from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from projects.models import Category, Programme, Project


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


def test_an_area_is_a_district_not_any_unit(project, bureau):
    project.area = bureau
    with pytest.raises(ValidationError, match="不是行政区"):
        project.full_clean()


def test_what_has_happened_is_not_in_the_future(project):
    project.actual_start = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError, match="不能晚于今天"):
        project.full_clean()


class TestCircles:
    """Nothing stands above itself, however long the way round: pages and queries walk up these chains."""

    def refused(self, row):
        with pytest.raises(ValidationError, match="其下级|自己") as refused:
            row.full_clean()
        assert "parent" in refused.value.message_dict

    def test_of_projects(self, project, area, category):
        part = Project.objects.create(name="子项", area=area, category=category, parent=project)
        project.parent = part
        self.refused(project)

    def test_of_programmes(self, category):
        upper = Programme.objects.create(code="a", name="甲", category=category)
        lower = Programme.objects.create(code="b", name="乙", category=category, parent=upper)
        upper.parent = lower
        self.refused(upper)

    def test_of_units(self, area, bureau):
        area.parent = bureau
        self.refused(area)


def test_a_programme_lies_inside_one_of_its_own_category(category):
    other = Programme.objects.create(code="a", name="甲", category=Category.objects.create(code="o", name="其他"))
    inner = Programme(code="b", name="乙", category=category, parent=other)
    with pytest.raises(ValidationError, match="另一类别"):
        inner.full_clean()


def test_a_code_that_looks_like_ours_but_is_absurd_does_not_stop_the_numbering(area, category):
    Project.objects.create(code="P" + "9" * 29, name="怪", area=area, category=category)
    assert Project.objects.create(name="常", area=area, category=category).code == "P0001"


def test_full_width_names_are_found_as_they_are_typed(area, category):
    Project.objects.create(name="人和路（二期）", area=area, category=category)
    assert Project.objects.search("（二期）").exists()
    assert Project.objects.search("(二期)").exists()
