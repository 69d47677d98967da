"""Writing down what a project invested in a month, and filing it. What happens next stands in ``workflow``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core import money
from erqi.core.exceptions import Conflict
from erqi.core.services import audit
from erqi.core.words import listed
from projects.models import ProgressReport, Project

from . import checks, workflow
from .month_facts import MonthFacts, hold_month
from .people import name_people
from .steps import at, state_facts

Status = ProgressReport.Status
CONTENT = ("invested", "physical_percent", "note", "explanation")
EDITABLE = (Status.DRAFT, Status.RETURNED)
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Recorded:
    """``created``: the month had no row before. ``warnings``: worth a look, but nothing was refused."""

    report: ProgressReport
    created: bool
    changed: bool
    warnings: list[str] = field(default_factory=list)


@transaction.atomic
def record_month(*, project: Project, year: int, month: int, by: User | None, **given: Any) -> Recorded:
    """``record_held`` for those who do not hold the project yet."""
    return record_held(project=Project.objects.locked(project.pk), year=year, month=month, by=by, **given)


def record_held(
    *,
    project: Project,
    year: int,
    month: int,
    by: User | None,
    invested: Decimal | None = None,
    invested_to_date: Decimal | None = None,
    physical_percent: Any = ...,
    note: Any = ...,
    explanation: Any = ...,
    reason: str = "",
    copied_forward: bool = False,
    draft: bool = False,
) -> Recorded:
    """Create or edit the month's open report (万元) and, unless it stays a ``draft``, submit it; the caller holds
    ``project``.

    The month's amount may be given, or the year to date, or both if they agree. What is left out (``...``) stays as
    it is; the same values again change nothing. ``Conflict`` while a report is on its way or in force: it has to be
    withdrawn, returned or reopened first. ``copied_forward``: the note is last month's, taken over unread.
    """
    _not_in_the_future(year, month)
    facts = hold_month(project, year, month)
    standing = facts.open or facts.in_force
    content = {
        "invested": _amount(facts, invested, invested_to_date, standing),
        "physical_percent": _kept(physical_percent, standing, "physical_percent", None),
        "note": _kept(note, standing, "note", ""),
        "explanation": _kept(explanation, standing, "explanation", ""),
    }
    if standing and standing.status not in EDITABLE:
        return _only_if_nothing_new(standing, content, by=by)
    report = facts.open or facts.new_revision()
    before = _described(report) if standing else {}
    changed = not standing or _content(report) != content or (bool(reason.strip()) and reason.strip() != report.reason)
    if changed:
        _write(report, content, reason.strip() or report.reason, copied_forward=copied_forward, by=by)
    if draft and changed:
        _save_draft(report, facts, by=by, before=before)
    elif not draft:
        old, new = audit.differences(before, _described(report))
        status = {"status": report.status} if standing else {}
        workflow.file_held(report, facts, by=by, before=old | status, after=new)
    found = checks.run(report, facts) if draft else checks.stored(report)
    warnings = [finding.message for finding in found] + _later_months(report, facts)
    return Recorded(report, created=not standing, changed=changed or not draft, warnings=warnings)


def _save_draft(report: ProgressReport, facts: MonthFacts, *, by: User | None, before: dict[str, str | None]) -> None:
    facts.require_open(asked_back=report.returned_at is not None)
    report.save()
    keep = ("year", "month", "revision", "status")
    after = _described(report)
    audit.record_change(
        "progress.draft", report.project, by=by, before=before, after=after, keep=keep, reason=report.reason
    )


def _not_in_the_future(year: int, month: int) -> None:
    if not 1 <= month <= 12:
        raise ValidationError({"month": _("月份应在 1–12 之间。")})
    today = timezone.localdate()
    if (year, month) > (today.year, today.month):
        raise ValidationError(
            {"month": _("%(year)s 年 %(month)s 月还没有开始，不能填报。") % {"year": year, "month": month}}
        )


def _amount(
    facts: MonthFacts, invested: Decimal | None, to_date: Decimal | None, standing: ProgressReport | None
) -> Decimal:
    """The month's amount from whichever was given; both must agree to the yuan."""
    if to_date is not None:
        derived = to_date - facts.filed_before
        if invested is not None and invested != derived:
            raise ValidationError(
                {
                    "invested_to_date": _(
                        "与本月数不一致：截至上月累计 %(before)s 万元，加本月 %(invested)s 应为 %(sum)s，"
                        "而所报本年累计为 %(to_date)s。"
                    )
                    % {
                        "before": money.wan(to_date - derived),
                        "invested": money.wan(invested),
                        "sum": money.wan(to_date - derived + invested),
                        "to_date": money.wan(to_date),
                    }
                }
            )
        return derived
    if invested is not None:
        return invested
    if standing:
        return standing.invested
    raise ValidationError({"invested": _("请填写本月完成投资或本年累计，单位万元。")})


def _kept(given: Any, standing: ProgressReport | None, name: str, otherwise: Any) -> Any:
    if given is not ...:
        return given
    return getattr(standing, name) if standing else otherwise


def _content(report: ProgressReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in CONTENT}


def _only_if_nothing_new(standing: ProgressReport, content: Mapping[str, Any], *, by: User | None) -> Recorded:
    """The same again is no news to a report that is on its way or in force; anything else is too late for it."""
    if _content(standing) == content:
        return Recorded(standing, created=False, changed=False)
    name_people(standing, by)
    who, when = standing.standing
    facts = {"who": who or _("系统"), "when": at(when), "amount": money.wan(standing.invested)}
    if standing.status == Status.ACCEPTED:
        message = _(
            "本月进度已由%(who)s于 %(when)s 认定（%(amount)s 万元）。要更正，请发改统计局退回更正；原记录会保留。"
        )
        how = "reopen"
    else:
        message = _("本月进度（%(amount)s 万元）已由%(who)s于 %(when)s 送审，正在审核。要修改，请先撤回或等退回。")
        how = "withdraw"
    raise Conflict(message % facts, code="not_editable", **state_facts(standing), how=how)


def _write(
    report: ProgressReport, content: Mapping[str, Any], reason: str, *, copied_forward: bool, by: User | None
) -> None:
    """The last hand on a draft is its author."""
    still_copied = report.copied_forward and content["note"] == report.note
    for name, value in content.items():
        setattr(report, name, value)
    report.reason, report.recorded_by, report.recorded_at = reason, by, timezone.now()
    if by is not None and by.pk not in report.authors:
        report.authors = [*report.authors, by.pk]
    report.copied_forward = bool(report.note) and (copied_forward or still_copied)
    # Not full_clean(): it would ask the database about each constraint, which holds them anyway under our lock.
    report.clean_fields(exclude=["project", *(f.name for f in report._meta.fields if f.remote_field)])
    # As the database returns them: else the audit trail would see a change from 100.0000 to 100.
    report.invested = money.yuan(report.invested)
    if report.physical_percent is not None:
        report.physical_percent = report.physical_percent.quantize(HUNDREDTH)


def _described(report: ProgressReport) -> dict[str, str | None]:
    names = ("year", "month", "revision", "status", *CONTENT, "reason")
    return {name: None if (v := getattr(report, name)) is None else str(v) for name in names}


def _later_months(report: ProgressReport, facts: MonthFacts) -> list[str]:
    """What a changed month does to those after it."""
    if facts.in_force is None or facts.in_force.invested == report.invested:
        return []
    listing = listed(map(str, facts.later_in_force))
    return [_("其后已认定的月份（%(months)s 月）的本年累计随之变动，请核对。") % {"months": listing}] if listing else []
