"""Who may do what: the one table that the admin, the API and the pages ask.

A membership gives a role over a unit and its subtree; the table says what the role allows there.
"""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    REPORTER = "reporter", _("单位填报人")
    REVIEWER = "reviewer", _("发改统计局审核人")
    LEADER = "leader", _("领导")
    HONOURS = "honours", _("表彰办")


class Area(StrEnum):
    """Kinds of rows that share their rules."""

    PROJECT = "project"  # projects, approval codes, plans, progress
    REFERENCE = "reference"  # categories, programmes, units
    PUBLISHED = "published"  # targets, published figures, sources and notes on them
    AWARD = "award"  # honours, commendations, assessments, commitment letters
    ACCOUNT = "account"  # users, memberships, tokens
    AUDIT = "audit"


class Action(StrEnum):
    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    PLAN = "plan"
    REPORT = "report"


A = Action
READ = frozenset({A.VIEW})
KEEP = frozenset({A.VIEW, A.ADD, A.CHANGE})

ALLOWED: dict[Role, dict[Area, frozenset[Action]]] = {
    Role.REPORTER: {
        Area.PROJECT: frozenset({A.VIEW, A.CHANGE, A.PLAN, A.REPORT}),
        Area.REFERENCE: READ,
        Area.PUBLISHED: READ,
        Area.AWARD: READ,
    },
    Role.REVIEWER: {
        Area.PROJECT: frozenset({A.VIEW, A.ADD, A.CHANGE, A.PLAN, A.REPORT}),
        Area.REFERENCE: KEEP,
        Area.PUBLISHED: KEEP,
        Area.AWARD: KEEP,
        Area.AUDIT: READ,
    },
    Role.LEADER: {Area.PROJECT: READ, Area.REFERENCE: READ, Area.PUBLISHED: READ, Area.AWARD: READ},
    Role.HONOURS: {Area.REFERENCE: READ, Area.PUBLISHED: READ, Area.AWARD: KEEP},
}

# Rows without a unit of their own, or that decide about all units: whoever could move a unit in the tree could reach
# any project. These actions count only roles held over a whole area, not those over a street or a bureau in it.
WRITE = frozenset({A.ADD, A.CHANGE})
DISTRICT_WIDE: dict[Area, frozenset[Action]] = {
    Area.REFERENCE: WRITE,
    Area.PUBLISHED: WRITE,
    Area.AWARD: WRITE,
    Area.AUDIT: READ,
}
# projects.Unit.Kind.AREA, which cannot be imported here; a test compares the two.
AREA_KIND = "area"

AREA_OF_MODEL = {
    "core.source": Area.PUBLISHED,
    "core.sourcenote": Area.PUBLISHED,
    "core.auditevent": Area.AUDIT,
    "accounts.user": Area.ACCOUNT,
    "accounts.apitoken": Area.ACCOUNT,
    "projects.membership": Area.ACCOUNT,
    "projects.category": Area.REFERENCE,
    "projects.programme": Area.REFERENCE,
    "projects.unit": Area.REFERENCE,
    "projects.project": Area.PROJECT,
    "projects.approvalcode": Area.PROJECT,
    "projects.annualplan": Area.PROJECT,
    "projects.progressreport": Area.PROJECT,
    "projects.target": Area.PUBLISHED,
    "projects.publishedfigure": Area.PUBLISHED,
    "projects.yeartheme": Area.PUBLISHED,
    "awards.honour": Area.AWARD,
    "awards.honourclaim": Area.AWARD,
    "awards.honourunit": Area.AWARD,
    "awards.commendation": Area.AWARD,
    "awards.commendationrecipient": Area.AWARD,
    "awards.assessmentscheme": Area.AWARD,
    "awards.assessmentdimension": Area.AWARD,
    "awards.commitmentletter": Area.AWARD,
}


def roles_allowing(area: Area, action: Action) -> list[Role]:
    return [role for role, areas in ALLOWED.items() if action in areas.get(area, ())]


def held_roles(user, *, over_area: bool = False) -> frozenset[str]:
    """The roles of ``user``'s memberships anywhere, or only of those over a whole area; read once per request."""
    if not hasattr(user, "_held_roles"):
        rows = user.memberships.filter(active=True).values_list("role", "unit__kind")
        user._held_roles = frozenset((role, kind == AREA_KIND) for role, kind in rows)
    return frozenset(role for role, whole in user._held_roles if whole or not over_area)


def may(user, area: Area, action: Action) -> bool:
    """Whether ``user`` may do this somewhere; on which rows is the business of ``visible_to`` and its kin."""
    if not (user.is_authenticated and user.is_active):
        return False
    if user.is_superuser:
        return True
    held = held_roles(user, over_area=action in DISTRICT_WIDE.get(area, ()))
    return any(role in held for role in roles_allowing(area, action))
