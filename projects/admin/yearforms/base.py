"""Forms that look like an inline formset to the admin, but hand their rows to the services."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext as _

from erqi.core import validators
from erqi.core.admin.fields import dashed
from erqi.core.exceptions import Conflict, Forbidden
from projects.models import Project

AMOUNT = {"max_digits": 16, "decimal_places": 4, "required": False}


class Refused(Exception):
    """What the services refused, by formset prefix and form number; everything is rolled back before it is shown."""

    def __init__(self, errors: dict[str, dict[int, ValidationError]]):
        super().__init__(errors)
        self.errors = errors


def careful(model: type[models.Model], names: list[str]) -> dict[str, forms.Field]:
    fields = forms.fields_for_model(model, fields=names)
    for field in fields.values():
        field.required = False
        dashed(field)
        if isinstance(field, forms.CharField):
            field.validators.append(validators.plain_text)
    return fields


def told(level: int, texts: list[str]) -> list[tuple[int, str]]:
    return [(level, text) for text in texts]


def warned(texts: list[str]) -> list[tuple[int, str]]:
    return told(messages.WARNING, texts)


class ServiceForm(forms.Form):
    """One row that a service writes.

    Every box carries the value its reader saw (``show_hidden_initial``), so that only what the reader changed is
    sent on; ``seen`` says which version that was, and a changed row on another version comes back with a word.
    A row that was closed since the page was opened turns away what was typed, and says so.
    """

    # The formset's own copy, which can be written to.
    data: Any
    # A box that is always among those of an open row.
    first_box = ""
    # Not part of the row's content.
    aside = frozenset({"seen"})
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, formset, number, **kwargs):
        self.formset, self.number = formset, number
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.version()
        self.add_fields()
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in self.aside
            field.disabled = not (self.editable or self.came_late)
            field.widget.attrs.setdefault("aria-label", self.label_of(name, field))

    @property
    def editable(self) -> bool:
        return self.formset.editable and not self.closed()

    @property
    def came_late(self) -> bool:
        sent = self.is_bound and self.add_prefix(self.first_box) in self.data
        return sent and self.formset.editable and bool(self.closed())

    def closed(self) -> str:
        """Why nobody may write this row now, and what to do instead; empty while it is open."""
        return ""

    def label_of(self, _name, field) -> str:
        return str(field.label or "")

    def add_fields(self) -> None: ...

    def version(self) -> str:
        """Which version of the row is in the database now."""
        raise NotImplementedError

    def described(self) -> str:
        """Who made that version, when, and what it says."""
        raise NotImplementedError

    def is_changed(self) -> bool:
        return (self.editable or self.came_late) and bool(set(self.changed_data) - {"seen"})

    def clean(self):
        if self.came_late:
            self._turn_away()
        elif self.is_changed() and self.cleaned_data.get("seen", "") != self.version():
            # Told once; saving again is then a decision.
            self.data[self.add_prefix("seen")] = self.version()
            self.add_error(None, self.described())
        for name, errors in self.formset.refused(self.number):
            self.add_error(name if name in self.fields else None, errors)
        return self.cleaned_data

    def _turn_away(self) -> None:
        """The boxes close with what the row holds now; what was typed stays readable in the message."""
        changed = [name for name in self.changed_data if name not in self.aside]
        if changed:
            self.add_error(None, self.closed())
            given = ((self.fields[name].label, self.data.get(self.add_prefix(name), "")) for name in changed)
            typed = _("；").join(f"{label} {value}" for label, value in given)
            self.add_error(None, _("您填写的没有保存：%(typed)s") % {"typed": typed})
        for field in self.fields.values():
            field.disabled = True


class ServiceFormSet(BaseFormSet):
    # Set by the inline that makes the class.
    request: Any = None
    year = 0
    editable = False
    # Whether this reader decides about the project's plans and months.
    reviews = False
    # Read by the admin when it words the change for its log: these rows have an audit trail of their own.
    new_objects: list = []
    changed_objects: list = []
    deleted_objects: list = []
    size = 1
    can_order = can_delete = can_delete_extra = validate_max = validate_min = False
    edit_only = False
    renderer = None
    template_name = "django/forms/formsets/div.html"

    def __init__(self, data=None, files=None, instance=None, prefix=None, queryset=None, **kwargs):
        self.project = instance if instance and instance.pk else None
        kwargs.pop("save_as_new", None)
        self.extra, self.min_num, self.max_num, self.absolute_max = 0, self.size, self.size, self.size
        super().__init__(data.copy() if data else None, files, prefix=prefix, **kwargs)

    def total_form_count(self):
        return self.size

    def initial_form_count(self):
        return self.size

    def get_queryset(self):
        return []

    def get_form_kwargs(self, index):
        number = index or 0
        return {"formset": self, "number": number, "initial": self.initial_of(number)}

    def initial_of(self, number: int) -> dict:
        raise NotImplementedError

    def refused(self, number: int) -> list[tuple[str, list]]:
        """What the services said of this row when it was tried."""
        errors = getattr(self.request, "refused", {}).get(self.prefix, {})
        return list(errors[number].update_error_dict({}).items()) if number in errors else []

    def write(self, project: Project, by) -> Iterator[tuple[int, str]]:
        """(level, message) of each changed row, in order; raises ``Refused`` with all that was wrong."""
        errors = {}
        for number, form in enumerate(self.forms):
            if form.is_changed():
                try:
                    yield from form.write(project, by)
                except ValidationError as error:
                    errors[number] = error
                except (Conflict, Forbidden) as error:
                    errors[number] = ValidationError(error.message)
        if errors:
            raise Refused({self.prefix or "": errors})
