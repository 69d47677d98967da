from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from erqi.core.fields import NumberFormField
from erqi.core.numbers import parse_number


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1234.5", "1234.5"),
        ("１２３４．５", "1234.5"),
        (" 12 ", "12"),
        ("1,234,567.89", "1234567.89"),
        ("-3", "-3"),
        ("－３", "-3"),
        ("−3", "-3"),
        (12, "12"),
        (Decimal("0.0001"), "0.0001"),
        ("99999999999.9999", "99999999999.9999"),
    ],
)
def test_numbers_as_clerks_write_them_are_exact(written, meant):
    assert parse_number(written) == Decimal(meant)


@pytest.mark.parametrize(
    "written",
    ["NaN", "Infinity", "1e400", "1e5", "1_000", "十", "1,23", "1.2.3", "", "12 34", "0x1f", "1.", "½", "٣", "5²", "⑤"],
)
def test_what_is_not_plainly_a_number_is_refused_with_an_example(written):
    with pytest.raises(ValidationError) as refused:
        parse_number(written)
    assert "1234.5" in refused.value.messages[0]


@pytest.mark.parametrize("written", [1.5, True])
def test_floats_and_booleans_are_refused(written):
    with pytest.raises(ValidationError):
        parse_number(written)


def test_too_large_says_how_many_digits_and_suspects_the_unit():
    with pytest.raises(ValidationError, match="整数部分最多 11 位.*万元"):
        parse_number("100000000000")
    with pytest.raises(ValidationError, match="整数部分最多 11 位"):
        parse_number("9" * 5000)


def test_finer_than_one_yuan_is_refused():
    with pytest.raises(ValidationError, match="小数位太多"):
        parse_number("0.00001")


def test_a_form_box_converts_full_width_and_keeps_unknown_unknown():
    box = NumberFormField(max_digits=16, decimal_places=4, required=False)
    assert box.clean("１２．５") == Decimal("12.5")
    assert box.clean("　") is None
    with pytest.raises(ValidationError, match="十.*不是数字"):
        box.clean("十")
