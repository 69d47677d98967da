from decimal import Decimal

import pytest

from erqi.accounts.models import User
from projects.models import Category, Membership, Project, Unit
from projects.services import totals
from projects.services.plans import set_plan
from tests.factories import counted

# Modules whose tests write through services, pages and the API only: whatever they do, totals stay exact. A new way of
# writing that forgets the totals is found here by the test of that way.
THROUGH_SERVICES = {
    "test_month",
    "test_plan_changes",
    "test_plans",
    "test_progress",
    "test_projects",
    "test_review",
    "test_trail",
    "test_workflow",
    "test_year",
}


@pytest.fixture(autouse=True)
def totals_stay_exact(request):
    module = request.module.__name__.rpartition(".")[2].removesuffix("_at_once")
    asked = module in THROUGH_SERVICES and "db" in request.fixturenames
    if asked:
        # Rolled back after this, not before.
        request.getfixturevalue("db")
    yield
    if asked:
        assert [str(difference) for difference in totals.differences()] == []


@pytest.fixture
def clerk(db):
    return User.objects.create(username="clerk")


@pytest.fixture
def category(db):
    return Category.objects.create(code="ecology", name="生态建设")


@pytest.fixture
def area(db):
    return Unit.objects.create(code="area", name="某区", kind=Unit.Kind.AREA)


@pytest.fixture
def bureau(area):
    return Unit.objects.create(code="bureau", name="区住建局", kind=Unit.Kind.BUREAU, parent=area)


@pytest.fixture
def street(area):
    return Unit.objects.create(code="street", name="某街道", kind=Unit.Kind.STREET, parent=area)


@pytest.fixture
def project(area, bureau, category):
    return counted(Project.objects.create(name="某路", area=area, category=category, lead_unit=bureau))


@pytest.fixture
def planned(project, clerk):
    """``project`` with a linear plan of 1,200 万元 for 2017."""
    set_plan(project=project, year=2017, planned_investment=Decimal(1200), by=clerk)
    return project


@pytest.fixture
def member():
    """A new user with a role over a unit."""

    def make(role, unit, username="member"):
        user = User.objects.create(username=username)
        Membership.objects.create(user=user, unit=unit, role=role)
        return user

    return make
