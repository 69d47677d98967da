import pytest

from projects.models import Programme, Project
from tests.factories import ProgrammeFactory, ProjectFactory, plan, report


@pytest.fixture
def inner(district) -> Programme:
    """A programme inside another one."""
    outer = ProgrammeFactory(category=district.street_project.category)
    return ProgrammeFactory(category=outer.category, parent=outer)


@pytest.fixture
def counted(district) -> Project:
    """The street's project with a plan and two accepted months, beside another one of the same cell."""
    project = district.street_project
    beside = ProjectFactory(lead_unit=project.lead_unit, area=project.area, category=project.category)
    plan(beside, 2017, 1200)
    report(beside, 2017, 3, 60)
    plan(project, 2017, 1200)
    report(project, 2017, 1, 80)
    report(project, 2017, 3, "80.0001")
    return project
