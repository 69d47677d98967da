"""The monthly cycle round the generated reports: when each was filed, returned and accepted, and what still waits."""

from datetime import date, datetime, timedelta
from random import Random

from erqi.accounts.models import User
from projects.models import AnnualPlan, PlanChange, ProgressReport, ReportingPeriod
from projects.models.plan import MONTHS
from projects.services import checks

from .plans import moment
from .vocabulary import EXPLAINED, RETURNED

Status = ProgressReport.Status
OPENS, DUE, LOCK_DAYS = 15, 25, 20
LAST = 12
# One statement after another, so not for the ten thousandth.
LOOKED_AT = 60
# Where the reports of the last month stand; the months before it are done with.
STANDING = {Status.ACCEPTED: 66, Status.SUBMITTED: 22, Status.RETURNED: 7, Status.DRAFT: 5}


def periods_of(year: int) -> list[ReportingPeriod]:
    """The last one does not lock, so that whoever tries the demo can still file it."""
    return [
        ReportingPeriod(
            year=year,
            month=month,
            opens=date(year, month, OPENS),
            due=date(year, month, DUE),
            locks=None if month == LAST else date(year, month, DUE) + timedelta(days=LOCK_DAYS),
        )
        for month in MONTHS
    ]


def filed_at(year: int, month: int, slow: int, rng: Random) -> datetime:
    """Most units file between the 18th and the 25th; the slow ones up to a fortnight later."""
    return moment(year, month, 17) + timedelta(days=rng.randint(1, 4 + slow), minutes=rng.randint(0, 8 * 60))


def stamp(row: ProgressReport, filed: datetime, *, by: User, reviewer: User, rng: Random) -> None:
    """Who did what to the month and when, up to where it stands."""
    standing = rng.choices(*zip(*STANDING.items(), strict=True))[0] if row.month == LAST else Status.ACCEPTED
    row.recorded_by, row.recorded_at, row.status = by, filed - timedelta(minutes=rng.randint(2, 90)), standing
    if standing == Status.DRAFT:
        return
    row.filed_at = row.submitted_at = filed
    row.submitted_by, row.on_time = by, filed.date() <= date(row.year, row.month, DUE)
    looked_at = filed + timedelta(hours=rng.randint(3, 60))
    if standing == Status.RETURNED or rng.random() < 0.08:
        row.returns, row.returned_at, row.returned_by = 1, looked_at, reviewer
        row.return_reason, row.return_fields = rng.choice(RETURNED)
    if standing == Status.ACCEPTED:
        if row.returns:
            row.submitted_at = looked_at + timedelta(hours=rng.randint(4, 70))
            looked_at = row.submitted_at + timedelta(hours=rng.randint(2, 30))
        row.accepted_at, row.accepted_by = looked_at, reviewer


def look_at_waiting() -> None:
    """What the checks say of the newest that wait for review, as if their units had just submitted and explained."""
    waiting = ProgressReport.objects.waiting_for_review().select_related("project")
    for row in waiting.order_by("-submitted_at", "pk")[:LOOKED_AT]:
        found = checks.run(row)
        row.findings = [{"code": finding.code, "facts": finding.facts} for finding in found]
        row.explanation = EXPLAINED if found else ""
        row.save(update_fields=["findings", "explanation"])


def change_of(baseline: AnnualPlan, plan: AnnualPlan, *, by: User, reviewer: User) -> PlanChange:
    """The request that made ``plan`` out of ``baseline``; both saved."""
    return PlanChange(
        project=plan.project,
        year=plan.year,
        status=PlanChange.Status.APPROVED,
        basis=baseline,
        planned_investment=plan.planned_investment,
        opening_cumulative=plan.opening_cumulative,
        year_class=plan.year_class,
        objective=plan.objective,
        reason=plan.reason,
        requested_at=plan.recorded_at - timedelta(days=6),
        requested_by=by,
        decided_at=plan.recorded_at,
        decided_by=reviewer,
        result=plan,
    )
