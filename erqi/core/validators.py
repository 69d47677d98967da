import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# C0/C1 controls but tab and newlines; bidirectional overrides and isolates, which can make a name read as another.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = [pow(3, i, 31) for i in range(17)]
APPROVAL_CODE = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}", re.ASCII)


def plain_text(value: str) -> None:
    """No control or direction-changing characters."""
    found = UNWANTED.search(value)
    if found:
        raise ValidationError(
            _("第 %(position)s 个字符是看不见的控制字符（U+%(code)s），请删除后重新输入。"),
            code="control_character",
            params={"position": found.start() + 1, "code": f"{ord(found.group()):04X}"},
        )


def uscc(value: str) -> None:
    """统一社会信用代码, GB 32100: 18 characters, the last a check digit (weights 3^(i−1) mod 31)."""
    if len(value) != 18 or any(c not in USCC_ALPHABET for c in value):
        raise ValidationError(
            _("统一社会信用代码应为 18 位数字或大写字母（不含 I、O、S、V、Z），例如 91350100M000100Y43。"),
            code="uscc_shape",
        )
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(value[:17], USCC_WEIGHTS, strict=True))
    expected = USCC_ALPHABET[-total % 31]
    if value[17] != expected:
        raise ValidationError(
            _("统一社会信用代码的校验位不符：末位应为 %(expected)s，请核对是否抄错。"),
            code="uscc_check",
            params={"expected": expected},
        )


def approval_code(value: str) -> None:
    """项目代码, GB/T 40058-2021: the shape only; its check-digit rule is not public."""
    if not APPROVAL_CODE.fullmatch(value):
        raise ValidationError(
            _("项目代码的格式应为 2017-410103-48-01-001234（4-6-2-2-6 位数字）。"), code="approval_code_shape"
        )
