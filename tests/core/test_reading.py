"""An answer put together by functions says what DRF's own serializer would."""

from decimal import Decimal
from types import SimpleNamespace as Row

import pytest
from rest_framework import serializers

from erqi.core.api.fields import AmountField
from erqi.core.api.reading import AnswerSerializer

FIELDS = {
    "name": serializers.CharField(),
    "amount": AmountField(allow_null=True),
    "called": serializers.CharField(source="says"),
    "left_out": serializers.CharField(required=False),
    "above": serializers.CharField(source="parent.name", allow_null=True),
    "by_default": serializers.CharField(source="parent.name", default="—"),
    "by_call": serializers.CharField(source="parent.name", default=lambda: "新"),
    "far_above": AmountField(source="parent.parent.amount", default=Decimal(7)),
    "above_called": serializers.CharField(source="parent.says", allow_null=True, default=None),
    "above_or_left_out": serializers.CharField(source="parent.name", required=False),
}
Answer, Plain = (type("Made", (base,), dict(FIELDS)) for base in (AnswerSerializer, serializers.Serializer))


def row(**values):
    made = Row(amount=Decimal("1.5"), **values)
    made.says = lambda: f"我是{made.name}"
    return made


TOP = row(name="上", parent=None)


@pytest.mark.parametrize(
    "shown",
    [
        TOP,
        row(name="中", parent=TOP),
        row(name="下", parent=row(name="中", parent=TOP), left_out="在"),
        {"name": "字典", "amount": None, "says": "说", "parent": {"name": "上", "says": "也说", "parent": None}},
        {"name": "字典", "amount": None, "says": "说", "parent": None},
        {"name": "字典", "amount": None, "says": "说"},
    ],
    ids=["top", "middle", "bottom", "dictionary", "without", "missing"],
)
def test_the_same_as_a_plain_serializer(shown):
    assert Answer(shown).data == Plain(shown).data


def test_only_what_was_asked_for():
    assert Answer(TOP, only=frozenset({"name", "by_default"})).data == {"name": "上", "by_default": "—"}


def test_what_ought_to_be_there_and_is_not_is_an_error():
    with pytest.raises(KeyError):
        _ = Answer({"amount": None}).data
