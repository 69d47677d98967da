"""The role table, asked through Django's own permission questions, so that the admin and the API cannot disagree."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from rest_framework.exceptions import PermissionDenied

from erqi.accounts.models import User
from erqi.accounts.permissions import AwardRule, ProjectRule, PublishedRule, ReferenceRule
from erqi.accounts.roles import (
    ADMINISTRATORS,
    ALLOWED,
    AREA_KIND,
    AREA_OF_MODEL,
    DISTRICT_WIDE,
    Action,
    Area,
    Role,
    held_roles,
    may,
)
from projects.models import Membership, Unit
from tests import factories

OURS = ("core", "accounts", "projects", "awards")
# Rows that are reached only through their parent, are bookkeeping without people, or are a reader's own.
WITHOUT_AREA = {
    "core.audithead",
    "core.referenceversion",
    "core.seededrow",
    "projects.areatotal",
    "projects.monthlytotal",
    "projects.programmetotal",
    "projects.projectmonth",
    "projects.savedview",
    "projects.scheduledmonth",
}


@pytest.fixture
def holding(db):
    """A user with one role over a unit of ``kind``."""

    def make(role, kind=Unit.Kind.AREA):
        return factories.user_with(role, over=factories.UnitFactory(kind=kind))

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


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("kind", [Unit.Kind.STREET, Unit.Kind.BUREAU])
def test_over_one_unit_a_role_changes_nothing_that_the_whole_area_shares(holding, role, kind):
    user = holding(role, kind)
    for label, area in AREA_OF_MODEL.items():
        app, model = label.split(".")
        for action in ("view", "add", "change", "delete"):
            wide = Action(action) in DISTRICT_WIDE.get(area, ())
            allowed = Action(action) in ALLOWED[Role(role)].get(area, ()) and not wide
            assert user.has_perm(f"{app}.{action}_{model}") is allowed, (label, action)


def test_a_streets_reviewer_reads_what_is_shared_and_keeps_its_own_projects(holding):
    user = holding(Role.REVIEWER, Unit.Kind.STREET)
    shared = (Area.REFERENCE, Area.PUBLISHED, Area.AWARD)
    assert all(may(user, area, Action.VIEW) for area in shared)
    assert not any(may(user, area, action) for area in shared for action in (Action.ADD, Action.CHANGE))
    assert not may(user, Area.AUDIT, Action.VIEW)
    assert all(may(user, Area.PROJECT, action) for action in ALLOWED[Role.REVIEWER][Area.PROJECT])


def test_only_the_role_that_is_held_over_the_area_counts_for_all_of_it(holding):
    user = holding(Role.LEADER)
    user.memberships.create(unit=factories.UnitFactory(kind=Unit.Kind.STREET), role=Role.REVIEWER)
    assert held_roles(user) == {Role.LEADER, Role.REVIEWER}
    assert held_roles(user, over_area=True) == {Role.LEADER}
    assert not may(user, Area.REFERENCE, Action.CHANGE)


def test_a_membership_that_ended_counts_for_nothing(holding):
    user = holding(Role.REVIEWER)
    user.memberships.update(active=False)
    assert not may(user, Area.REFERENCE, Action.CHANGE)
    assert not may(user, Area.PROJECT, Action.VIEW)


def test_the_kind_of_an_area_is_the_units():
    assert AREA_KIND == Unit.Kind.AREA


@pytest.mark.parametrize("kind", Unit.Kind.values)
@pytest.mark.parametrize("role", Role.values)
def test_the_api_asks_the_same_table(holding, rf, role, kind):
    user = holding(role, kind)
    for rule in (ProjectRule, ReferenceRule, PublishedRule, AwardRule):
        closed = type("Closed", (rule,), {"writes": {"POST": Action.ADD, "PATCH": Action.CHANGE}})
        for method, action in (("GET", Action.VIEW), ("POST", Action.ADD), ("PATCH", Action.CHANGE)):
            request = rf.generic(method, "/")
            request.user, request.auth = user, None
            try:
                allowed = closed().has_permission(request, view=None)
            except PermissionDenied:
                allowed = False
            assert allowed is may(user, rule.area, action), (rule, method)


def test_no_role_deletes_and_only_administrators_see_accounts(holding):
    for role in Role:
        user = holding(role)
        assert not any(may(user, area, Action.DELETE) for area in Area)
        assert may(user, Area.ACCOUNT, Action.VIEW) == (role in ADMINISTRATORS)


def test_the_one_who_keeps_accounts_grants_nothing_and_the_other_way_round(holding):
    assert not may(holding(Role.SYSTEM), Area.GRANT, Action.VIEW)
    assert not may(holding(Role.SECURITY), Area.ACCOUNT, Action.CHANGE)
    assert not any(may(holding(role), Area.PROJECT, Action.VIEW) for role in ADMINISTRATORS)


@pytest.mark.parametrize("administrator", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("other", Role)
def test_an_administrator_is_nothing_else(district, administrator, other):
    user = factories.user_with(administrator, over=district.area)
    second = Membership(user=user, unit=district.street, role=other)
    if other == administrator:
        second.clean()
    else:
        with pytest.raises(ValidationError, match="互不兼任"):
            second.clean()
    second.active = False
    second.clean()


def test_the_database_knows_that_much_as_well(district):
    user = factories.user_with(Role.SYSTEM, over=district.area)
    with pytest.raises(IntegrityError), transaction.atomic():
        user.memberships.create(unit=district.area, role=Role.SECURITY)
    user.memberships.create(unit=district.area, role=Role.SECURITY, active=False)


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
