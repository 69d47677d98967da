"""The role table, asked through Django's own permission questions, so that the admin and the API cannot disagree."""

import pytest
from django.apps import apps

from erqi.accounts.models import User
from erqi.accounts.roles import ALLOWED, AREA_OF_MODEL, Action, Area, Role, may
from projects.models import Unit

OURS = ("core", "accounts", "projects", "awards")
# Rows that are reached only through their parent, or are bookkeeping without people.
WITHOUT_AREA = {"core.audithead", "core.seededrow", "projects.scheduledmonth"}


@pytest.fixture
def holding(db):
    unit = Unit.objects.create(code="u", name="某区", kind="area")

    def make(role):
        user = User.objects.create(username=role)
        user.memberships.create(unit=unit, role=role)
        return user

    return make


def test_every_model_of_ours_belongs_to_an_area():
    models = {
        model._meta.label_lower
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model, "instance_type")
    }
    links = {label for label in models if label.startswith("projects.historical") or ".historical" in label}
    assert models - links - WITHOUT_AREA == set(AREA_OF_MODEL)


@pytest.mark.parametrize("role", Role.values)
def test_djangos_permissions_are_exactly_the_table(holding, role):
    user = holding(role)
    for label, area in AREA_OF_MODEL.items():
        app, model = label.split(".")
        for action in ("view", "add", "change", "delete"):
            allowed = Action(action) in ALLOWED[Role(role)].get(area, ())
            assert user.has_perm(f"{app}.{action}_{model}") is allowed, (label, action)


def test_no_role_deletes_and_none_but_the_superuser_keeps_accounts(holding):
    for role in Role:
        user = holding(role)
        assert not any(may(user, area, Action.DELETE) for area in Area)
        assert not may(user, Area.ACCOUNT, Action.VIEW)


def test_a_user_without_membership_may_nothing(db):
    user = User.objects.create(username="new")
    assert not any(may(user, area, action) for area in Area for action in Action)
    assert not user.has_module_perms("projects")


def test_a_superuser_may_everything_and_a_disabled_one_nothing(db):
    user = User.objects.create(username="root", is_superuser=True)
    assert user.has_perm("projects.change_project")
    user.is_active = False
    assert not user.has_perm("projects.change_project")


def test_permissions_outside_the_table_are_the_superusers(holding):
    assert not holding(Role.REVIEWER).has_perm("sessions.change_session")
