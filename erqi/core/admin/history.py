"""What happened to a row, in plain words: from simple-history, newest first."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.models import DeletedObject

from ..fields import AmountField
from ..money import wan

ADDED, DELETED = "+", "-"
NOTHING = "—"


@dataclass(frozen=True)
class Change:
    name: str
    old: str
    new: str

    @property
    def was_empty(self) -> bool:
        return self.old == NOTHING


@dataclass(frozen=True)
class Entry:
    at: datetime
    who: str
    what: str
    changes: list[Change] = field(default_factory=list)
    reason: str = ""


def shown(column: models.Field, value) -> str:
    """A stored value as a person would write it."""
    if value in (None, "", [], ()):
        return NOTHING
    if column.flatchoices:
        return str(dict(column.flatchoices).get(value, value))
    writer = next((write for kind, write in WRITERS if isinstance(value, kind)), str)
    text = _("%(n)s 条引文") % {"n": len(value)} if isinstance(column, models.JSONField) else writer(value)
    return _("%(amount)s 万元") % {"amount": text} if isinstance(column, AmountField) else text


def _names(rows) -> str:
    return "、".join(sorted(str(row) for row in rows))


WRITERS: list = [
    (bool, lambda value: _("是") if value else _("否")),
    (Decimal, wan),
    (list | tuple, _names),
    (date, lambda value: date_format(value, "Y-m-d")),
]


def differences(model: type[models.Model], old, new, names) -> list[Change]:
    """Between two versions of a row that are rows themselves."""
    columns: list[Any] = [model._meta.get_field(name) for name in names]
    found = [
        Change(str(c.verbose_name), shown(c, getattr(old, c.name, None)), shown(c, getattr(new, c.name)))
        for c in columns
    ]
    return [change for change in found if change.old != change.new]


def entries(model: Any, label: str = "", words=shown, newest: int | None = None, **of) -> Iterator[Entry]:
    """Each version of the rows ``of`` (as in filter), with what changed since the version before.

    ``newest``: only of so many versions. The statements are the same for however many.
    """
    links = [column.name for column in model.history.model._meta.fields if column.many_to_one]
    records = model.history.filter(**of).select_related(*links).order_by("-history_date", "-history_id")
    # One more, for the oldest of them to be compared with.
    found = list(records if newest is None else records[: newest + 1])
    linked = _linked(found)
    older: dict[int, Any] = {}
    for record in reversed(found):
        before = older.get(record.id)
        older[record.id] = record
        changes = _changes(model, before, record, linked, words)
        # A many-to-many save writes a second version that says nothing new.
        if changes or record.history_type != "~":
            yield Entry(
                record.history_date,
                str(record.history_user or _("系统")),
                _what(record, label),
                changes,
                record.history_change_reason or "",
            )


Linked = dict[str, dict[int, list[models.Model]]]


def _linked(records: list[Any]) -> Linked:
    """By many-to-many field and version: the rows it was linked with."""
    found: Linked = {}
    for column in records[0]._history_m2m_fields if records else ():
        far = column.m2m_reverse_field_name()
        through = getattr(records[0], column.name).model
        rows = through.objects.filter(history__in=[record.pk for record in records]).select_related(far)
        of = found[column.name] = defaultdict(list)
        for row in rows.order_by(far):
            of[row.history_id].append(getattr(row, far))
    return found


def _changes(model, before, record, linked: Linked, words) -> list[Change]:
    if record.history_type != "~" or before is None:
        return []
    delta = record.diff_against(before, excluded_fields=set(linked), foreign_keys_are_objs=True)
    values = {change.field: (_known(change.old), _known(change.new)) for change in delta.changes}
    values |= {name: pair for name, of in linked.items() if (pair := (of[before.pk], of[record.pk]))[0] != pair[1]}
    columns = [(model._meta.get_field(name), *values[name]) for name in sorted(values)]
    return [Change(str(c.verbose_name), words(c, old), words(c, new)) for c, old, new in columns]


def _known(value):
    """simple-history calls a link that was empty a deleted row without a key."""
    return None if isinstance(value, DeletedObject) and value.pk is None else value


def _what(record, label: str) -> str:
    words = {ADDED: _("新增"), DELETED: _("删除")}
    verb = words.get(record.history_type, _("修改"))
    if not label:
        return verb
    return _("%(verb)s%(subject)s：%(name)s") % {"verb": verb, "subject": label, "name": record.instance}
