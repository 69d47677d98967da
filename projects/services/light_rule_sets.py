"""Rule sets: a draft is edited, one set is in force, and what once lit a light is never changed again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.accounts.roles import Action, Area, may
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.services import audit
from projects.models import LightRuleSet

from .light_rules import judged_dimensions
from .steps import at

Status = LightRuleSet.Status
OWN = {"id", "code", "version", "status", "put_in_force_at"}


@transaction.atomic
def copy_rules(rules: LightRuleSet, *, by: User | None) -> LightRuleSet:
    """A new draft with the same limits under the next version number."""
    _require(by)
    rows = _locked()
    rules = rows[rules.pk]
    version = 1 + max(row.version for row in rows.values() if row.code == rules.code)
    limits = {f.name: getattr(rules, f.name) for f in LightRuleSet._meta.concrete_fields if f.name not in OWN}
    copy = LightRuleSet.objects.create(code=rules.code, version=version, **limits)
    audit.record("lightruleset.copy", copy, by=by, after=audit.snapshot(copy))
    return copy


@transaction.atomic
def put_in_force(rules: LightRuleSet, *, by: User | None) -> LightRuleSet:
    """From now on this draft judges; the set before it retires. Lights that are lit keep the version they name."""
    _require(by)
    rows = _locked()
    rules = rows[rules.pk]
    require_draft(rules)
    if not judged_dimensions(rules):
        raise ValidationError(_("这套规则一个方面的界限也没有填，施行后不会亮任何灯。请先填写界限。"))
    before = next((row for row in rows.values() if row.status == Status.IN_FORCE), None)
    if before:
        before.status = Status.RETIRED
        before.save()
        audit.record("lightruleset.retire", before, by=by, before=_said(Status.IN_FORCE), after=_said(before.status))
    rules.status, rules.put_in_force_at = Status.IN_FORCE, timezone.now()
    rules.save()
    audit.record("lightruleset.put_in_force", rules, by=by, before=_said(Status.DRAFT), after=_said(rules.status))
    return rules


def require_draft(rules: LightRuleSet) -> None:
    """Refuses what is in force or retired: lights refer to it."""
    if rules.status != Status.DRAFT:
        message = _("“%(rules)s”%(state)s（%(when)s），不能再改动。请复制为新版本后修改。") % {
            "rules": rules,
            "state": rules.get_status_display(),
            "when": at(rules.put_in_force_at) if rules.put_in_force_at else "—",
        }
        raise Conflict(message, code="not_a_draft", state=rules.status, state_display=rules.get_status_display())


def locked_draft(pk: int) -> LightRuleSet:
    """To be edited, so held until the transaction ends."""
    rules = _held().get(pk=pk)
    require_draft(rules)
    return rules


def _locked() -> dict[int, LightRuleSet]:
    """Every set, held: a lock on the one in force alone would not see the one that another puts in its place."""
    return {row.pk: row for row in _held().order_by("pk")}


def _held() -> QuerySet[LightRuleSet]:
    # Not FOR UPDATE: a light being lit refers to its rules (see ``ProjectQuerySet.locked``).
    return LightRuleSet.objects.select_for_update(no_key=True)


def _said(status: str) -> dict[str, Any]:
    return {"status": str(status)}


def _require(by: User | None) -> None:
    if by is not None and not may(by, Area.CYCLE, Action.CHANGE):
        raise Forbidden(_("亮灯规则由发改统计局维护，您的角色不能修改。"), code="role_not_allowed")
