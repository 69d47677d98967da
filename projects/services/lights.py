"""Computing lights and writing down what changed; each light counts how long its colour has been running.

Whoever writes a project's lights holds its row, so that two runs at once, or a run and an acceptance, never write
over what the other has just found.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core.services import audit
from projects.models import Light, LightRuleSet, Project

from . import totals
from .light_facts import Month, Scope, asked, gather, shifted
from .light_rules import Judgement, judge

# So many projects are held at a time; nobody files a month of theirs meanwhile.
BATCH = 500
KEY = ("project", "year", "month", "dimension")
JUDGED = ("colour", "worst", "rules_id", "inputs", "threshold", "remedy")
RUNNING = ("since_year", "since_month", "months_running", "before")
WRITTEN = ("colour", "worst", "rules", "inputs", "threshold", "remedy", *RUNNING, "computed_at")

Key = tuple[int, Month, str]


@dataclass(frozen=True)
class Computed:
    """``judged`` lights were looked at, ``written`` of them are new or changed, ``removed`` are judged no more."""

    judged: int = 0
    written: int = 0
    removed: int = 0

    def __add__(self, other: "Computed") -> "Computed":
        return Computed(self.judged + other.judged, self.written + other.written, self.removed + other.removed)


def in_force() -> LightRuleSet | None:
    return LightRuleSet.objects.filter(status=LightRuleSet.Status.IN_FORCE).first()


def compute(
    *,
    months: Sequence[Month],
    rules: LightRuleSet | None = None,
    projects: QuerySet[Project] | None = None,
    today: date | None = None,
) -> Computed:
    """The lights of ``months`` for ``projects`` (all by default), batch by batch, each in a transaction of its own.

    Without ``rules`` a light keeps the version it was lit by, and a new one takes the rules in force.
    """
    pks = list((Project.objects.all() if projects is None else projects).order_by("pk").values_list("pk", flat=True))
    total = Computed()
    for start in range(0, len(pks), BATCH):
        with transaction.atomic():
            batch = Project.objects.filter(pk__in=pks[start : start + BATCH])
            list(batch.order_by("pk").select_for_update(no_key=True).values_list("pk"))
            found = _compute(batch, months, rules, today)
            if found.written or found.removed:
                # With the batch: who has seen lights before asks by the end of the trail whether they changed.
                facts = {"written": str(found.written), "removed": str(found.removed)}
                audit.record("light.compute", rules or in_force() or LightRuleSet(), by=None, after=facts)
            total += found
    return total


def compute_month(
    *, year: int, month: int, by: User | None, rules: LightRuleSet | None = None, today: date | None = None
) -> Computed:
    """One month of every project, by ``rules`` or those in force."""
    today = today or timezone.localdate()
    if (year, month) > (today.year, today.month):
        raise ValidationError({"month": _("%(year)s 年 %(month)s 月还没有开始。") % {"year": year, "month": month}})
    rules = rules or in_force()
    if rules is None:
        raise ValidationError({"rules": _("没有施行中的亮灯规则。请先施行一套，或指明用哪一套。")})
    found = compute(months=[(year, month)], rules=rules, today=today)
    facts = {"year": year, "month": month, "judged": found.judged, "written": found.written, "removed": found.removed}
    audit.record("lightruleset.compute", rules, by=by, after={name: str(value) for name, value in facts.items()})
    return found


def refresh(project: Project, *, year: int, month: int, lit_only: bool = False) -> None:
    """Recompute the lights of ``project``, which the caller holds, in that month and in later ones that have any.

    ``lit_only``: also in that month only if it has any. A date long past must not light a month of its own.
    """
    today, scope = timezone.localdate(), [project]
    standing = _standing(scope, (year, month))
    lit = {lit for _project, lit, _dimension in standing if lit >= (year, month)}
    months = lit if lit_only else {*lit, (year, month)}
    months = {found for found in months if found <= (today.year, today.month)}
    if months:
        _compute(scope, sorted(months), None, today, standing)


def _compute(
    scope: Scope,
    months: Sequence[Month],
    rules: LightRuleSet | None,
    today: date | None,
    standing: dict[Key, Light] | None = None,
) -> Computed:
    standing = _standing(scope, min(months)) if standing is None else standing
    chosen = _Rules(rules, standing.values())
    wanted: dict[Key, Judgement] = {}
    by_rules: dict[Key, int] = {}
    if not chosen.any:
        return Computed()
    for project, month, facts in gather(scope, months, today=today):
        overall = standing.get((project, month, Light.Dimension.OVERALL))
        version = chosen.of(overall)
        if version:
            for dimension, judgement in judge(facts, version).items():
                wanted[project, month, dimension] = judgement
                by_rules[project, month, dimension] = version.pk
    judged_months = {(project, month) for project, month, _dimension in wanted}
    gone = [key for key in standing if key[:2] in judged_months and key not in wanted]
    removed = [standing.pop(key).pk for key in gone]
    changed = _settle(standing, wanted, by_rules)
    _write(changed, removed)
    return Computed(len(wanted), len(changed), len(removed))


def _standing(scope: Scope, first: Month) -> dict[Key, Light]:
    """The lights from the month before ``first`` on: those to compare with and those that run on from them."""
    year, month = shifted(first, -1)
    lights = asked(_from, scope, first=year, month=month)
    return {(light.project_id, (light.year, light.month), light.dimension): light for light in lights}


def _from(first: Any, month: Any) -> QuerySet:
    return Light.objects.filter(Q(year__gt=first) | Q(year=first, month__gte=month)).order_by()


class _Rules:
    """Which version judges a light: the one asked for, else the one it was lit by, else the one in force."""

    def __init__(self, asked: LightRuleSet | None, standing: Iterable[Light]):
        wanted = Q(pk__in={light.rules_id for light in standing}) | Q(status=LightRuleSet.Status.IN_FORCE)
        self.by_pk = {} if asked else {rules.pk: rules for rules in LightRuleSet.objects.filter(wanted)}
        current = (rules for rules in self.by_pk.values() if rules.status == LightRuleSet.Status.IN_FORCE)
        self.in_force = asked or next(current, None)
        self.any = bool(self.in_force or self.by_pk)

    def of(self, light: Light | None) -> LightRuleSet | None:
        return self.by_pk.get(light.rules_id, self.in_force) if light else self.in_force


def _settle(standing: dict[Key, Light], wanted: dict[Key, Judgement], by_rules: dict[Key, int]) -> list[Light]:
    """Brings the standing lights to what is wanted, months in order so that each runs on from the one before.

    Also the later months that were not judged anew: how long their colour has been running may have changed.
    """
    changed, now = [], timezone.now()
    first = min((month for _project, month, _dimension in wanted), default=(0, 0))
    for key in sorted({*standing, *wanted}):
        project, month, dimension = key
        if month < first:
            continue
        light = standing.get(key)
        before = _state(light)
        if light is None:
            light = standing[key] = Light(project_id=project, year=month[0], month=month[1], dimension=dimension)
        if key in wanted:
            _put(light, wanted[key], by_rules[key])
        _run_on(light, standing.get((project, shifted(month, -1), dimension)))
        if _state(light) != before:
            light.computed_at = now
            changed.append(light)
    return changed


def _state(light: Light | None) -> tuple | None:
    return tuple(getattr(light, name) for name in (*JUDGED, *RUNNING)) if light else None


def _put(light: Light, judgement: Judgement, rules: int) -> None:
    light.colour, light.worst, light.rules_id = judgement.colour, judgement.worst, rules
    light.inputs, light.threshold, light.remedy = judgement.inputs, judgement.threshold, judgement.remedy


def _run_on(light: Light, before: Light | None) -> None:
    light.before = before.colour if before else ""
    if before and before.colour == light.colour:
        light.since_year, light.since_month = before.since_year, before.since_month
        light.months_running = before.months_running + 1
    else:
        light.since_year, light.since_month, light.months_running = light.year, light.month, 1


def _write(changed: Sequence[Light], removed: Sequence[int]) -> None:
    """An upsert: should another run have made a light meanwhile, this one's newer facts stand."""
    for pks in _sliced(removed):
        Light.objects.filter(pk__in=pks).delete()
    for light in changed:
        # By its natural key; a key of our own would only insert beside it.
        light.pk = None
    Light.objects.bulk_create(
        changed, batch_size=BATCH, update_conflicts=True, unique_fields=list(KEY), update_fields=list(WRITTEN)
    )
    totals.light(changed)


def _sliced(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
