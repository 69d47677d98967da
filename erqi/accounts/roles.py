"""Who may do what: the one table that the admin, the API and the pages ask.

A membership gives a role over a unit and its subtree; the table says what the role allows there.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from erqi.core.context import once


class Role(models.TextChoices):
    REPORTER = "reporter", _("单位填报人")
    ENDORSER = "endorser", _("单位负责人")
    REVIEWER = "reviewer", _("发改统计局审核人")
    LEADER = "leader", _("领导")
    HONOURS = "honours", _("表彰办")
    # 三员分立 (GB/T 22239-2019): they run the system, exclude one another and hold no business rights.
    SYSTEM = "system", _("系统管理员")
    SECURITY = "security", _("安全管理员")
    AUDITOR = "auditor", _("审计管理员")


ADMINISTRATORS = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDITOR})


def clash(held: Iterable[Role]) -> bool:
    """Whether one person may not hold all of these: an administrator is nothing else."""
    found = set(held)
    return len(found) > 1 and bool(found & ADMINISTRATORS)


class Area(StrEnum):
    """Kinds of rows that share their rules."""

    PROJECT = "project"  # projects, approval codes, plans and their changes, progress, milestones, problems, lights
    SUPERVISION = "supervision"  # supervision orders
    CYCLE = "cycle"  # reporting periods and extensions, checks on filing, rules of the lights
    REFERENCE = "reference"  # categories, programmes, units, the map
    PUBLISHED = "published"  # targets, published figures, sources and notes on them
    AWARD = "award"  # honours, commendations, assessments, commitment letters
    ACCOUNT = "account"  # users
    GRANT = "grant"  # memberships and tokens: what an account may do
    AUDIT = "audit"


class Action(StrEnum):
    VIEW = "view"
    ADD = "add"
    CHANGE = "change"
    DELETE = "delete"
    REPORT = "report"  # file a month, ask for a plan, answer an order
    ENDORSE = "endorse"  # sign what the unit files
    REVIEW = "review"  # accept, return, reopen; decide a plan; close a problem; issue and check an order


A = Action
READ = frozenset({A.VIEW})
KEEP = frozenset({A.VIEW, A.ADD, A.CHANGE})

ALLOWED: dict[Role, dict[Area, frozenset[Action]]] = {
    Role.REPORTER: {
        Area.PROJECT: frozenset({A.VIEW, A.CHANGE, A.REPORT}),
        Area.SUPERVISION: frozenset({A.VIEW, A.REPORT}),
        Area.CYCLE: READ,
        Area.REFERENCE: READ,
        Area.PUBLISHED: READ,
        Area.AWARD: READ,
    },
    Role.ENDORSER: {
        Area.PROJECT: frozenset({A.VIEW, A.ENDORSE}),
        Area.SUPERVISION: frozenset({A.VIEW, A.REPORT}),
        Area.CYCLE: READ,
        Area.REFERENCE: READ,
        Area.PUBLISHED: READ,
        Area.AWARD: READ,
    },
    Role.REVIEWER: {
        # Filing for a unit that has no account yet; the one who files still never accepts it.
        Area.PROJECT: frozenset({A.VIEW, A.ADD, A.CHANGE, A.REPORT, A.REVIEW}),
        Area.SUPERVISION: frozenset({A.VIEW, A.REVIEW}),
        Area.CYCLE: KEEP,
        Area.REFERENCE: KEEP,
        Area.PUBLISHED: KEEP,
        Area.AWARD: KEEP,
    },
    Role.LEADER: {
        Area.PROJECT: READ,
        Area.SUPERVISION: READ,
        Area.CYCLE: READ,
        Area.REFERENCE: READ,
        Area.PUBLISHED: READ,
        Area.AWARD: READ,
    },
    Role.HONOURS: {Area.REFERENCE: READ, Area.PUBLISHED: READ, Area.AWARD: KEEP},
    Role.SYSTEM: {Area.ACCOUNT: KEEP},
    # Sees the accounts it grants to.
    Role.SECURITY: {Area.ACCOUNT: READ, Area.GRANT: KEEP},
    Role.AUDITOR: {Area.ACCOUNT: READ, Area.GRANT: READ, Area.AUDIT: READ},
}

# Rows without a unit of their own, or that decide about all units: whoever could move a unit in the tree could reach
# any project. These actions count only roles held over a whole area, not those over a street or a bureau in it.
WRITE = frozenset({A.ADD, A.CHANGE})
DISTRICT_WIDE: dict[Area, frozenset[Action]] = {
    Area.CYCLE: WRITE,
    Area.REFERENCE: WRITE,
    Area.PUBLISHED: WRITE,
    Area.AWARD: WRITE,
    Area.ACCOUNT: READ | WRITE,
    Area.GRANT: READ | WRITE,
    Area.AUDIT: READ,
}
# projects.Unit.Kind.AREA, which cannot be imported here; a test compares the two.
AREA_KIND = "area"

AREA_OF_MODEL = {
    "core.source": Area.PUBLISHED,
    "core.sourcenote": Area.PUBLISHED,
    "core.auditevent": Area.AUDIT,
    "accounts.user": Area.ACCOUNT,
    "accounts.apitoken": Area.GRANT,
    "projects.membership": Area.GRANT,
    "projects.category": Area.REFERENCE,
    "projects.programme": Area.REFERENCE,
    "projects.unit": Area.REFERENCE,
    "projects.boundarymap": Area.REFERENCE,
    "projects.boundary": Area.REFERENCE,
    "projects.project": Area.PROJECT,
    "projects.approvalcode": Area.PROJECT,
    "projects.annualplan": Area.PROJECT,
    "projects.planchange": Area.PROJECT,
    "projects.progressreport": Area.PROJECT,
    "projects.attachment": Area.PROJECT,
    "projects.milestone": Area.PROJECT,
    "projects.milestonemove": Area.PROJECT,
    "projects.problem": Area.PROJECT,
    "projects.light": Area.PROJECT,
    "projects.supervisionorder": Area.SUPERVISION,
    "projects.orderextension": Area.SUPERVISION,
    "projects.reportingperiod": Area.CYCLE,
    "projects.periodextension": Area.CYCLE,
    "projects.filingcheck": Area.CYCLE,
    "projects.lightruleset": Area.CYCLE,
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


# (role, unit id, kind of the unit)
Held = tuple[str, int, str]


def roles_allowing(area: Area, action: Action) -> list[Role]:
    return [role for role, areas in ALLOWED.items() if action in areas.get(area, ())]


def held_roles(user, *, over_area: bool = False) -> frozenset[str]:
    """The roles of ``user``'s memberships anywhere, or only of those over a whole area."""
    return frozenset(role for role, _unit, kind in held_by(user) if kind == AREA_KIND or not over_area)


def held_by(user) -> list[Held]:
    """The memberships of ``user`` that are in force, read once in a request."""
    return once(memo(user.pk), lambda: list(_in_force(user).values_list("role", "unit_id", "unit__kind")))


def _in_force(user):
    return user.memberships.filter(active=True)


def memo(user: int) -> tuple[str, int]:
    """What ``held_by`` keeps its answer under, for those who know it already."""
    return ("memberships", user)


def may(user, area: Area, action: Action) -> bool:
    """Whether ``user`` may do this somewhere; on which rows is the business of ``visible_to`` and its kin."""
    if not (user.is_authenticated and user.is_active):
        return False
    if user.is_superuser:
        return True
    held = held_roles(user, over_area=action in DISTRICT_WIDE.get(area, ()))
    return any(role in held for role in roles_allowing(area, action))
