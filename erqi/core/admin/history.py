"""What happened to a row, in plain words: from simple-history, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _

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
    """Linked rows; a version of them is {"project": …, "unit": …}, the linked row last."""
    return "、".join(sorted(str(list(row.values())[-1] if isinstance(row, dict) else row) for row in rows))


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


def entries(model: Any, label: str = "", words=shown, **of) -> Iterator[Entry]:
    """Each version of the rows ``of`` (as in filter), with what changed since the version before."""
    records = model.history.filter(**of).select_related("history_user").order_by("-history_date", "-history_id")
    older: dict[int, Any] = {}
    for record in reversed(records):
        before = older.get(record.id)
        older[record.id] = record
        changes = _changes(model, before, record, words)
        # A many-to-many save writes a second version that says nothing new.
        if changes or record.history_type != "~":
            yield Entry(
                record.history_date,
                str(record.history_user or _("系统")),
                _what(record, label),
                changes,
                record.history_change_reason or "",
            )


def _changes(model, before, record, words) -> list[Change]:
    if record.history_type != "~" or before is None:
        return []
    delta = record.diff_against(before, foreign_keys_are_objs=True)
    columns = [(model._meta.get_field(change.field), change) for change in delta.changes]
    return [Change(str(c.verbose_name), words(c, change.old), words(c, change.new)) for c, change in columns]


def _what(record, label: str) -> str:
    words = {ADDED: _("新增"), DELETED: _("删除")}
    verb = words.get(record.history_type, _("修改"))
    if not label:
        return verb
    return _("%(verb)s%(subject)s：%(name)s") % {"verb": verb, "subject": label, "name": record.instance}
