from decimal import Decimal

import pytest

from erqi.core import money


def test_headlines_are_yi_with_two_decimals_rounded_half_up():
    assert money.yi(Decimal(4460000)) == "446.00"
    assert money.yi(Decimal(32160050)) == "3,216.01"
    assert money.yi(None) == "—"


def test_ledgers_are_wan_grouped_and_exact():
    assert money.wan(Decimal("1240.0000")) == "1,240"
    assert money.wan(Decimal("0.0001")) == "0.0001"
    assert money.wan(Decimal("-12.5")) == "-12.5"
    assert money.wan(None) == "—"


def test_rates_have_one_decimal_and_points_a_sign():
    assert money.percent(Decimal("0.45678")) == "45.7%"
    assert money.percent(None) == "—"
    assert [money.points(Decimal(p)) for p in ("3.25", "-3.21", "0.04")] == ["+3.3", "−3.2", "0.0"]


def test_yi_converts_to_wan_and_other_units_are_refused():
    assert money.to_wan(Decimal(31), "亿元") == 310_000
    with pytest.raises(KeyError):
        money.to_wan(Decimal(1), "元")
