"""Recording what a project invested in a month.

Until the review workflow stands between the two, a month is put in force by recording it (docs/adr/0004); a draft
is kept beside the month in force and touches no figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core import money
from erqi.core.services import audit
from erqi.core.words import listed
from projects.models import AnnualPlan, ProgressReport, Project

Status = ProgressReport.Status
CONTENT = ("invested", "physical_percent", "note")


@dataclass(frozen=True)
class Recorded:
    """``created``: the month had no row before. ``warnings``: worth a look, but nothing was refused."""

    report: ProgressReport
    created: bool
    changed: bool
    warnings: list[str] = field(default_factory=list)


@transaction.atomic
def record_month(
    *,
    project: Project,
    year: int,
    month: int,
    by: User,
    invested: Decimal | None = None,
    invested_to_date: Decimal | None = None,
    physical_percent: Any = ...,
    note: Any = ...,
    reason: str = "",
    draft: bool = False,
) -> Recorded:
    """Create or revise one month (万元); what is left out (``...``) stays as it is.

    The month's amount may be given, or the year to date, or both if they agree. The same values again change
    nothing. A month in force is superseded by a new revision and needs a reason; a draft is edited in place. What
    somebody only drafted never comes into force by a call that did not say it.
    """
    project = Project.objects.locked(project.pk)
    _not_in_the_future(year, month)
    rows = ProgressReport.objects.filter(project=project, year=year, month=month)
    in_force, kept_draft = rows.in_force().first(), rows.drafts().first()
    basis = (kept_draft or in_force) if draft else in_force
    reason = reason.strip() or (kept_draft.reason if draft and kept_draft else "")
    content = {
        "invested": _amount(project, year, month, invested, invested_to_date, basis),
        "physical_percent": _kept(physical_percent, basis, "physical_percent", None),
        "note": _kept(note, basis, "note", ""),
    }
    warnings = _warnings(project, year, month, content["invested"])
    if in_force and _content(in_force) == content:
        return _nothing_new(in_force, kept_draft, warnings, by)
    if draft and kept_draft and _content(kept_draft) == content and kept_draft.reason == reason:
        return Recorded(kept_draft, created=False, changed=False, warnings=warnings)
    if in_force and not draft and not reason:
        raise ValidationError({"reason": _needs_reason(in_force)})
    replaced = basis or kept_draft
    before = _described(replaced) if replaced else {}
    report = kept_draft or ProgressReport(project=project, year=year, month=month, revision=_next_revision(rows))
    _write(report, content, reason, by)
    if not draft:
        _put_in_force(report, in_force, by)
    _save(report)
    action = "progress.draft" if draft else "progress.correct" if in_force else "progress.record"
    audit.record_change(
        action, project, by=by, before=before, after=_described(report), keep=("year", "month"), reason=report.reason
    )
    return Recorded(report, created=replaced is None, changed=True, warnings=warnings)


def _not_in_the_future(year: int, month: int) -> None:
    if not 1 <= month <= 12:
        raise ValidationError({"month": _("月份应在 1–12 之间。")})
    today = timezone.localdate()
    if (year, month) > (today.year, today.month):
        raise ValidationError(
            {"month": _("%(year)s 年 %(month)s 月还没有开始，不能填报。") % {"year": year, "month": month}}
        )


def _amount(
    project: Project,
    year: int,
    month: int,
    invested: Decimal | None,
    to_date: Decimal | None,
    basis: ProgressReport | None,
) -> Decimal:
    """The month's amount from whichever was given; both must agree to the yuan."""
    if to_date is not None:
        derived = to_date - invested_before(project, year, month)
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
    if basis:
        return basis.invested
    raise ValidationError({"invested": _("请填写本月完成投资或本年累计，单位万元。")})


def invested_before(project: Project, year: int, month: int) -> Decimal:
    """In-force year to date by the end of the month before (万元)."""
    earlier = ProgressReport.objects.in_force().filter(project=project, year=year, month__lt=month)
    return money.yuan(earlier.aggregate(total=Sum("invested"))["total"])


def _kept(given: Any, basis: ProgressReport | None, name: str, otherwise: Any) -> Any:
    if given is not ...:
        return given
    return getattr(basis, name) if basis else otherwise


def _content(report: ProgressReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in CONTENT}


def _nothing_new(
    in_force: ProgressReport, kept_draft: ProgressReport | None, warnings: list[str], by: User
) -> Recorded:
    """The values in force were given again. A draft that differs from them is thereby dropped."""
    if kept_draft:
        kept_draft.superseded_at = timezone.now()
        kept_draft.save(update_fields=["superseded_at"])
        audit.record("progress.draft_dropped", in_force.project, by=by, before=_described(kept_draft), after={})
    return Recorded(in_force, created=False, changed=bool(kept_draft), warnings=warnings)


def _next_revision(rows: QuerySet[ProgressReport]) -> int:
    return max(rows.values_list("revision", flat=True), default=0) + 1


def _needs_reason(in_force: ProgressReport) -> str:
    return _("本月进度已由%(who)s于 %(when)s 认定（%(amount)s 万元），修改须写明理由；原记录会保留。") % {
        "who": in_force.accepted_by or _("系统"),
        "when": timezone.localtime(in_force.accepted_at).strftime("%Y-%m-%d %H:%M"),
        "amount": money.wan(in_force.invested),
    }


def _write(report: ProgressReport, content: Mapping[str, Any], reason: str, by: User) -> None:
    """The last hand on a draft is the one it is attributed to."""
    for name, value in content.items():
        setattr(report, name, value)
    report.reason, report.recorded_by, report.recorded_at = reason, by, timezone.now()


def _put_in_force(report: ProgressReport, in_force: ProgressReport | None, by: User) -> None:
    report.status, report.accepted_by = Status.ACCEPTED, by
    report.accepted_at = timezone.now()
    if in_force:
        in_force.superseded_at = report.accepted_at
        in_force.save(update_fields=["superseded_at"])


def _save(report: ProgressReport) -> None:
    if report.invested < 0 and not report.reason:
        raise ValidationError({"reason": _("本月完成为负数（更正以前多报）时必须写明理由。")})
    # Not full_clean(): it would ask the database about each constraint, which holds them anyway under our lock.
    report.clean_fields(exclude=["project", "recorded_by", "accepted_by"])
    report.save()


def _described(report: ProgressReport) -> dict[str, str | None]:
    names = ("year", "month", "revision", "status", *CONTENT)
    return {name: None if (v := getattr(report, name)) is None else str(v) for name in names}


def _warnings(project: Project, year: int, month: int, invested: Decimal) -> list[str]:
    others = ProgressReport.objects.in_force().filter(project=project).exclude(year=year, month=month)
    found = [
        _overrun(project, year, others, invested),
        _negative_to_date(others.filter(year=year, month__lt=month), invested),
        _later_months(others.filter(year=year, month__gt=month), project, year, month, invested),
    ]
    return [warning for warning in found if warning]


def _overrun(project: Project, year: int, others: QuerySet[ProgressReport], invested: Decimal) -> str:
    """Cumulative = before the year of the latest opening figure + everything reported since."""
    if project.total_investment is None:
        return ""
    opening = AnnualPlan.objects.current().filter(project=project, year__lte=year, opening_cumulative__isnull=False)
    start = opening.order_by("-year").first()
    if start:
        others = others.filter(year__gte=start.year)
    before = start.opening_cumulative if start and start.opening_cumulative else Decimal(0)
    cumulative = before + money.yuan(others.aggregate(total=Sum("invested"))["total"]) + invested
    if cumulative <= project.total_investment:
        return ""
    return _("开工以来累计 %(cumulative)s 万元，已超过计划总投资 %(total)s 万元，请核对。") % {
        "cumulative": money.wan(cumulative),
        "total": money.wan(project.total_investment),
    }


def _negative_to_date(earlier: QuerySet[ProgressReport], invested: Decimal) -> str:
    to_date = money.yuan(earlier.aggregate(total=Sum("invested"))["total"]) + invested
    return _("本年累计为负数（%(to_date)s 万元），请核对。") % {"to_date": money.wan(to_date)} if to_date < 0 else ""


def _later_months(later: QuerySet[ProgressReport], project: Project, year: int, month: int, invested: Decimal) -> str:
    """A correction shifts the year to date of every later month; whoever filed those as totals should know."""
    present = ProgressReport.objects.in_force().filter(project=project, year=year, month=month).first()
    months = sorted(later.values_list("month", flat=True)) if present and present.invested != invested else []
    if not months:
        return ""
    return _("其后已认定的月份（%(months)s 月）的本年累计随之变动，请核对。") % {"months": listed(map(str, months))}
