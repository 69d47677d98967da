import pytest

from tests import factories
from tests.core.admin.pages import address


@pytest.fixture
def signed_in(client):
    """A client for one of the district's people."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def reported(project):
    factories.plan(project, 2017, "1200")
    factories.report(project, 2017, 1, "100")
    factories.report(project, 2017, 2, "80.5", note="路基")
    return project


@pytest.fixture(scope="module")
def kept_project(kept_district):
    """Once for a module that says ``usefixtures("kept_project")``."""
    return reported(kept_district.street_project)


@pytest.fixture
def project(request, district):
    """The street's project, with 1,200 万元 for 2017 and January and February accepted."""
    return district.street_project if "kept_project" in request.fixturenames else reported(district.street_project)


@pytest.fixture
def form(project):
    """The address of the project's form, with its months of 2017."""
    return f"{address(project, 'change')}?year=2017"
