import json
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext as _

from ..models.source import validate_quotes
from ..numbers import half_width, parse_number
from ..validators import plain_text


class WholeNumberField(forms.IntegerField):
    """A whole number as people type it, full-width digits included; 1_000 and 1e3 are refused."""

    def __init__(self, **kwargs):
        kwargs["localize"] = False
        super().__init__(**kwargs)
        self.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "number"})

    def to_python(self, value):
        if value in self.empty_values or not half_width(str(value)):
            return None
        return int(parse_number(value, digits=9, places=0))


class QuotesField(forms.JSONField):
    """Quotes as indented JSON for the few who edit them."""

    def __init__(self, **kwargs):
        super().__init__(**{**kwargs, "widget": forms.Textarea(attrs={"rows": 10, "spellcheck": "false"})})

    def to_python(self, value):
        try:
            quotes = super().to_python(value)
        except RecursionError:
            raise forms.ValidationError(_("引文的嵌套层次太深。")) from None
        if isinstance(value, str):
            plain_text(value)
        quotes = [] if quotes is None else quotes
        # Here rather than after: the form is shown again from the row, which must never hold what cannot be shown.
        validate_quotes(quotes)
        return quotes

    def bound_data(self, data, initial):
        # Shown again as it was typed, whether or not it can be read.
        return initial if self.disabled else data

    def prepare_value(self, value):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


class DayInput(forms.DateInput):
    """The browser's own calendar: it needs no script and suits a phone."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


FORM_FIELDS: dict[type[models.Field], dict] = {
    models.PositiveSmallIntegerField: {"form_class": WholeNumberField},
    models.PositiveIntegerField: {"form_class": WholeNumberField},
    models.DateField: {"widget": DayInput},
    models.JSONField: {"form_class": QuotesField},
    models.TextField: {"widget": forms.Textarea(attrs={"rows": 3})},
}


def dashed(field: forms.Field | None) -> None:
    """An empty choice reads “—”, as an empty value does everywhere else."""
    if isinstance(field, forms.TypedChoiceField):
        choices: Any = field.choices
        field.choices = [(value, label if value not in ("", None) else "—") for value, label in choices]
