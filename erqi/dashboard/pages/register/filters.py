"""The filters as the page offers them: boxes and lists to choose from, and what is chosen as chips to take away."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django_filters import ModelChoiceFilter

from erqi.core.words import listed
from projects.filtersets import ProjectFilterSet
from projects.models import Category

from . import asked, columns

# At hand; the rest stands under 更多条件.
FOREMOST = ("search", "category", "programme_within", "unit", "stage", "year_class", "gap")
# Of units and programmes, only those that name something the reader sees are offered.
PATHS = {
    "unit": "lead_unit",
    "lead_unit": "lead_unit",
    "host_unit": "host_unit",
    "supporting_unit": "supporting_units",
    "place": "host_unit",
    "owner": "owner",
    "area": "area",
}


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    chosen: bool
    # Data, to be marked as such on an English page; not a word of ours.
    chinese: bool = False


@dataclass(frozen=True)
class Field:
    """Without options it is a box to type into."""

    name: str
    label: str
    value: str
    options: list[Option] = field(default_factory=list)
    help: str = ""
    wrong: bool = False


@dataclass(frozen=True)
class Chip:
    label: str
    value: str
    without: str
    chinese: bool = False
    wrong: bool = False


def values(register) -> dict[str, Any]:
    fields = {name: offered(register, name) for name in asked.FILTERS if name != "light"}
    more = [fields[name] for name in fields if name not in FOREMOST]
    return {
        "foremost": [fields[name] for name in FOREMOST],
        "more": more,
        "more_open": any(found.value for found in more),
        "lights": options_of(register, "light"),
        "chips": chips(register),
        "column_options": [
            Option(column.name, str(column.label), column in register.columns)
            for column in columns.COLUMNS
            if column.name != columns.ALWAYS
        ],
        "cleared": register.to(**dict.fromkeys(asked.FILTERS, "")),
    }


def offered(register, name: str) -> Field:
    found = ProjectFilterSet.base_filters[name]
    form_field = register.filterset.form.fields[name]
    return Field(
        name,
        str(form_field.label),
        register.parameters.get(name, ""),
        options_of(register, name),
        str(found.extra.get("help_text") or ""),
        name in register.filterset.errors,
    )


def options_of(register, name: str) -> list[Option]:
    given = register.parameters.get(name, "").split(",") if name in asked.SEVERAL else [register.parameters.get(name)]
    pairs = _rows(register, name) if _is_row(name) else _choices(register, name)
    options = [Option(value, label, value in given, chinese) for value, label, chinese in pairs]
    # What an address names stays chosen, be it a unit above those listed or one that is gone.
    known = {option.value for option in options}
    if options and given[0] and name not in asked.SEVERAL and given[0] not in known:
        chip = _chip(register, name)
        options.append(Option(given[0], chip.value, chosen=True, chinese=chip.chinese))
    return options


def _is_row(name: str) -> bool:
    return isinstance(ProjectFilterSet.base_filters[name], ModelChoiceFilter)


def _choices(register, name: str) -> Iterable[tuple[str, str, bool]]:
    choices = getattr(register.filterset.form.fields[name], "choices", ())
    words = {"true": _("是"), "false": _("否")}
    return [(str(value), str(words.get(value, label)), False) for value, label in choices if value]


def _rows(register, name: str) -> Iterable[tuple[str, str, bool]]:
    if name == "category":
        rows: Iterable[Any] = Category.objects.all()
    elif name.startswith("programme"):
        rows = register.programmes
    elif name in PATHS:
        rows = register.units(PATHS[name])
    else:
        # Projects themselves are too many for a list: the parent's code is typed.
        rows = ()
    return [(row.code, str(row), _in_chinese(row)) for row in rows]


def _in_chinese(row) -> bool:
    return not getattr(row, "name_en", "")


def chips(register) -> list[Chip]:
    return [_chip(register, name) for name in asked.FILTERS if name in register.parameters]


def _chip(register, name: str) -> Chip:
    form, given = register.filterset.form, register.parameters[name]
    label, wrong = str(form.fields[name].label), name in register.filterset.errors
    found = None if wrong else form.cleaned_data.get(name)
    if found is None or not _is_row(name):
        return Chip(label, _in_words(register, name, given), register.to(**{name: ""}), wrong=wrong)
    return Chip(label, str(found), register.to(**{name: ""}), _in_chinese(found))


def _in_words(register, name: str, given: str) -> str:
    labels = {value: label for value, label, _chinese in _choices(register, name)} if not _is_row(name) else {}
    return listed(labels.get(value, value) for value in (given.split(",") if name in asked.SEVERAL else [given]))
