"""Ledgers are in 万元, headlines in 亿元 (DOMAIN: one 亿元 is 10,000 万元)."""

from decimal import ROUND_HALF_UP, Decimal

WAN_PER_YI = Decimal(10_000)
YUAN = Decimal("0.0001")
UNITS = {"亿元": WAN_PER_YI, "万元": Decimal(1)}


def to_wan(value: Decimal, unit: str) -> Decimal:
    """``value`` in ``unit`` (亿元 or 万元) as 万元; KeyError for any other unit."""
    return value * UNITS[unit]


def yuan(amount: Decimal | None) -> Decimal:
    """A sum as the database returned it, to the yuan: SQLite adds in binary and returns stray digits; none is 0."""
    return (amount or Decimal(0)).quantize(YUAN, ROUND_HALF_UP)


def yi(amount: Decimal | None) -> str:
    """万元 → 亿元 with two decimals, as headlines print it; “—” when unknown."""
    return "—" if amount is None else f"{(amount / WAN_PER_YI).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def wan(amount: Decimal | None) -> str:
    """万元, grouped, without trailing zeros: 1240 → “1,240”, 0.5 → “0.5”; “—” when unknown."""
    if amount is None:
        return "—"
    text = f"{amount:,.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(rate: Decimal | None) -> str:
    """A rate given as a fraction, printed with one decimal: 0.4567 → “45.7%”; “—” when unknown."""
    return "—" if rate is None else f"{(rate * 100).quantize(Decimal('0.1'), ROUND_HALF_UP)}%"


def points(value: Decimal | None) -> str:
    """Percentage points with their sign: +3.2 / −3.2; “—” when unknown."""
    if value is None:
        return "—"
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"+{rounded}" if rounded > 0 else f"−{-rounded}" if rounded < 0 else "0.0"
