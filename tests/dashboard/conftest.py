from copy import deepcopy

import pytest
from django.conf import settings

from tests.dashboard.pages import filled


@pytest.fixture
def opened_by(client):
    """Opens an address as a user; the client stays signed in as that user."""

    def get(user, address, *, english=False, **query):
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en" if english else "zh-hans"
        return client.get(address, query)

    return get


@pytest.fixture(scope="module")
def kept_year(kept_district):
    """The year of a module whose tests all live in it: ``usefixtures("kept_year")``."""
    return filled(kept_district)


@pytest.fixture(scope="class")
def kept_year_by_class(kept_by_class, kept_district):
    """The same for a class, where others of its module see the district before anything happened."""
    filled(deepcopy(kept_district))


@pytest.fixture
def year(request, district):
    """A year with something of everything in the district."""
    kept = {"kept_year", "kept_year_by_class"} & set(request.fixturenames)
    return district if kept else filled(district)
