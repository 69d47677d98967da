from decimal import Decimal

from django import forms
from django.db import models

from .numbers import AMOUNT_DIGITS, AMOUNT_PLACES, half_width, parse_number, trimmed


class NumberFormField(forms.DecimalField):
    """A decimal box that understands full-width digits and refuses what is not plainly a number."""

    def __init__(self, **kwargs):
        kwargs["localize"] = False
        super().__init__(**kwargs)
        # type="number" would throw full-width digits away before the server could convert them.
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "number"})

    def to_python(self, value):
        if value in self.empty_values or not half_width(str(value)):
            return None
        return parse_number(
            value,
            digits=self.max_digits or AMOUNT_DIGITS,
            places=AMOUNT_PLACES if self.decimal_places is None else self.decimal_places,
        )

    def prepare_value(self, value):
        return trimmed(value) if isinstance(value, Decimal) and value.is_finite() else value

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except forms.ValidationError:
            return True


class NumberField(models.DecimalField):
    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": NumberFormField, **kwargs})


class AmountField(NumberField):
    """Money in 万元: Decimal(16, 4), so that one yuan (0.0001 万元) is exact."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_digits", 16)
        kwargs.setdefault("decimal_places", AMOUNT_PLACES)
        super().__init__(*args, **kwargs)
