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
from projects.models import FilingCheck, ProgressReport, Project

from . import checks, lights, saying, steps, totals
from .around import Around, read_around
from .month_facts import MonthFacts, hold_month
from .people import name_people, named_already
from .periods import closed
from .steps import Step

Status = ProgressReport.Status
# What a correction begins with.
CORRECTED = (
    *("invested", "physical_percent", "note", "copied_forward"),
    *("recorded_by", "authors", "recorded_at", "filed_at", "on_time"),
)

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


def allowed(reports: Sequence[ProgressReport], *, by: User, held: bool = False) -> dict[int, list[str]]:
    """By primary key, the verbs that ``by`` may use now, in the order of ``STEPS``.

    ``held``: they were just written, in the transaction that still runs; nothing is asked again.
    """
    found = steps.allowed(reports, STEPS, by=by)
    around = {row.pk: Around.of(row.held) for row in reports} if held else read_around(reports)
    for report in reports:
        refused = _not_now(report, around[report.pk])
        found[report.pk] = [verb for verb in found[report.pk] if verb not in refused]
    return found


def _not_now(report: ProgressReport, around: Around) -> set[str]:
    """A month that must be signed first, one whose correction is under way, one never filed whose time is over."""
    refused, period = set(), around.period
    if report.status == Status.SUBMITTED and period and period.endorsed:
        refused.add(ACCEPT.verb)
    if around.correction_open:
        refused.add(REOPEN.verb)
    if report.revision == 1:
        refused.add(DISMISS.verb)
    if report.returned_at is None and period and around.due:
        refused |= {SUBMIT.verb, WITHDRAW.verb} if closed(period, due=around.due, on=timezone.localdate()) else set()
    return refused


@transaction.atomic
def submit(report: ProgressReport, *, by: User | None, explanation: str = "") -> ProgressReport:
    """File it. Refused while the period is closed, or while a check blocks it or waits for an explanation."""
    report, facts = _held(report, by=by)
    report.explanation = saying.words("explanation", explanation) or report.explanation
    file_held(report, facts, by=by, before={"status": report.status})
    return report


def file_held(
    report: ProgressReport,
    facts: MonthFacts,
    *,
    by: User | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any] | None = None,
) -> None:
    """File ``report`` as it stands in memory, saved before or not; the caller holds its project and its month.

    ``before`` and ``after``: what else changes with it. Writing and filing at once are one event in the trail.
    """
    steps.check(SUBMIT, report, by=by)
    facts.require_open(asked_back=report.returned_at is not None)
    report.findings = _checked(report, facts)
    now = timezone.now()
    if report.filed_at is None:
        report.filed_at = now
        report.on_time = None if facts.due is None else timezone.localdate(now) <= facts.due
    report.submitted_at, report.submitted_by = now, by
    _save(SUBMIT, report)
    _record(SUBMIT, report, by=by, before=before, after=after, reason=report.explanation)


def _checked(report: ProgressReport, facts: MonthFacts) -> list[dict[str, Any]]:
    found = checks.run(report, facts)
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
    report, facts = _held(report, by=by)
    steps.check(WITHDRAW, report, by=by)
    # Once the month has locked it could not be filed again.
    facts.require_open(asked_back=report.returned_at is not None)
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
    report, facts = _held(report, by=by)
    steps.check(ACCEPT, report, by=by)
    if report.status == Status.SUBMITTED and facts.period and facts.period.endorsed:
        raise Conflict(
            _("%(year)s 年 %(month)s 月的进度须先由单位负责人签审。") % {"year": report.year, "month": report.month},
            code="not_endorsed",
            **steps.state_facts(report),
        )
    now = timezone.now()
    report.accepted_at, report.accepted_by = now, by
    met = totals.before_accepting(report, facts.in_force)
    if replaced := facts.in_force:
        # The clock of the node that accepted that one may have been ahead.
        report.accepted_at = max(now, replaced.accepted_at or now)
        # The very moment the new one begins, so that as_of() finds exactly one of the two.
        replaced.superseded_at = report.accepted_at
        replaced.save(update_fields=["superseded_at"])
    before = _save(ACCEPT, report)
    lights.refresh(report.project, year=report.year, month=report.month)
    _record(ACCEPT, report, by=by, before=before)
    totals.accept(report, met)
    return report


@transaction.atomic
def reopen(report: ProgressReport, *, by: User | None, reason: str) -> ProgressReport:
    """Ask the unit to correct an accepted month: a new revision beside it, which stays in force until then."""
    report, facts = _held(report, by=by)
    steps.check(REOPEN, report, by=by, words=reason)
    if facts.open:
        name_people(facts.open, by)
        raise steps.wrong_state(REOPEN, facts.open)
    correction = facts.new_revision()
    for name in CORRECTED:
        setattr(correction, name, getattr(report, name))
    correction.status, correction.reason = Status.RETURNED, reason.strip()
    correction.returned_at, correction.returned_by = timezone.now(), by
    correction.return_reason = reason.strip()
    correction.save(force_insert=True)
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
    report, _facts = _held(report, by=by)
    steps.check(step, report, by=by, words=words)
    return report


def _held(report: ProgressReport, *, by: User | None) -> tuple[ProgressReport, MonthFacts]:
    """The row as it is now and its month; project and period are locked until the transaction ends."""
    facts = hold_month(Project.objects.locked(report.project_id), report.year, report.month)
    now = facts.revision(report)
    name_people(now, by, *named_already(report))
    return now, facts


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
