"""Answers without what a serializer costs at each request: its fields are built and bound once for its class.

The serializer stays the declaration that the documentation, the writes and the answers share; here its readable fields
become a list of functions. Hence a field may not look at ``self.context`` when it is read.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from operator import attrgetter
from types import FunctionType, MethodType
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from rest_framework import serializers
from rest_framework.fields import SkipField

Read = Callable[[Any], Any]
MISSING: Any = object()
METHODS = frozenset({FunctionType, MethodType, partial})
USUAL = {serializers.Field.get_attribute, serializers.SlugRelatedField.get_attribute}
# What these fields make of a value that is there already.
PLAIN: dict[Any, Read | None] = {
    serializers.CharField.to_representation: str,
    serializers.IntegerField.to_representation: int,
    serializers.BooleanField.to_representation: bool,
    serializers.JSONField.to_representation: None,
}


class AnswerSerializer(serializers.Serializer):
    """Only read from: rows, dataclasses or dictionaries alike. ``only``: the names that were asked for, else all."""

    def __init__(self, *args, only: frozenset[str] | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.only = only

    def to_representation(self, instance):
        answer = {}
        for name, read in readers(type(self), self.only):
            try:
                answer[name] = read(instance)
            except SkipField:
                continue
        return answer


@lru_cache(1000)
def readers(serializer: type[serializers.Serializer], only: frozenset[str] | None = None) -> list[tuple[str, Read]]:
    if only is not None:
        return [(name, read) for name, read in readers(serializer) if name in only]
    fields = serializer().fields.items()
    return [(name, _reader(field)) for name, field in fields if not field.write_only]


def _reader(field: Any) -> Read:
    """The attribute that the field is read from, shown as the field shows it; whatever is not simply there is the
    field's own business.
    """
    show = _shown(field)

    def ask_field(instance: Any) -> Any:
        return _made(show, field.get_attribute(instance))

    if type(field).get_attribute not in USUAL or not field.source_attrs:
        return ask_field
    *above, name = field.source_attrs
    # What it answers for a row that is not there, where that is always the same.
    known = field.default is not serializers.empty and not callable(field.default)
    absent = _made(show, field.default) if known else MISSING

    def read(instance: Any) -> Any:
        row = instance
        for attribute in above:
            row = _value(row, attribute)
            if row is None and absent is not MISSING:
                return absent
            if row is None or row is MISSING:
                return ask_field(instance)
        value = _value(row, name)
        return ask_field(instance) if value is MISSING else _made(show, value)

    return read


def _value(row: Any, name: str) -> Any:
    try:
        value = row.get(name, MISSING) if type(row) is dict else getattr(row, name, MISSING)
    except ObjectDoesNotExist:
        return MISSING
    return value() if type(value) in METHODS else value


def _made(show: Read | None, value: Any) -> Any:
    return value if value is None or show is None else show(value)


def _shown(field: Any) -> Read | None:
    how = type(field).to_representation
    if how in PLAIN:
        return PLAIN[how]
    if how is serializers.SlugRelatedField.to_representation:
        return attrgetter(field.slug_field)
    return field.to_representation
