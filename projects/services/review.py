"""Deciding months in the review queue: many at once, each on its own, and never one that changed under its reader."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core import money
from erqi.core.exceptions import Conflict, Forbidden
from projects.models import ProgressReport, Project

from . import saying, steps, workflow


class Result(StrEnum):
    DONE = "done"
    # Has findings: somebody looks at it by itself.
    LEFT = "left"
    # Somebody was first, it is one's own work, or it changed since it was read.
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one row, in words for the one who decided."""

    report: ProgressReport
    result: Result
    message: str = ""


def stamp(report: ProgressReport) -> str:
    """Which filing a reader saw: a month that was withdrawn and filed again is another one."""
    return report.submitted_at.isoformat() if report.submitted_at else ""


def accept_many(reports: Iterable[ProgressReport], *, seen: Mapping[int, str], by: User) -> list[Outcome]:
    """Accept each that has no findings; ``seen`` holds the stamp of each as its reader saw it."""
    return [_accepted(report, seen=seen.get(report.pk, ""), by=by) for report in reports]


def return_many(
    reports: Iterable[ProgressReport],
    *,
    seen: Mapping[int, str],
    by: User,
    reason: str,
    fields: Sequence[str] = (),
) -> list[Outcome]:
    """Return each with the same reason. ``ValidationError``, and nothing is returned at all, without one or with words
    that would be refused: they are the same for every row.
    """
    if not reason.strip():
        raise ValidationError({"reason": _("“%(verb)s”须写明理由。") % {"verb": workflow.RETURN.label}})
    reason = saying.words("reason", reason)
    workflow.require_known(fields)
    given = {"by": by, "reason": reason, "fields": fields}
    return [_tried(return_seen, report, seen=seen.get(report.pk, ""), **given) for report in reports]


def _accepted(report: ProgressReport, *, seen: str, by: User) -> Outcome:
    if report.findings and report.status in workflow.ACCEPT.sources:
        return Outcome(report, Result.LEFT, _("有 %(n)s 项疑点，须单独审核") % {"n": len(report.findings)})
    return _tried(accept_seen, report, seen=seen, by=by)


def _tried(decide: Callable[..., ProgressReport], report: ProgressReport, **given: Any) -> Outcome:
    """Each row has a transaction of its own, so that one refusal does not undo the others."""
    try:
        return Outcome(decide(report, **given), Result.DONE)
    except (Conflict, Forbidden) as refused:
        return Outcome(report, Result.REFUSED, refused.message)


@transaction.atomic
def accept_seen(report: ProgressReport, *, seen: str, by: User) -> ProgressReport:
    _require_seen(report, seen)
    return workflow.accept(report, by=by)


@transaction.atomic
def return_seen(
    report: ProgressReport, *, seen: str, by: User, reason: str, fields: Sequence[str] = ()
) -> ProgressReport:
    _require_seen(report, seen)
    return workflow.return_report(report, by=by, reason=reason, fields=fields)


def _require_seen(report: ProgressReport, seen: str) -> None:
    """``Conflict`` if the unit took the month back and filed it again after the reader opened the page."""
    Project.objects.locked(report.project_id)
    now = ProgressReport.objects.select_related("submitted_by", "project").get(pk=report.pk)
    if now.status not in workflow.ACCEPT.sources or stamp(now) == seen:
        return
    message = _("“%(row)s”在您打开页面之后由%(who)s于 %(when)s 重新报送（%(amount)s 万元），请看过新的再审核。")
    values = {
        "row": now,
        "who": now.submitted_by or _("系统"),
        "when": steps.at(now.submitted_at) if now.submitted_at else "—",
        "amount": money.wan(now.invested),
    }
    raise Conflict(message % values, code="filed_again", **steps.state_facts(now))
