import pytest

from tests import factories


@pytest.fixture
def root(db):
    return factories.UserFactory(username="root", is_superuser=True)


@pytest.fixture
def root_client(client, root):
    client.force_login(root)
    return client


@pytest.fixture
def district(db):
    return factories.district()
