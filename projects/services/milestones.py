"""A milestone's dates: promised once, moved only with a reason, met on a day that has been. Never deleted."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.services import audit
from projects.models import Milestone, MilestoneMove, Project

from . import lights, saying, steps
from .steps import Step

# Which of them are open follows from the row itself, which has no state of its own (``_verbs``).
EDIT = Step("edit", gettext_lazy("修改"), (), None, (Action.CHANGE,))
MOVE = Step("move", gettext_lazy("调整日期，须写明理由"), (), None, (Action.CHANGE,), words="reason")
MEET = Step("meet", gettext_lazy("登记完成"), (), None, (Action.CHANGE,))
UNMEET = Step("unmeet", gettext_lazy("撤销完成，须写明理由"), (), None, (Action.CHANGE,), words="reason")
DISABLE = Step("disable", gettext_lazy("停用（不删除），须写明理由"), (), None, (Action.CHANGE,), words="reason")
ENABLE = Step("enable", gettext_lazy("重新启用"), (), None, (Action.CHANGE,))
STEPS = (EDIT, MOVE, MEET, UNMEET, DISABLE, ENABLE)

# What may be put right without a reason; dates and the switch have verbs of their own.
FACTS = ("kind", "name", "critical", "note")
MOVE_REASON = 300
HISTORY_REASON = 100


@transaction.atomic
def add_milestone(
    *, project: Project, kind: str, name: str, due: date, by: User | None, critical: bool = False, note: str = ""
) -> Milestone:
    """The date given now is the one promised, for ever."""
    project = _locked(project.pk, by=by)
    milestone = Milestone(
        project=project,
        kind=kind,
        name=name,
        critical=critical,
        note=note,
        original_due=saying.day("due", due),
        due=due,
    )
    _save(milestone)
    audit.record("milestone.add", milestone, by=by, after=audit.snapshot(milestone))
    lights.refresh(project, year=due.year, month=due.month, lit_only=True)
    return milestone


@transaction.atomic
def edit_milestone(milestone: Milestone, *, by: User | None, **facts: Any) -> Milestone:
    """Name, kind, note, and whether it is critical; nothing else."""
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise TypeError(f"not facts of a milestone: {sorted(unknown)}")
    milestone = _begin(milestone, by=by)
    before = audit.snapshot(milestone)
    for name, value in facts.items():
        setattr(milestone, name, value)
    if audit.snapshot(milestone) == before:
        return milestone
    _save(milestone)
    audit.record_change("milestone.change", milestone, by=by, before=before, after=audit.snapshot(milestone))
    _refresh(milestone)
    return milestone


@transaction.atomic
def move_milestone(milestone: Milestone, *, to: date, reason: str, by: User | None) -> MilestoneMove:
    """Another date, with the reason kept beside both; the one first promised stays."""
    milestone = _begin(milestone, by=by)
    _require_open(milestone, _("调整日期"))
    reason = saying.reason(reason, limit=MOVE_REASON)
    if saying.day("due", to) == milestone.due:
        raise ValidationError({"due": _("与现定日期（%(due)s）相同。") % {"due": milestone.due.isoformat()}})
    move = MilestoneMove.objects.create(
        milestone=milestone, from_due=milestone.due, to_due=to, reason=reason, at=timezone.now(), by=by
    )
    milestone.due = to
    _save(milestone, reason)
    _record("move", milestone, by=by, before={"due": move.from_due}, after={"due": to}, reason=reason)
    _refresh(milestone)
    return move


@transaction.atomic
def meet(milestone: Milestone, *, on: date, by: User | None) -> Milestone:
    milestone = _begin(milestone, by=by)
    _require_open(milestone, _("登记完成"))
    milestone.met_on = saying.day_past("met_on", on)
    _save(milestone)
    _record("meet", milestone, by=by, after={"met_on": on})
    lights.refresh(milestone.project, year=on.year, month=on.month, lit_only=True)
    return milestone


@transaction.atomic
def unmeet(milestone: Milestone, *, reason: str, by: User | None) -> Milestone:
    """It was entered by mistake, or is not finished after all."""
    milestone = _begin(milestone, by=by)
    _require_active(milestone, _("撤销完成"))
    reason = saying.reason(reason)
    if milestone.met_on is None:
        message = _("“%(name)s”没有登记完成，无须撤销。") % {"name": milestone.name}
        raise Conflict(message, code="milestone_not_met", **_state_facts(milestone, "met_on"))
    met_on, milestone.met_on = milestone.met_on, None
    _save(milestone, reason)
    _record("unmeet", milestone, by=by, before={"met_on": met_on}, after={"met_on": None}, reason=reason)
    lights.refresh(milestone.project, year=met_on.year, month=met_on.month, lit_only=True)
    return milestone


@transaction.atomic
def switch(milestone: Milestone, *, active: bool, by: User | None, reason: str = "") -> Milestone:
    """Off instead of deleted, with the reason: what was promised and dropped must stay to be seen."""
    milestone = _begin(milestone, by=by)
    reason = saying.words("reason", reason) if active else saying.reason(reason)
    if milestone.active == active:
        raise Conflict(
            (_("“%(name)s”已经启用。") if active else _("“%(name)s”已经停用。")) % {"name": milestone.name},
            code="milestone_switched",
            **_state_facts(milestone, "active"),
        )
    milestone.active = active
    _save(milestone, reason)
    _record("enable" if active else "disable", milestone, by=by, reason=reason)
    _refresh(milestone)
    return milestone


def allowed(milestones: Sequence[Milestone], *, by: User) -> dict[int, list[str]]:
    """By primary key, the verbs that ``by`` may use now, in one statement."""
    rows = Milestone.objects.reachable(by, Action.CHANGE).filter(pk__in=[row.pk for row in milestones])
    mine = set(rows.values_list("pk", flat=True)) if milestones else set()
    return {row.pk: list(_verbs(row)) if row.pk in mine else [] for row in milestones}


def _verbs(milestone: Milestone) -> tuple[str, ...]:
    if not milestone.active:
        return (EDIT.verb, ENABLE.verb)
    dates = (UNMEET.verb,) if milestone.met_on else (MOVE.verb, MEET.verb)
    return (EDIT.verb, *dates, DISABLE.verb)


def _locked(project: int, *, by: User | None) -> Project:
    """Held until the transaction ends; asked of the row as it is now."""
    row = Project.objects.locked(project)
    if by is not None and not Project.objects.reachable(by, Action.CHANGE).filter(pk=row.pk).exists():
        raise Forbidden(_("您不能修改“%(project)s”的节点。") % {"project": row}, code="out_of_reach")
    return row


def _begin(milestone: Milestone, *, by: User | None) -> Milestone:
    project = _locked(milestone.project_id, by=by)
    milestone = Milestone.objects.get(pk=milestone.pk)
    milestone.project = project
    return milestone


def _require_active(milestone: Milestone, verb: str) -> None:
    if not milestone.active:
        message = _("“%(name)s”已停用，请先启用，再“%(verb)s”。")
        facts = _state_facts(milestone, "active")
        raise Conflict(message % {"name": milestone.name, "verb": verb}, code="milestone_switched", **facts)


def _require_open(milestone: Milestone, verb: str) -> None:
    _require_active(milestone, verb)
    if milestone.met_on is None:
        return
    who, when = _since(milestone, "met_on")
    message = _(
        "“%(name)s”已登记于 %(day)s 完成（%(who)s，%(when)s），不能再“%(verb)s”。有误的请先撤销完成，并写明理由。"
    )
    day = milestone.met_on.isoformat()
    words = {"day": day, "who": who or _("系统"), "when": steps.at(when) if when else "—"}
    raise Conflict(
        message % {"name": milestone.name, "verb": verb, **words},
        code="milestone_met",
        met_on=day,
        **_state_facts(milestone, "met_on"),
    )


def _state_facts(milestone: Milestone, column: str) -> dict[str, str | None]:
    """What a 409 says beside its message, as ``steps.state_facts`` of rows that have a state of their own."""
    who, when = _since(milestone, column)
    state = "disabled" if not milestone.active else "met" if milestone.met_on else "open"
    return {"state": state, "by": str(who) if who else None, "at": when.isoformat() if when else None}


def _since(milestone: Milestone, column: str) -> tuple[User | None, datetime | None]:
    """Who made ``column`` filled or empty, on or off, as it is now, and when."""
    version, now = None, bool(getattr(milestone, column))
    for row in milestone.history.select_related("history_user").order_by("-history_date", "-history_id"):
        if bool(getattr(row, column)) != now:
            break
        version = row
    return (version.history_user, version.history_date) if version else (None, None)


def _save(milestone: Milestone, reason: str = "") -> None:
    milestone.name = milestone.name.strip()
    # The date of one row may pass its checks and the name may not: everything is told at once.
    milestone.clean_fields(exclude=["project", "original_due"])
    same = Milestone.objects.filter(project=milestone.project_id, name=milestone.name).exclude(pk=milestone.pk).first()
    if same:
        stopped = _("该项目已有同名节点，现已停用；请启用它，或另起名称。")
        raise ValidationError({"name": _("该项目已有同名节点。") if same.active else stopped})
    milestone._change_reason = reason[:HISTORY_REASON]  # type: ignore[attr-defined]
    milestone.save()


def _record(
    verb: str,
    milestone: Milestone,
    *,
    by: User | None,
    before: dict[str, date | None] | None = None,
    after: dict[str, date | None] | None = None,
    reason: str = "",
) -> None:
    old, new = ({name: value and value.isoformat() for name, value in (side or {}).items()} for side in (before, after))
    audit.record(f"milestone.{verb}", milestone, by=by, before=old, after=new, reason=reason)


def _refresh(milestone: Milestone) -> None:
    """From this month on: what was late in a month that is over stays late in it."""
    today = timezone.localdate()
    lights.refresh(milestone.project, year=today.year, month=today.month)
