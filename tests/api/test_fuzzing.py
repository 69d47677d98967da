"""Schemathesis plays the careless client: nothing sent, by the schema or against it, fails the server."""

from contextlib import suppress
from functools import cache

import pytest
import schemathesis
from django.conf import settings as site
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from erqi.wsgi import application
from tests import factories
from tests.api.test_operations import SAMPLE, operations, schema

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# What may fail differently on PostgreSQL are refused values, and the first calls have them.
EXAMPLES = 5 if site.DATABASES["default"]["ENGINE"].endswith("sqlite3") else 2


@cache
def document():
    loaded = schemathesis.openapi.from_dict(schema())
    loaded.app = application
    return loaded


@pytest.fixture(autouse=True)
def one_connection():
    """The calls pass through the whole WSGI application, inside the test's own transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def made(kept):
    district = factories.district()
    factories.plan(district.street_project, 2017, 1200)
    factories.report(district.street_project, 2017, 3, 100)
    return district


@pytest.fixture
def headers(made, db):
    return {"Authorization": f"Bearer {factories.key_for(made.reviewer)}"}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize(("method", "path"), operations())
def test_no_request_fails_the_server(headers, method, path, mode):
    # Most of what can fail lies behind the row, so calls are made to one that exists.
    there = {name: value for name, value in SAMPLE.items() if f"{{{name}}}" in path}
    operation = document()[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode, path_parameters=there))
    def run(case):
        case.call_and_validate(headers=headers, checks=CHECKS)

    # Where nothing can be sent, nothing can be sent wrongly.
    with suppress(Unsatisfiable):
        run()
