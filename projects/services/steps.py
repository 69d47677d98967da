"""States and verbs as tables, and the one place that asks them: may this person take this step on this row now?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core.exceptions import Conflict, Forbidden

from . import saying


@dataclass(frozen=True)
class Step:
    """``verb`` leads from one of ``sources`` to ``target`` (None: the state stays) and asks for one of ``actions``.

    ``apart``: columns naming people, or lists of them, who may not take it, because it is their own work. ``words``:
    the argument that may not be empty, such as a reason. ``doer``: the column of whoever did what this step takes back;
    the bureau, which has verbs with reasons for what units did, takes back only its own doing.
    """

    verb: str
    label: Promise
    sources: tuple[str, ...]
    target: str | None
    actions: tuple[Action, ...]
    apart: tuple[str, ...] = ()
    words: str = ""
    doer: str = ""
    # A longer text is kept in the row's own column, not as the reason in the audit trail.
    longest: int = saying.REASON_LENGTH


def check(step: Step, row: Any, *, by: User | None, words: str = "") -> None:
    """Refuse unless ``by`` may take ``step`` on ``row``, which the caller holds locked. None is the system itself.

    ``Forbidden`` without the right or on one's own work, ``Conflict`` in a wrong state (with state, who and when),
    ``ValidationError`` without the words the step asks for.
    """
    if by is not None and not _reaches(row, step, by):
        raise Forbidden(_("您不能对“%(row)s”进行“%(verb)s”。") % {"row": row, "verb": step.label}, code="out_of_reach")
    if by is not None and step.doer and not _did(step, row, by) and _within(row, Action.REVIEW, by):
        message = _("“%(row)s”由单位报送或申请，只能由单位“%(verb)s”；发改统计局请写明理由退回或不予同意。")
        raise Forbidden(message % {"row": row, "verb": step.label}, code="out_of_reach")
    if row.status not in step.sources or _replaced(row):
        raise wrong_state(step, row)
    if by is not None and _own(step, row, by):
        raise Forbidden(
            _("“%(row)s”由您本人填报或经手，须由他人“%(verb)s”。") % {"row": row, "verb": step.label}, code="own_work"
        )
    if step.words and not words.strip():
        raise ValidationError({step.words: _("“%(verb)s”须写明理由。") % {"verb": step.label}})
    saying.words(step.words, words, limit=step.longest)


def allowed(rows: Sequence[Any], steps: Iterable[Step], *, by: User) -> dict[int, list[str]]:
    """For each row (by primary key) the verbs that ``by`` may use on it now, asked of what was read with the rows."""
    steps = list(steps)
    actions = {action for step in steps for action in (*step.actions, *([Action.REVIEW] if step.doer else []))}
    reach = {action: type(rows[0]).reach(by, action) for action in actions} if rows else {}
    return {row.pk: [step.verb for step in steps if _allows(step, row, by, reach)] for row in rows}


def _allows(step: Step, row: Any, by: User, reach: Mapping[Action, Callable[[Any], bool]]) -> bool:
    return (
        row.status in step.sources
        and not _replaced(row)
        and any(reach[action](row) for action in step.actions)
        and not _own(step, row, by)
        and (not step.doer or _did(step, row, by) or not reach[Action.REVIEW](row))
    )


def wrong_state(step: Step, row: Any) -> Conflict:
    """The other person was first: says who brought the row into which state, and when."""
    who, when = row.standing
    message = _("“%(row)s”现为“%(state)s”（%(who)s，%(when)s），不能再“%(verb)s”。请刷新后查看。") % {
        "row": row,
        "state": _state(row),
        "who": who or _("系统"),
        "when": at(when) if when else "—",
        "verb": step.label,
    }
    return Conflict(message, code="wrong_state", **state_facts(row))


def state_facts(row: Any) -> dict[str, Any]:
    """What a 409 says beside its message."""
    who, when = row.standing
    return {
        "state": row.status,
        "state_display": _state(row),
        "by": str(who) if who else None,
        "at": when.isoformat() if when else None,
    }


def at(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _replaced(row: Any) -> bool:
    return getattr(row, "superseded_at", None) is not None


def _state(row: Any) -> str:
    state = row.get_status_display()
    return _("%(state)s，已被取代") % {"state": state} if _replaced(row) else state


def _reaches(row: Any, step: Step, by: User) -> bool:
    return any(_within(row, action, by) for action in step.actions)


def _within(row: Any, action: Action, by: User) -> bool:
    return type(row).reach(by, action)(row)


def _did(step: Step, row: Any, by: User) -> bool:
    return getattr(row, f"{step.doer}_id") == by.pk


def _own(step: Step, row: Any, by: User) -> bool:
    return any(by.pk in _people(row, column) for column in step.apart)


def _people(row: Any, column: str) -> list[int]:
    """Who stands in a column: one person, or all in a list of keys."""
    return [getattr(row, f"{column}_id")] if row._meta.get_field(column).is_relation else getattr(row, column)
