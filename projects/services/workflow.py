"""A monthly report's way: draft → submitted → (endorsed) → accepted, or returned with a reason; reopened to correct.

Each verb locks the project's row first, so that of two people acting at once the later one finds what the first did;
then the month's period, so that a deadline that moves meanwhile finds every filing. The audit event comes last.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core.exceptions import Conflict
from erqi.core.services import audit
from projects.models import FilingCheck, PeriodExtension, ProgressReport, Project, ReportingPeriod

from . import checks, lights, saying, steps
from .periods import answering_unit, closed, hold_period, require_open
from .steps import Step

Status = ProgressReport.Status

SUBMIT = Step(
    "submit", pgettext_lazy("动词", "报送"), (Status.DRAFT, Status.RETURNED), Status.SUBMITTED, (Action.REPORT,)
)
WITHDRAW = Step(
    "withdraw", gettext_lazy("撤回"), (Status.SUBMITTED,), Status.DRAFT, (Action.REPORT,), doer="submitted_by"
)
ENDORSE = Step(
    "endorse",
    gettext_lazy("签审"),
    (Status.SUBMITTED,),
    Status.ENDORSED,
    (Action.ENDORSE,),
    apart=("recorded_by", "authors", "submitted_by"),
)
RETURN = Step(
    "return",
    gettext_lazy("退回"),
    (Status.SUBMITTED, Status.ENDORSED),
    Status.RETURNED,
    (Action.REVIEW, Action.ENDORSE),
    words="reason",
)
ACCEPT = Step(
    "accept",
    pgettext_lazy("动词", "认定"),
    (Status.SUBMITTED, Status.ENDORSED),
    Status.ACCEPTED,
    (Action.REVIEW,),
    apart=("recorded_by", "authors", "submitted_by", "endorsed_by"),
)
REOPEN = Step("reopen", gettext_lazy("退回更正"), (Status.ACCEPTED,), Status.RETURNED, (Action.REVIEW,), words="reason")
DISMISS = Step(
    "dismiss",
    gettext_lazy("撤销更正"),
    (Status.DRAFT, Status.RETURNED, Status.SUBMITTED, Status.ENDORSED),
    None,
    (Action.REVIEW,),
    words="reason",
)
STEPS = (SUBMIT, WITHDRAW, ENDORSE, RETURN, ACCEPT, REOPEN, DISMISS)


def allowed(reports: Sequence[ProgressReport], *, by: User) -> dict[int, list[str]]:
    """By primary key, the verbs that ``by`` may use now, in the order of ``STEPS``."""
    found = steps.allowed(reports, STEPS, by=by)
    periods = {(period.year, period.month): period for period in ReportingPeriod.objects.all()}
    signed = {month for month, period in periods.items() if period.endorsed}
    corrected, shut = _corrected(reports), _shut(reports, periods)
    for report in reports:
        refused = _not_now(report, signed=signed, corrected=corrected)
        refused |= {SUBMIT.verb, WITHDRAW.verb} if report.pk in shut else set()
        found[report.pk] = [verb for verb in found[report.pk] if verb not in refused]
    return found


def _not_now(report: ProgressReport, *, signed: set[Any], corrected: set[Any]) -> set[str]:
    """What the state alone does not tell: a month that must be signed first, one whose correction is under way."""
    month = (report.year, report.month)
    refused = set()
    if report.status == Status.SUBMITTED and month in signed:
        refused.add(ACCEPT.verb)
    if (report.project_id, *month) in corrected:
        refused.add(REOPEN.verb)
    if report.revision == 1:
        refused.add(DISMISS.verb)
    return refused


def _shut(reports: Sequence[ProgressReport], periods: Mapping[tuple[int, int], ReportingPeriod]) -> set[int]:
    """Never filed, and their month is not open for their unit now: ``require_open`` for many."""
    never = {row: periods.get((row.year, row.month)) for row in reports if row.returned_at is None}
    filing = (*SUBMIT.sources, *WITHDRAW.sources)
    asked = {row: period for row, period in never.items() if period and row.status in filing}
    moved = PeriodExtension.objects.deadlines(set(asked.values())) if asked else {}
    dues = {row: moved[period.pk].get(answering_unit(row.project), period.due) for row, period in asked.items()}
    today = timezone.localdate()
    return {row.pk for row, period in asked.items() if closed(period, due=dues[row], on=today)}


def _corrected(reports: Sequence[ProgressReport]) -> set[tuple[int, int, int]]:
    accepted = {report.project_id for report in reports if report.status == Status.ACCEPTED}
    rows = ProgressReport.objects.open().filter(project__in=accepted).order_by()
    return set(rows.values_list("project", "year", "month")) if accepted else set()


@transaction.atomic
def submit(report: ProgressReport, *, by: User | None, explanation: str = "") -> ProgressReport:
    """File it. Refused while the period is closed, or while a check blocks it or waits for an explanation."""
    report, period = _held(report)
    report.explanation = saying.words("explanation", explanation) or report.explanation
    file_held(report, period, by=by, before={"status": report.status})
    return report


def file_held(
    report: ProgressReport,
    period: ReportingPeriod | None,
    *,
    by: User | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
) -> None:
    """File ``report`` as it stands in memory, saved before or not; the caller holds its project and its period.

    ``before`` and ``after``: what else changes with it. Writing and filing at once are one event in the trail.
    """
    steps.check(SUBMIT, report, by=by)
    due = require_open(report.project, period, asked_back=report.returned_at is not None)
    report.findings = _checked(report)
    now = timezone.now()
    if report.filed_at is None:
        report.filed_at = now
        report.on_time = None if due is None else timezone.localdate(now) <= due
    report.submitted_at, report.submitted_by = now, by
    _save(SUBMIT, report)
    _record(SUBMIT, report, by=by, before=before, after=after, reason=report.explanation)


def _checked(report: ProgressReport) -> list[dict[str, Any]]:
    found = checks.run(report)
    blocking: dict[str, list[str]] = {}
    for finding in found:
        if finding.severity == FilingCheck.Severity.BLOCK:
            blocking.setdefault(finding.field, []).append(finding.message)
    if blocking:
        raise ValidationError(blocking)
    if not _explained(report):
        _require_explanation(report, found)
    return [{"code": finding.code, "facts": finding.facts} for finding in found]


def _explained(report: ProgressReport) -> bool:
    """In the unit's own words: the reason of a correction is the bureau's."""
    return bool(report.explanation or (report.revision == 1 and report.reason))


def _require_explanation(report: ProgressReport, found: Sequence[checks.Finding]) -> None:
    asked = [finding.message for finding in found]
    if asked:
        raise ValidationError({"explanation": [_("请核对下列各项，确实如此的请写明情况。"), *asked]})
    if report.invested < 0:
        # The database asks for it too, also where the bureau has switched the check off.
        raise ValidationError({"explanation": _("本月完成为负数时必须写明理由。")})


@transaction.atomic
def withdraw(report: ProgressReport, *, by: User | None) -> ProgressReport:
    """Take it back before anybody has signed or decided it. What nobody has returned yet then counts as not filed:
    else an empty filing on the last day, taken back at once, would be on time for good.
    """
    report, period = _held(report)
    steps.check(WITHDRAW, report, by=by)
    # Once the month has locked it could not be filed again.
    require_open(report.project, period, asked_back=report.returned_at is not None)
    report.submitted_at = report.submitted_by = None
    if report.returned_at is None:
        report.filed_at = report.on_time = None
    return _end(WITHDRAW, report, by=by)


@transaction.atomic
def endorse(report: ProgressReport, *, by: User | None) -> ProgressReport:
    """The unit's head signs what the unit has filed."""
    report = _begin(ENDORSE, report, by=by)
    report.endorsed_at, report.endorsed_by = timezone.now(), by
    return _end(ENDORSE, report, by=by)


@transaction.atomic
def return_report(
    report: ProgressReport, *, by: User | None, reason: str, fields: Sequence[str] = ()
) -> ProgressReport:
    """Back to the unit, with the reason and, where useful, the fields it concerns (``ProgressReport.Field``).

    A signature under it no longer holds.
    """
    report = _begin(RETURN, report, by=by, words=reason)
    require_known(fields)
    report.returned_at, report.returned_by = timezone.now(), by
    report.endorsed_at = report.endorsed_by = None
    report.return_reason, report.return_fields = reason.strip(), list(dict.fromkeys(fields))
    report.returns += 1
    return _end(RETURN, report, by=by, reason=report.return_reason)


def require_known(fields: Sequence[str]) -> None:
    """``ValidationError`` when a return points at what no report has."""
    unknown = [name for name in fields if name not in ProgressReport.Field.values]
    if unknown:
        allowed_names = "、".join(ProgressReport.Field.values)
        raise ValidationError(
            {"fields": _("没有这一栏：%(name)s；可选：%(names)s。") % {"name": unknown[0], "names": allowed_names}}
        )


@transaction.atomic
def accept(report: ProgressReport, *, by: User | None) -> ProgressReport:
    """Put it in force: it counts from now on, in the place of what was in force; the project's lights follow."""
    report, period = _held(report)
    steps.check(ACCEPT, report, by=by)
    if report.status == Status.SUBMITTED and period and period.endorsed:
        raise Conflict(
            _("%(year)s 年 %(month)s 月的进度须先由单位负责人签审。") % {"year": report.year, "month": report.month},
            code="not_endorsed",
            **steps.state_facts(report),
        )
    report.accepted_at, report.accepted_by = timezone.now(), by
    in_force = ProgressReport.objects.in_force().filter(project=report.project_id, year=report.year, month=report.month)
    # The very moment the new one begins, so that as_of() finds exactly one of the two.
    in_force.update(superseded_at=report.accepted_at)
    before = _save(ACCEPT, report)
    lights.refresh(report.project, year=report.year, month=report.month)
    _record(ACCEPT, report, by=by, before=before)
    return report


@transaction.atomic
def reopen(report: ProgressReport, *, by: User | None, reason: str) -> ProgressReport:
    """Ask the unit to correct an accepted month: a new revision beside it, which stays in force until then."""
    report = _begin(REOPEN, report, by=by, words=reason)
    rows = ProgressReport.objects.filter(project=report.project_id, year=report.year, month=report.month)
    waiting = rows.open().first()
    if waiting:
        raise steps.wrong_state(REOPEN, waiting)
    correction = ProgressReport(
        project=report.project,
        year=report.year,
        month=report.month,
        revision=max(rows.values_list("revision", flat=True)) + 1,
        status=Status.RETURNED,
        invested=report.invested,
        physical_percent=report.physical_percent,
        note=report.note,
        copied_forward=report.copied_forward,
        recorded_by=report.recorded_by,
        authors=report.authors,
        recorded_at=report.recorded_at,
        reason=reason.strip(),
        filed_at=report.filed_at,
        on_time=report.on_time,
        returned_at=timezone.now(),
        returned_by=by,
        return_reason=reason.strip(),
    )
    correction.save()
    _record(REOPEN, correction, by=by, before={"status": report.status}, reason=correction.return_reason)
    return correction


@transaction.atomic
def dismiss(report: ProgressReport, *, by: User | None, reason: str) -> ProgressReport:
    """Drop a correction that turned out needless: the month stays as it is in force, the row is kept as history."""
    report = _begin(DISMISS, report, by=by, words=reason)
    if report.revision == 1:
        raise Conflict(
            _("“%(row)s”是首次填报，不是更正，不能撤销；请退回。") % {"row": report},
            code="not_a_correction",
            **steps.state_facts(report),
        )
    report.superseded_at = timezone.now()
    return _end(DISMISS, report, by=by, reason=reason.strip())


def _begin(step: Step, report: ProgressReport, *, by: User | None, words: str = "") -> ProgressReport:
    """The row as it is now, held, the step checked against it."""
    report, _period = _held(report)
    steps.check(step, report, by=by, words=words)
    return report


def _held(report: ProgressReport) -> tuple[ProgressReport, ReportingPeriod | None]:
    """The row as it is now and its period; project and period are locked until the transaction ends."""
    project = Project.objects.locked(report.project_id)
    period = hold_period(report.year, report.month)
    report = ProgressReport.objects.select_related(*ProgressReport.PEOPLE).get(pk=report.pk)
    report.project = project
    return report, period


def _end(step: Step, report: ProgressReport, *, by: User | None, reason: str = "") -> ProgressReport:
    before = _save(step, report)
    _record(step, report, by=by, before=before, reason=reason)
    return report


def _save(step: Step, report: ProgressReport) -> dict[str, str]:
    """The status it had before."""
    before, report.status = {"status": report.status}, step.target or report.status
    report.save()
    return before


def _record(
    step: Step,
    report: ProgressReport,
    *,
    by: User | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    told = {name: str(getattr(report, name)) for name in ("year", "month", "revision", "invested", "status")}
    if step is RETURN and report.return_fields:
        told["fields"] = " ".join(report.return_fields)
    after = {**(after or {}), **told}
    audit.record(f"progress.{step.verb}", report.project, by=by, before=dict(before), after=after, reason=reason)
