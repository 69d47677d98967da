import pytest

from tests import factories


@pytest.fixture
def signed_in(client):
    """A client for one of the district's people."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def project(district):
    """The street's project, with 1,200 万元 for 2017 and January and February accepted."""
    factories.plan(district.street_project, 2017, "1200")
    factories.report(district.street_project, 2017, 1, "100")
    factories.report(district.street_project, 2017, 2, "80.5", note="路基")
    return district.street_project
