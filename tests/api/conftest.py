import pytest

from tests import factories


@pytest.fixture
def district(db) -> factories.District:
    return factories.district()
