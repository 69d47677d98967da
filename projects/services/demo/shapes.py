"""How a year's investment comes in, month by month. Whole-number weights, so that nothing depends on float rounding."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from random import Random

# Building stops around the Spring Festival and slows in the cold; a plan drawn up with care says so.
SEASON = (3, 2, 7, 9, 11, 11, 10, 10, 11, 11, 9, 6)


@dataclass(frozen=True)
class Shape:
    """``final``: per cent of the plan done by December; ``stops``: the last month with work. Drawn between the two."""

    name: str
    final: tuple[int, int]
    weights: tuple[int, ...] = SEASON
    stops: tuple[int, int] | None = None

    @property
    def late(self) -> bool:
        return self.final[1] < 90 or self.stops is not None


ON_TIME = Shape("on_time", (97, 103))
EARLY = Shape("early", (104, 118), (6, 5, 10, 11, 12, 12, 10, 9, 8, 7, 6, 4))
FRONT_LOADED = Shape("front_loaded", (96, 104), (15, 13, 13, 12, 10, 9, 8, 6, 5, 4, 3, 2))
WINTER_LULL = Shape("winter_lull", (92, 101), (0, 0, 4, 9, 13, 14, 13, 12, 12, 11, 8, 4))
LATE = Shape("late", (70, 88))
VERY_LATE = Shape("very_late", (30, 55), (1, 1, 2, 4, 6, 8, 10, 12, 13, 14, 15, 14))
STALLED = Shape("stalled", (100, 100), SEASON, stops=(3, 7))

# A category's projects take these in turn, so that each category soon has some of every kind.
CYCLE = (
    ON_TIME,
    EARLY,
    LATE,
    WINTER_LULL,
    ON_TIME,
    VERY_LATE,
    FRONT_LOADED,
    ON_TIME,
    STALLED,
    EARLY,
    ON_TIME,
    LATE,
    WINTER_LULL,
    ON_TIME,
    VERY_LATE,
    FRONT_LOADED,
    ON_TIME,
    LATE,
    WINTER_LULL,
    EARLY,
)


def unit_of(amount: Decimal) -> Decimal:
    """Large plans are kept in whole 万元, small ones to a hundred yuan."""
    return Decimal(1) if amount >= 1000 else Decimal("0.01")


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    return amount.quantize(unit, ROUND_HALF_UP)


def spread(total: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """``total`` over the weights; the parts add up to it exactly, because the running sum is what is rounded."""
    unit, whole = unit_of(total), sum(weights)
    to_date = [rounded(total * sum(weights[: n + 1]) / whole, unit) for n in range(len(weights) - 1)] + [total]
    return [after - before for before, after in zip([Decimal(0), *to_date], to_date, strict=False)]


def year_of_work(shape: Shape, plan: Decimal, *, first_month: int, rng: Random) -> list[Decimal]:
    """Twelve month amounts (万元) for a project whose work begins in ``first_month``."""
    noisy = [weight * rng.randint(70, 130) for weight in shape.weights]
    weights = [0 if month < first_month else weight for month, weight in enumerate(noisy, 1)]
    if not any(weights):
        return [Decimal(0)] * 12
    months = spread(rounded(plan * rng.randint(*shape.final) / 100, unit_of(plan)), weights)
    last = rng.randint(*shape.stops) if shape.stops else 12
    return [amount if month <= last else Decimal(0) for month, amount in enumerate(months, 1)]
