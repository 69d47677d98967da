"""Filters that refuse what they do not understand, for the API, the pages and the exports alike."""

import re

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import ModelChoiceField
from drf_spectacular.utils import extend_schema_field

from . import moments
from .models import ReferenceRow
from .models.reference import kept

MAX_SEARCH = 100
TRUE_FALSE = {"true": True, "false": False}
PLAIN_INTEGER = re.compile(r"\d{1,9}", re.ASCII)


class PlainIntegerFormField(forms.IntegerField):
    """Half-width digits only: int() would also take １, 1_000 and " 5 "."""

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if not PLAIN_INTEGER.fullmatch(str(value)):
            raise ValidationError(_("“%(value)s”不是整数，或太大。"), code="invalid", params={"value": str(value)[:40]})
        return int(value)


class DateFormField(forms.DateField):
    def to_python(self, value):
        return None if value in self.empty_values else moments.parse_date(value)


class MomentFormField(forms.CharField):
    def to_python(self, value):
        return None if value in self.empty_values else moments.parse_past_moment(value)


@extend_schema_field({"type": "integer"})
class IntegerFilter(django_filters.NumberFilter):
    field_class = PlainIntegerFormField

    def get_max_validator(self):
        """None: NumberFilter's own limit is for decimals; nine digits are ours."""


class DateFilter(django_filters.DateFilter):
    field_class = DateFormField


@extend_schema_field({"type": "string", "format": "date-time"})
class MomentFilter(django_filters.Filter):
    """A moment as of which to answer, so not one to come."""

    field_class = MomentFormField


@extend_schema_field(bool)
class TrueFalseFilter(django_filters.TypedChoiceFilter):
    """true or false; django-filter's own takes any other word for "no filter" and answers with every row."""

    def __init__(self, *args, **kwargs):
        choices = [(word, word) for word in TRUE_FALSE]
        super().__init__(*args, choices=choices, coerce=TRUE_FALSE.get, **kwargs)


class CodeFormField(ModelChoiceField):
    """Rows that are kept in memory are found there."""

    def to_python(self, value):
        model = self.queryset.model
        if value in self.empty_values or not issubclass(model, ReferenceRow):
            return super().to_python(value)
        row = kept(model).coded(str(value))
        if row is None:
            raise ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return row


@extend_schema_field(str)
class CodeFilter(django_filters.ModelChoiceFilter):
    """Rows that belong to the row with this code. ``queryset`` may be a function of the request."""

    field_class = CodeFormField

    def __init__(self, *args, **kwargs):
        messages = {"invalid_choice": gettext_lazy("没有编号为“%(value)s”的记录，或您无权查看。")}
        super().__init__(*args, to_field_name="code", error_messages=messages, **kwargs)


class ChoicesFormField(forms.MultipleChoiceField):
    """One or several of the choices, separated by commas."""

    widget = forms.TextInput

    def to_python(self, value):
        return [word.strip() for word in value.split(",")] if value else []


@extend_schema_field(str)
class ChoicesFilter(django_filters.Filter):
    """Any of the values named: ``status=submitted,endorsed``."""

    field_class = ChoicesFormField

    def __init__(self, *args, choices, **kwargs):
        names = ", ".join(value for value, _label in choices)
        help_text = format_lazy(gettext_lazy("一个或多个，用逗号分开；可选：{names}。"), names=names)
        messages = {"invalid_choice": gettext_lazy("没有“%(value)s”这个值。")}
        kwargs = {"lookup_expr": "in", "help_text": help_text, "error_messages": messages, **kwargs}
        super().__init__(*args, choices=choices, **kwargs)


class SearchFilter(django_filters.CharFilter):
    """Chinese, full pinyin or initials (``search`` of the queryset)."""

    def __init__(self, *args, **kwargs):
        help_text = gettext_lazy("名称、拼音或拼音首字母，例如 whz；多个词都要匹配。")
        super().__init__(*args, max_length=MAX_SEARCH, help_text=help_text, **kwargs)

    def filter(self, qs, value):
        return qs.search(value) if value else qs
