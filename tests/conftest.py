import gc
from copy import deepcopy

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import translation

from tests import factories

DATABASE = {"db", "transactional_db", "live_server", "django_db_setup"}


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "after a run on one database: leave out what another one cannot change"
    parser.addoption("--another-database", action="store_true", help=words)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Last, when every directory has put its marks."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("postgresql"):
        skip = pytest.mark.skip(reason="needs PostgreSQL")
        for item in items:
            if item.get_closest_marker("postgresql"):
                item.add_marker(skip)
    if config.getoption("another_database"):
        left_out = [item for item in items if not asks_the_database(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if asks_the_database(item)]


def asks_the_database(item: pytest.Item) -> bool:
    """Without the mark or a fixture of the database pytest-django lets nobody near it."""
    reaches = item.get_closest_marker("django_db") or DATABASE & set(getattr(item, "fixturenames", ()))
    return bool(reaches) and not item.get_closest_marker("once")


def pytest_collection_finish() -> None:
    """Code and tests live to the end: searching them for garbage again and again took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_report_header() -> str:
    return f"database: {settings.DATABASES['default']['ENGINE'].rpartition('.')[2]}"


@pytest.fixture(autouse=True)
def in_chinese():
    """As a process starts: a request in English leaves its language behind in the thread."""
    with translation.override("zh-hans"):
        yield


@pytest.fixture(scope="module")
def kept(request, django_db_setup, django_db_blocker):
    """What fixtures of a module make inside is there for each of its tests, and taken back after the last.

    Rows are as new for each test; objects are not, so a test gets a copy of its own: ``deepcopy(kept_…)``.
    """
    beside = [item.name for item in request.session.items if item.path == request.path and commits(item)]
    assert not beside, f"these commit, and with them would what is kept; they need a module of their own: {beside}"
    with django_db_blocker.unblock(), translation.override("zh-hans"), transaction.atomic():
        yield
        transaction.set_rollback(True)


def commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    asked = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return bool(asked or (mark and mark.kwargs.get("transaction")))


@pytest.fixture(scope="class")
def kept_by_class(kept):
    """The same for the tests of a class, where others of the module must not meet the rows."""
    with translation.override("zh-hans"), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def root(db):
    return factories.UserFactory(username="root", is_superuser=True)


@pytest.fixture
def root_client(client, root):
    client.force_login(root)
    return client


@pytest.fixture(scope="module")
def kept_district(kept) -> factories.District:
    """Once for a module that says ``pytestmark = pytest.mark.usefixtures("kept_district")``."""
    return factories.district()


@pytest.fixture
def district(request, db) -> factories.District:
    if "kept_district" in request.fixturenames:
        return deepcopy(request.getfixturevalue("kept_district"))
    return factories.district()
