"""A generated project's monthly reports: filed, late, missing, corrected, and once in a while taken back."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from erqi.accounts.models import User
from projects.models import AnnualPlan, ProgressReport, Project
from projects.models.plan import MONTHS

from . import cycle, shapes
from .plans import moment
from .projects import Drawn
from .vocabulary import (
    CARRIED,
    CORRECTED,
    DONE_WORKS,
    EARLY_WORKS,
    LATE_WORKS,
    LULL,
    MIDDLE_WORKS,
    NEGATIVE,
    PAPER_WORKS,
    STALLED,
)

ZERO = Decimal(0)
NEGATIVE_MONTH = 9


@dataclass(frozen=True)
class Filed:
    """One month as filed; ``carried``: it holds the amount of a month before that was not filed."""

    month: int
    invested: Decimal
    carried: bool


def reports_of(drawn: Drawn, year: int, *, by: User, reviewer: User, seed: int) -> list[ProgressReport]:
    rng, project = drawn.rng, drawn.project
    cycle_rng = Random(f"erqi-demo cycle {seed} {drawn.number}")  # noqa: S311
    amounts = shapes.year_of_work(drawn.shape, drawn.plan, first_month=drawn.first_month, rng=rng)
    if drawn.has_negative_month:
        amounts[NEGATIVE_MONTH - 1] = -shapes.rounded(sum(amounts[:8], ZERO) / 20, Decimal(1))
    missing = _missing_months(drawn)
    slow = rng.choices((3, 8, 20), (6, 3, 1))[0]
    rows: list[ProgressReport] = []
    to_date = ZERO
    for filed in _filed(amounts, missing, _last_month(project)):
        to_date += filed.invested
        percent = _percent(drawn, to_date)
        known = drawn.year_class != AnnualPlan.YearClass.PRELIMINARY and rng.random() > 0.06
        row = ProgressReport(
            project=project,
            year=year,
            month=filed.month,
            invested=filed.invested,
            physical_percent=percent if known else None,
            note=_note(drawn, filed, percent),
            reason=NEGATIVE if filed.invested < 0 else "",
        )
        when = cycle.filed_at(year, filed.month, slow, cycle_rng)
        cycle.stamp(row, when, by=by, reviewer=reviewer, rng=cycle_rng)
        rows.append(row)
    return _corrected(rows, rng) + _draft(drawn, year, amounts, missing, by)


def _last_month(project: Project) -> int:
    return 6 if project.stage == Project.Stage.REMOVED else 12


def _missing_months(drawn: Drawn) -> set[int]:
    """Half of the units file every month; a few hardly ever do."""
    rng = drawn.rng
    count = rng.choices((0, 1, rng.randint(2, 3), rng.randint(4, 6)), (52, 25, 16, 7))[0]
    missing = set(rng.sample(MONTHS, count))
    # An amount carried over would hide the negative one.
    return missing - {NEGATIVE_MONTH - 1, NEGATIVE_MONTH} if drawn.has_negative_month else missing


def _filed(amounts: list[Decimal], missing: set[int], last: int) -> list[Filed]:
    """What a missing month would have held comes with the next one that is filed."""
    filed, waiting = [], ZERO
    for month in range(1, last + 1):
        if month in missing:
            waiting += amounts[month - 1]
            continue
        filed.append(Filed(month, amounts[month - 1] + waiting, carried=waiting > 0))
        waiting = ZERO
    return filed


def _percent(drawn: Drawn, to_date: Decimal) -> Decimal:
    total = drawn.project.total_investment or ZERO
    done = (drawn.opening + to_date) * 100 / total if total else ZERO
    return min(max(shapes.rounded(done, Decimal("0.1")), ZERO), Decimal(100))


def _note(drawn: Drawn, filed: Filed, percent: Decimal) -> str:
    rng, works = drawn.rng, _works(drawn, filed, percent)
    share = filed.month * 8 if works is PAPER_WORKS else max(int(percent), 5)
    text = rng.choice(works).format(n=share, m=rng.randint(1, 30), k=rng.randint(2, 12))
    return f"{text}；{CARRIED}" if filed.carried else f"{text}。"


def _works(drawn: Drawn, filed: Filed, percent: Decimal) -> tuple[str, ...]:
    finish = drawn.project.actual_finish
    if drawn.year_class == AnnualPlan.YearClass.PRELIMINARY or filed.month < drawn.first_month:
        return PAPER_WORKS
    if drawn.shape.stops and not filed.invested:
        return STALLED
    if finish and finish.month < filed.month:
        return DONE_WORKS
    if filed.month <= 2 and drawn.rng.random() < 0.5:
        return LULL
    return EARLY_WORKS if percent < 30 else MIDDLE_WORKS if percent < 75 else LATE_WORKS


def _corrected(rows: list[ProgressReport], rng: Random) -> list[ProgressReport]:
    """In one project out of twelve a month was first reported wrong and corrected some weeks later."""
    candidates = [row for row in rows if row.invested > 0 and row.month <= 10]
    if not candidates or rng.random() > 0.08:
        return rows
    right = rng.choice(candidates)
    wrong = ProgressReport(**{field.attname: getattr(right, field.attname) for field in right._meta.concrete_fields})
    wrong.invested = shapes.rounded(
        right.invested * rng.choice((70, 85, 115, 130)) / 100, shapes.unit_of(right.invested)
    )
    right.revision, right.reason = 2, rng.choice(CORRECTED)
    moved = (wrong.accepted_at or wrong.recorded_at) + timedelta(days=rng.randint(15, 45))
    # The very moment the right one begins, so that as_of() finds exactly one of the two.
    right.recorded_at = right.submitted_at = moved - timedelta(hours=rng.randint(2, 40))
    right.accepted_at = wrong.superseded_at = moved
    right.returns, right.returned_at, right.returned_by, right.return_reason, right.return_fields = (
        0,
        None,
        None,
        "",
        [],
    )
    return [wrong, *rows]


def _draft(drawn: Drawn, year: int, amounts: list[Decimal], missing: set[int], by: User) -> list[ProgressReport]:
    """A missing December is often lying about as a draft."""
    if 12 not in missing or _last_month(drawn.project) < 12 or drawn.rng.random() < 0.5:
        return []
    return [
        ProgressReport(
            project=drawn.project,
            year=year,
            month=12,
            invested=max(amounts[-1], ZERO),
            recorded_at=moment(year, 12, 28, 15),
            recorded_by=by,
        )
    ]
