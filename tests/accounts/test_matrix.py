"""Every role at every door of the admin and of the API, on its own unit's rows and on another's, against the one table.

Real requests: what a role may do (docs/permissions.md) is what happens, nothing more and nothing less.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from drf_spectacular.generators import SchemaGenerator

from erqi.accounts.roles import ALLOWED, AREA_OF_MODEL, DISTRICT_WIDE, Action, Area, Role
from erqi.core.admin.base import ReadOnlyAdmin
from erqi.core.models import AuditEvent
from projects.models import LightRuleSet
from tests import everything, factories
from tests.clients import API, client_for
from tests.core.admin.pages import address

DOCUMENT = Path(__file__).parents[2] / "docs/permissions.md"
OF_A_UNIT = {Area.PROJECT, Area.SUPERVISION}
OPEN = {f"{API}/me/"}
# Rows of a project that are added by another action than ADD: a milestone is part of it, the others are verbs.
ADDED_BY = {
    "projects.milestone": Action.CHANGE,
    "projects.problem": Action.REPORT,
    "projects.supervisionorder": Action.REVIEW,
}
# Written by verbs only: a POST that names none shows the page again.
SHOWN_AGAIN = {"projects.planchange"}
# Two kinds of people save the page of an account.
ALSO_CHANGED_BY = {"accounts.user": (Area.GRANT, Action.CHANGE)}
# Refused for their own sake once the door is open: own work, a state, a missing word.
CLOSED = {"role_not_allowed", "out_of_reach", "missing_scope"}


def allows(role: Role, area: Area, action: Action, *, over_area: bool) -> bool:
    wide = action in DISTRICT_WIDE.get(area, ())
    return action in ALLOWED[role].get(area, ()) and (over_area or not wide)


def test_the_document_says_what_the_table_says():
    lines = re.findall(r"^\| .*? `(\w+)` \| `(\w+)` \| (.*) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    written = {
        (role, area, action): mark
        for role, area, cells in lines
        for action, mark in zip(Action, (cell.strip() for cell in cells.split("|")), strict=True)
        if mark
    }
    meant = {
        (role.value, area.value, action): "◎" if action in DISTRICT_WIDE.get(area, ()) else "○"
        for role, areas in ALLOWED.items()
        for area, actions in areas.items()
        for action in actions
    }
    assert written == meant


def test_the_document_names_every_action_and_area():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f" {action.name} |" in text for action in Action)
    assert all(f"| `{area.value}` | " in text for area in Area)


@pytest.fixture(scope="module")
def made(kept):
    """Once: every request is taken back."""
    district = factories.district()
    everything.shared_rows(district)
    own = everything.rows_of(district.street_project, district.street, by=district.reporter)
    other = everything.rows_of(district.town_project, district.town)
    return district, (own, other)


@pytest.fixture
def district(made, db):
    return made[0]


@pytest.fixture
def world(made, db):
    """(own, other): rows by endpoint, of the street's project and of the town's."""
    return made[1]


@pytest.fixture(params=["street", "area"])
def over(request, district):
    return getattr(district, request.param)


def asked_for(area: Area, *, over_area: bool) -> bool:
    """Over the whole area there is something new to see only where that makes a difference."""
    return not over_area or area in DISTRICT_WIDE


@pytest.mark.parametrize("role", Role)
class TestTheAdmin:
    def test_pages_follow_the_table(self, world, district, over, role):
        client, over_area = Client(), over == district.area
        client.force_login(factories.user_with(role, over=over))
        found = [
            line
            for model, row_admin in site._registry.items()
            if asked_for(AREA_OF_MODEL[model._meta.label_lower], over_area=over_area)
            for line in self.wrong_pages(client, role, model, row_admin, world, over_area=over_area)
        ]
        assert found == []

    def wrong_pages(self, client, role, model, row_admin, world, *, over_area):
        label = model._meta.label_lower
        area = AREA_OF_MODEL[label]
        own, other = (next((row for row in rows.values() if isinstance(row, model)), None) for rows in world)
        row = own or self.shared_row(model)
        read_only = isinstance(row_admin, ReadOnlyAdmin)
        may = {action: allows(role, area, action, over_area=over_area) for action in Action}
        adds = may[ADDED_BY[label]] if label in ADDED_BY else not read_only and may[Action.ADD]
        change = not read_only and (may[Action.CHANGE] or self.also(label, role, over_area=over_area))
        expected = {
            ("get", address(model, "changelist")): may[Action.VIEW],
            ("get", address(row, "change")): may[Action.VIEW],
            ("get", address(model, "add")): adds,
            ("post", address(row, "change")): may[Action.VIEW] if label in SHOWN_AGAIN else change,
        }
        for (method, page), opens in expected.items():
            status = self.status(client, method, page)
            if (status in {200, 302}) != opens or (not opens and status not in {403, 404}):
                yield f"{role} {method} {page}: {status}"
        if other and not over_area:
            for method in ("get", "post"):
                status = self.status(client, method, address(other, "change"))
                if status not in {403, 404} or (may[Action.VIEW] and method == "get" and status != 404):
                    yield f"{role} {method} {address(other, 'change')} of another unit: {status}"

    @staticmethod
    def also(label, role, *, over_area) -> bool:
        return label in ALSO_CHANGED_BY and allows(role, *ALSO_CHANGED_BY[label], over_area=over_area)

    @staticmethod
    def shared_row(model):
        return AuditEvent.objects.first() if model is AuditEvent else model._default_manager.first()

    @staticmethod
    def status(client, method, page) -> int:
        with transaction.atomic():
            answer = getattr(client, method)(page)
            transaction.set_rollback(True)
        return answer.status_code

    def test_lists_name_nothing_of_another_unit(self, world, district, role):
        client = Client()
        client.force_login(factories.user_with(role, over=district.street))
        for model in site._registry:
            if AREA_OF_MODEL[model._meta.label_lower] in OF_A_UNIT:
                page = client.get(address(model, "changelist"))
                assert "镇学校" not in page.content.decode(), model


@cache
def operations() -> list[tuple[str, str]]:
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods if path not in OPEN]


SHARED = {"{year}": "2017", "{month}": "1", "{period}": "2017-06", "{version}": "1"}
BY_CODE = {
    "assessment-schemes": "awards.AssessmentScheme",
    "categories": "projects.Category",
    "commendations": "awards.Commendation",
    "commitment-letters": "awards.CommitmentLetter",
    "honours": "awards.Honour",
    "light-rule-sets": "projects.LightRuleSet",
    "periods": "projects.PeriodExtension",
    "programmes": "projects.Programme",
    "published-figures": "projects.PublishedFigure",
    "source-notes": "core.SourceNote",
    "sources": "core.Source",
    "targets": "projects.Target",
    "units": "projects.Unit",
    "year-themes": "projects.YearTheme",
}


def filled(path: str, rows: dict) -> str:
    """The address of the row of ``rows`` that the path speaks of."""
    from django.apps import apps

    name = path.removeprefix(f"{API}/").split("/")[0]
    row = rows.get(name) or (name in BY_CODE and apps.get_model(BY_CODE[name])._default_manager.first())
    for placeholder, value in SHARED.items():
        path = path.replace(placeholder, value)
    return path.replace("{code}", str(getattr(row, "code", ""))).replace("{id}", str(getattr(row, "pk", "")))


def rule_of(method: str, path: str) -> tuple[Area, tuple[Action, ...]]:
    """What the operation asks for: its verb's own actions, or what its view says of the method."""
    match = resolve(path)
    view = getattr(match.func, "cls", None) or match.func.view_class
    rule = view.permission_classes[0]
    if method == "get":
        return rule.area, (Action.VIEW,)
    handler = getattr(view, getattr(match.func, "actions", {}).get(method, method))
    needs = getattr(handler, "kwargs", {}).get("needs", ())
    return rule.area, tuple(needs) or (rule.writes[method.upper()],)


@pytest.mark.parametrize("role", Role)
class TestTheApi:
    def test_operations_follow_the_table(self, world, district, over, role):
        client, over_area = client_for(factories.user_with(role, over=over)), over == district.area
        found = [
            line
            for method, path in operations()
            for line in self.wrong_answers(client, role, method, path, world, over_area=over_area)
        ]
        assert found == []

    def wrong_answers(self, client, role, method, path, world, *, over_area):
        own, other = (filled(path, rows) for rows in world)
        area, actions = rule_of(method, own)
        if not asked_for(area, over_area=over_area):
            return
        may = any(allows(role, area, action, over_area=over_area) for action in actions)
        # Rows of this world are the unit's doing, and the bureau takes back only its own.
        may &= not (own.endswith("/withdraw/") and allows(role, area, Action.REVIEW, over_area=over_area))
        status, code = self.answer(client, method, own)
        if not may and status != 403:
            yield f"{role} {method} {own}: {status} although not allowed"
        # An attachment's file is nowhere in this test, which is also a 404.
        if may and (code in CLOSED or (status == 404 and "content" not in path)):
            yield f"{role} {method} {own}: {status} {code} although allowed"
        if other != own and area in OF_A_UNIT:
            status, _code = self.answer(client, method, other)
            if status not in ({404} if may and method == "get" else {403, 404}):
                yield f"{role} {method} {other} of another unit: {status}"

    @staticmethod
    def answer(client, method, path) -> tuple[int, str]:
        with transaction.atomic():
            answer = getattr(client, method)(path, {}) if method != "get" else client.get(path)
            transaction.set_rollback(True)
        problem = answer.get("Content-Type", "") == "application/problem+json"
        return answer.status_code, answer.json()["code"] if problem else ""

    def test_lists_name_nothing_of_another_unit(self, world, district, role):
        client = client_for(factories.user_with(role, over=district.street))
        for method, path in operations():
            if method == "get" and "{" not in path and rule_of("get", path)[0] in OF_A_UNIT:
                assert "镇学校" not in client.get(path).getvalue().decode(), path


def test_every_row_that_the_paths_speak_of_is_there(world):
    own, _other = world
    assert LightRuleSet.objects.exists()
    assert [path for _method, path in operations() if "//" in filled(path, own)] == []


def test_the_audit_trail_is_the_auditors(client, district):
    events = reverse("admin:core_auditevent_changelist")
    for role in Role:
        client.force_login(factories.user_with(role, over=district.area))
        assert client.get(events).status_code == (200 if role == Role.AUDITOR else 403), role
