"""Fields that refuse what Python would quietly make something of."""

import re
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .. import moments, validators
from ..models import ReferenceRow
from ..models.reference import kept
from ..numbers import AMOUNT_DIGITS, AMOUNT_PLACES, parse_number
from ..words import listed

PLAIN_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)
# What PostgreSQL's integer column holds; SQLite would take more and the two would differ.
MAX_INTEGER = 2**31 - 1


def refused(error: DjangoValidationError) -> serializers.ValidationError:
    return serializers.ValidationError(error.messages, code=getattr(error, "code", None) or "invalid")


class NumberField(serializers.DecimalField):
    """A decimal string or a JSON integer. A JSON fraction is refused: most writers send it through a binary float."""

    max_digits: int
    decimal_places: int

    default_error_messages = {
        "fraction": _('带小数的数请写成字符串，例如 "1234.5"：JSON 小数在许多系统里会丢失精度。'),
        "padding": _("数字前后不能有空格。"),
    }

    def to_internal_value(self, data):
        if isinstance(data, Decimal):
            self.fail("fraction")
        if isinstance(data, str) and data != data.strip():
            self.fail("padding")
        try:
            return parse_number(data, digits=self.max_digits, places=self.decimal_places)
        except DjangoValidationError as error:
            raise refused(error) from error

    @cached_property
    def step(self) -> Decimal:
        return Decimal(1).scaleb(-self.decimal_places)

    def to_representation(self, value):
        text = str(value)
        # As the database gives it: quantizing is most of what a long list of amounts costs.
        if text[-self.decimal_places - 1 : -self.decimal_places] == "." and "E" not in text:
            return text
        return format(Decimal(value).quantize(self.step, ROUND_HALF_UP), "f")


class AmountField(NumberField):
    """万元 with four places ("1234.5000"), so that one yuan is exact."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("万元，十进制字符串，最多 4 位小数。"))
        super().__init__(**{"max_digits": AMOUNT_DIGITS, "decimal_places": AMOUNT_PLACES, **kwargs})


class RateField(NumberField):
    """A fraction with six places: "0.456700" is 45.67 %."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("比例，6 位小数：0.456700 即 45.67%。"))
        super().__init__(max_digits=24, decimal_places=6, **kwargs)


class PointsField(NumberField):
    """Percentage points with four places; positive is ahead of schedule."""

    def __init__(self, **kwargs):
        kwargs.setdefault("help_text", _("百分点，正数为超时序，负数为欠时序。"))
        super().__init__(max_digits=24, decimal_places=4, **kwargs)


class PlainIntegerField(serializers.IntegerField):
    default_error_messages = {"invalid": _("请填整数，只用半角数字。")}

    def __init__(self, **kwargs):
        if kwargs.get("max_value") is None or kwargs["max_value"] > MAX_INTEGER:
            kwargs["max_value"] = MAX_INTEGER
        super().__init__(**kwargs)

    def to_internal_value(self, data):
        if isinstance(data, bool) or not PLAIN_INTEGER.fullmatch(str(data)):
            self.fail("invalid")
        return int(data)


class TrueFalseField(serializers.BooleanField):
    """JSON true and false, not "yes", "t" or 1."""

    default_error_messages = {"invalid": _("请填 true 或 false。")}

    def to_internal_value(self, data):
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class PlainTextField(serializers.CharField):
    """Text in one Unicode form (NFC), trimmed, without control or direction-changing characters."""

    default_error_messages = {"invalid": _("请填字符串。")}

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        text = unicodedata.normalize("NFC", super().to_internal_value(data))
        # Before the validators: Django's own says of a NUL only that it is not allowed.
        try:
            validators.plain_text(text)
        except DjangoValidationError as error:
            raise refused(error) from error
        return text


class PhoneField(PlainTextField):
    """Shown in full only to those who may change the row (its ``may_change``); others see 138****5678."""

    def get_attribute(self, instance):
        phone = super().get_attribute(instance)
        return phone if getattr(instance, "may_change", False) else mask(phone or "")


def mask(phone: str) -> str:
    """138****5678; a short number keeps its last two digits."""
    if len(phone) >= 11:
        return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
    return "*" * (len(phone) - 2) + phone[-2:] if len(phone) > 2 else "*" * len(phone)


class StrictDateField(serializers.DateField):
    def to_internal_value(self, value):
        try:
            return moments.parse_date(value)
        except DjangoValidationError as error:
            raise refused(error) from error


class MomentField(serializers.DateTimeField):
    """A moment as of which to answer, so not one to come."""

    def to_internal_value(self, value):
        try:
            return moments.parse_past_moment(value)
        except DjangoValidationError as error:
            raise refused(error) from error


@extend_schema_field(str)
class CodeField(serializers.SlugRelatedField):
    """Another row by its code, looked up among what the caller may see; switched-off rows cannot be chosen anew."""

    default_error_messages = {
        "does_not_exist": _("没有编号为“{value}”的记录，或您无权查看。"),
        "invalid": _("请填编号（字符串）。"),
        "inactive": _("“{value}”已停用，不能再选。"),
    }

    def __init__(self, slug_field="code", **kwargs):
        super().__init__(slug_field=slug_field, **kwargs)

    def get_queryset(self):
        return visible(super().get_queryset(), self.context["request"].user)

    def kept(self, model, code: str):
        row = kept(model).coded(code)
        if row is None:
            self.fail("does_not_exist", value=code)
        return row

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        model = self.get_queryset().model
        row = self.kept(model, data) if issubclass(model, ReferenceRow) else super().to_internal_value(data)
        present = getattr(getattr(self.parent, "instance", None), self.source or "", None)
        if not getattr(row, "active", True) and row != present:
            self.fail("inactive", value=data)
        return row


def visible(queryset, user):
    """Rows of reference models are everybody's; others say themselves who may see them."""
    return queryset.visible_to(user) if hasattr(queryset, "visible_to") else queryset


class CodesField(serializers.ListField):
    """Several rows by their codes, found in one statement."""

    child = PlainTextField(max_length=60)
    default_error_messages = {
        "unknown": _("没有这些编号的记录，或您无权查看：{codes}。"),
        "inactive": _("已停用，不能再选：{codes}。"),
    }

    def __init__(self, *, queryset, **kwargs):
        self.queryset = queryset
        super().__init__(**{"max_length": 100, **kwargs})

    def to_internal_value(self, data):
        codes = super().to_internal_value(data)
        rows = {
            row.code: row for row in visible(self.queryset.all(), self.context["request"].user).filter(code__in=codes)
        }
        missing = [code for code in codes if code not in rows]
        if missing:
            self.fail("unknown", codes=listed(missing))
        if stopped := {row for row in rows.values() if not getattr(row, "active", True)} - self._present():
            self.fail("inactive", codes=listed(sorted(row.code for row in stopped)))
        return list(rows.values())

    def _present(self) -> set:
        instance = getattr(self.parent, "instance", None)
        return set(getattr(instance, self.source or "").all()) if instance else set()

    def to_representation(self, data):
        return [row.code for row in (data.all() if hasattr(data, "all") else data)]
