"""Every operation in the schema: has a rule, is closed to strangers, and never fails for reasons of its own."""

import re
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import resolve
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.test import APIClient

from erqi import api
from erqi.accounts.permissions import AreaRule, SignedIn
from erqi.accounts.roles import Role
from erqi.core.api.views import NoSuchEndpoint
from projects.models import ReportingPeriod
from projects.services.attachments import attach
from projects.services.lights import compute_month
from projects.services.periods import grant_extension
from projects.services.plan_changes import request_plan
from tests.clients import API, client_for
from tests.factories import (
    AssessmentSchemeFactory,
    CommendationFactory,
    CommitmentLetterFactory,
    HonourFactory,
    ProgrammeFactory,
    PublishedFigureFactory,
    SourceFactory,
    SourceNoteFactory,
    TargetFactory,
    YearThemeFactory,
    plan,
    report,
)
from tests.projects import files, followed

# Operations that any account may call; all others follow the role table.
FOR_ANY_ACCOUNT = {f"{API}/me/"}
SAMPLE = {"code": "S1", "id": "1", "year": "2017", "month": "3", "version": "1", "period": "2017-3"}


@cache
def schema() -> dict:
    return SchemaGenerator().get_schema(public=True)


def operations() -> list[tuple[str, str]]:
    return [(method, path) for path, methods in schema()["paths"].items() for method in methods]


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: SAMPLE[found[1]], path)


def view_class(path: str):
    function = resolve(address(path)).func
    return getattr(function, "cls", None) or function.view_class


def needs(path: str) -> tuple[str, ...]:
    """The actions that a verb asks for by itself."""
    return getattr(resolve(address(path)).func, "initkwargs", {}).get("needs", ())


def test_the_schema_is_valid_and_complete(capsys):
    document = SchemaGenerator().get_schema(public=True)
    validate_schema(document)
    assert "Warning" not in capsys.readouterr().err
    assert document["openapi"] == "3.1.1"
    assert len(operations()) >= 36
    assert document["components"]["securitySchemes"].keys() == {"token", "session"}


@pytest.mark.parametrize(("method", "path"), operations())
def test_every_operation_has_a_rule_for_its_method(method, path):
    view = view_class(path)
    rules = view.permission_classes
    assert rules
    if path in FOR_ANY_ACCOUNT:
        assert rules == [SignedIn]
        return
    assert all(issubclass(rule, AreaRule) for rule in rules)
    if method != "get":
        assert needs(path) or any(method.upper() in rule.writes for rule in rules)


def test_every_verb_documents_who_was_first_in_its_409():
    verbs = [path for method, path in operations() if method == "post" and needs(path)]
    assert len(verbs) >= 10
    for path in verbs:
        refusal = schema()["paths"][path]["post"]["responses"]["409"]
        assert refusal["content"].keys() == {"application/problem+json"}
    shown = schema()["paths"]["/api/v1/progress-reports/{id}/accept/"]["post"]["responses"]["409"]
    reference = shown["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
    assert {"state", "by", "at", "how"} <= schema()["components"]["schemas"][reference]["properties"].keys()


def test_no_address_is_hidden_from_the_schema():
    shown = {view_class(path) for _method, path in operations()}
    routed = {getattr(p.callback, "cls", None) or getattr(p.callback, "view_class", None) for p in api.urlpatterns}
    # The schema itself, its reader (behind the login) and the answer to every other address.
    assert routed - shown == {SpectacularAPIView, SpectacularSwaggerSplitView, NoSuchEndpoint}


@pytest.mark.django_db
def test_every_operation_answers_401_to_a_stranger():
    for method, path in operations():
        answer = getattr(APIClient(), method)(address(path))
        assert answer.status_code == 401, (method, path)
        assert answer["WWW-Authenticate"] == 'Bearer realm="erqi"'
        assert answer["Content-Type"] == "application/problem+json"


def test_every_operation_refuses_a_parameter_it_does_not_know(district):
    # Together the two roles may call every operation.
    district.reviewer.memberships.create(unit=district.area, role=Role.ENDORSER)
    client = client_for(district.reviewer)
    for method, path in operations():
        answer = getattr(client, method)(f"{address(path)}?surprise=1", {} if method != "get" else None)
        assert answer.status_code == 400, (method, path, answer.content)
        assert "/surprise" in {error["path"] for error in answer.json()["errors"]}, (method, path)


def test_the_document_speaks_the_readers_language():
    with translation.override("en"):
        english = SchemaGenerator().get_schema(public=True)["info"]
    chinese = schema()["info"]
    for name in ("title", "description"):
        assert type(english[name]) is str
        assert not re.search("[一-鿿]", english[name])
        assert re.search("[一-鿿]", chinese[name])


def test_every_operation_documents_its_refusals():
    for methods in schema()["paths"].values():
        for operation in methods.values():
            assert {"400", "401", "403", "404", "503"} <= operation["responses"].keys()
            assert operation["description"]


@pytest.fixture
def filled(district):
    """At least one row of everything."""
    for factory in (
        AssessmentSchemeFactory,
        CommendationFactory,
        CommitmentLetterFactory,
        HonourFactory,
        ProgrammeFactory,
        PublishedFigureFactory,
        SourceFactory,
        SourceNoteFactory,
        TargetFactory,
        YearThemeFactory,
    ):
        factory()
    plan(district.street_project, 2017, 1200)
    report(district.street_project, 2017, 3, 100)
    request_plan(project=district.street_project, year=2018, planned_investment=Decimal(5), by=district.reporter)
    period = ReportingPeriod.objects.create(year=2017, month=3, opens=date(2017, 3, 20), due=date(2017, 3, 25))
    grant_extension(period=period, unit=district.street, due=date(2017, 3, 27), reason="断网", by=district.reviewer)
    followed.milestone(district.street_project)
    followed.problem(district.street_project)
    followed.order(district.street, project=district.street_project)
    document = SimpleUploadedFile("合同.pdf", files.PDF)
    attach(project=district.street_project, file=document, by=district.reporter)
    call_command("loaddata", "fixtures/180_lightruleset.yaml", verbosity=0)
    compute_month(year=2017, month=3, by=None)
    return district


def test_every_list_shows_rows_and_each_row_by_itself(filled):
    client = client_for(filled.reviewer)
    paths = schema()["paths"]
    keys = {path: key for path in paths for key in ("code", "period", "id") if f"{path}{{{key}}}/" in paths}
    assert len(keys) >= 18
    for path, key in keys.items():
        page = client.get(address(path)).json()
        assert page["count"] >= 1, path
        row = page["results"][0]
        assert client.get(f"{address(path)}{row[key]}/").json() == row


def test_every_declared_ordering_works(filled):
    client = client_for(filled.reviewer)
    for path, methods in schema()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            for ordering in parameter["schema"].get("enum", []) if parameter["name"] == "ordering" else []:
                query = {"ordering": ordering, "limit": 1}
                assert client.get(address(path), query).status_code == 200, (path, ordering)
