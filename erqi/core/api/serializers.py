from functools import cache
from typing import Any, cast

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from .. import fields as model_fields
from .fields import (
    AmountField,
    CodeField,
    NumberField,
    PlainIntegerField,
    PlainTextField,
    StrictDateField,
    TrueFalseField,
)
from .reading import AnswerSerializer


class StrictSerializer(AnswerSerializer):
    """A field that is unknown or cannot be set is refused by name: a misspelt one must not look saved."""

    @classmethod
    def checked(cls, data) -> dict[str, Any]:
        """``validated_data``, where fields look at nothing but ``data``: such a serializer is built once."""
        return _built(cls).run_validation(data)

    def to_internal_value(self, data):
        others = self._others(data) if isinstance(data, dict) else {}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            # Everything that is wrong, at once.
            raise serializers.ValidationError({**others, **cast(dict, error.detail)}) from error
        if others:
            raise serializers.ValidationError(others)
        return value

    def _others(self, data: dict) -> dict[str, list[ErrorDetail]]:
        settable = [name for name, field in self.fields.items() if not field.read_only]
        return {
            name: [
                ErrorDetail(_("此字段由系统给出，不能填写。"), "read_only")
                if name in self.fields
                else ErrorDetail(_("没有这个字段。"), "unknown_field")
            ]
            for name in data
            if name not in settable
        }


@cache
def _built(serializer: type[StrictSerializer]) -> StrictSerializer:
    return serializer()


class DisplayField(serializers.CharField):
    """What people read beside a code: a choice's label, a row's name."""

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "read_only": True})


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """Strict fields by column type. After each choice comes its ``_display``, after each row's code its ``_name``."""

    serializer_related_field = CodeField
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: PlainTextField,
        models.TextField: PlainTextField,
        models.DateField: StrictDateField,
        models.BooleanField: TrueFalseField,
        models.IntegerField: PlainIntegerField,
        models.PositiveIntegerField: PlainIntegerField,
        models.PositiveSmallIntegerField: PlainIntegerField,
        models.DecimalField: NumberField,
        model_fields.AmountField: AmountField,
    }

    def get_field_names(self, declared_fields, info):
        names = super().get_field_names(declared_fields, info)
        return [
            shown
            for name in names
            for shown in ([name] if name in declared_fields else self._with_companion(name, info, names))
        ]

    def _with_companion(self, name: str, info, names):
        field = info.fields.get(name)
        companion = None
        if field is not None and field.choices:
            companion = f"{name}_display"
        elif name in info.forward_relations and not info.forward_relations[name].to_many:
            companion = f"{name}_name"
        return [name, companion] if companion and companion not in names else [name]

    def build_field(self, field_name, info, model_class, nested_depth):
        code, name = field_name.removesuffix("_display"), field_name.removesuffix("_name")
        if code != field_name and code in info.fields:
            return DisplayField, {"source": f"get_{code}_display"}
        if name != field_name and name in info.forward_relations:
            return DisplayField, {"source": name, "allow_null": info.forward_relations[name].model_field.null}
        return super().build_field(field_name, info, model_class, nested_depth)

    def build_relational_field(self, field_name, relation_info):
        field_class, kwargs = super().build_relational_field(field_name, relation_info)
        kwargs.pop("view_name", None)
        return field_class, kwargs
