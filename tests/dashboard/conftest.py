import pytest
from django.conf import settings

from tests import factories
from tests.dashboard.pages import filled


@pytest.fixture
def opened_by(client):
    """Opens an address as a user; the client stays signed in as that user."""

    def get(user, address, *, english=False, **query):
        client.force_login(user)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en" if english else "zh-hans"
        return client.get(address, query)

    return get


@pytest.fixture
def year(district):
    """A year with something of everything in the district."""
    return filled(district)


@pytest.fixture(scope="module")
def kept_year(kept):
    """The same, once for a module; its tests take copies of the objects."""
    return filled(factories.district())
