"""What may be done with a row that has a story: a verb of a service, its words, and the form that it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from erqi.core import validators
from erqi.core.admin.fields import DayInput
from projects.services.steps import Step


def text(label, *, rows: int = 3, limit: int = 500, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows}) if rows > 1 else forms.TextInput()
    return forms.CharField(
        label=label, max_length=limit, required=required, widget=widget, validators=[validators.plain_text]
    )


def day(label) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput)


class DeedForm(forms.Form):
    """What a verb asks for. ``seen`` says in which state its reader saw the row."""

    # A copy that can be written to, once there is something to tell.
    data: Any
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, row: Any, request: Any, **kwargs):
        self.row, self.request = row, request
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class ReasonForm(DeedForm):
    reason = text(_("理由"))


class NoteForm(DeedForm):
    note = text(_("说明（可不填）"), rows=2, required=False)


@dataclass(frozen=True)
class Deed:
    """A verb as a page offers it. ``run`` takes the row, what the form holds, and ``by``."""

    verb: str
    label: Promise
    run: Callable[..., Any]
    form: type[DeedForm] = DeedForm
    # The step that one usually takes next; the others stand behind it.
    main: bool = False


def deed(step: Step, run: Callable[..., Any], form: type[DeedForm] = DeedForm, *, main: bool = False) -> Deed:
    return Deed(step.verb, step.label, run, form, main)


@dataclass
class Offer:
    """A deed on the page, with its form as it is now; ``open`` when it came back refused."""

    deed: Deed
    form: DeedForm
    open: bool = False

    @property
    def boxes(self) -> list[forms.BoundField]:
        return self.form.visible_fields()


def tell(form: forms.BaseForm, error: ValidationError) -> None:
    """Each refusal at its own box; what has no box here stands above the form."""
    for name, errors in error.update_error_dict({}).items():
        form.add_error(name if name in form.fields else None, errors)
