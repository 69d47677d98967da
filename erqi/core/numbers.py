"""Numbers as people and other systems write them, turned into exact values or refused with the remedy.

Full-width digits are what a Chinese input method produces, so they are converted; anything else that
Python would quietly accept (1_000, 1e5, NaN, padding) is refused.
"""

import re
import unicodedata
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

PLAIN_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
# The column holds 16 digits; SQLite keeps 15 exactly, so no more are let in: 99,999,999,999.9999 万元.
AMOUNT_DIGITS, AMOUNT_PLACES = 15, 4

NOT_A_NUMBER = gettext_lazy("“%(value)s”不是数字。请只用数字和小数点，例如 1234.5。")


def half_width(text: str) -> str:
    """１２３．４ → 123.4 (NFKC), with the Chinese minus and spaces at the ends removed."""
    return unicodedata.normalize("NFKC", text).replace("−", "-").strip()


def parse_number(value, *, digits: int = AMOUNT_DIGITS, places: int = AMOUNT_PLACES) -> Decimal:
    """The exact value of ``value`` (str, int or Decimal); ``ValidationError`` says what was wrong and what is right.

    Floats are refused: they have already lost the yuan by the time they get here.
    """
    if isinstance(value, bool | float):
        raise ValidationError(NOT_A_NUMBER, code="invalid", params={"value": value})
    text = half_width(str(value))
    # NFKC would also read 5² as 52 and ⑤ as 5.
    if not PLAIN_NUMBER.fullmatch(text) or any(unicodedata.category(character) == "No" for character in str(value)):
        raise ValidationError(NOT_A_NUMBER, code="invalid", params={"value": str(value)[:40]})
    number = Decimal(text.replace(",", ""))
    if number and number.adjusted() >= digits - places:
        raise ValidationError(
            _("“%(value)s”太大：整数部分最多 %(n)s 位。请检查单位是否为万元。"),
            code="max_digits",
            params={"value": str(value)[:40], "n": digits - places},
        )
    if len(text.partition(".")[2]) > places:
        raise ValidationError(
            _("“%(value)s”小数位太多：最多 %(n)s 位（精确到一元）。")
            if places == AMOUNT_PLACES
            else _("“%(value)s”小数位太多：最多 %(n)s 位。"),
            code="max_decimal_places",
            params={"value": str(value)[:40], "n": places},
        )
    return number


def trimmed(value: Decimal) -> str:
    """1240.5000 → “1240.5”: as a person would type it."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
