from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from .history import shown


class FreshForm(forms.ModelForm):
    """Remembers which version of the row its reader saw, so that two clerks cannot overwrite each other unknowingly.

    What somebody else changed meanwhile stays as they left it, unless this reader changed the same field: then
    the form comes back with what was typed and says what the field holds now.
    """

    # A copy that can be written to, once there is something to tell.
    data: Any
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.versions: Any = getattr(self.instance, "history", None) if self.instance.pk else None
        if self.versions is not None and not self.is_bound:
            newest = self.versions.first()
            self.initial["seen"] = newest.pk if newest else None

    @property
    def changed_data(self):
        """What the reader changed; which version was read is not among it."""
        return [name for name in super().changed_data if name != "seen"]

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        newest = self.versions.first() if self.versions is not None else None
        if newest and cleaned.get("seen") not in (None, newest.pk):
            self._settle(cleaned, newest)
        return cleaned

    def _settle(self, cleaned, newest):
        seen = self.versions.filter(pk=cleaned["seen"]).first()
        changes = newest.diff_against(seen).changes if seen else []
        for change in changes:
            if change.field not in cleaned:
                continue
            if _plain(cleaned[change.field]) == _plain(change.old):
                cleaned[change.field] = self._now(change.field)
            elif _plain(cleaned[change.field]) != _plain(change.new):
                self.add_error(change.field, self._told(change.field, newest))
        # Saving again after having been told is a decision, not an accident.
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = str(newest.pk)

    def _now(self, name):
        value = getattr(self.instance, name)
        return list(value.all()) if hasattr(value, "all") else value

    def _told(self, name, newest) -> str:
        return _("%(who)s 已于 %(when)s 将此项改为“%(value)s”。请核对；再次保存将以您填写的为准。") % {
            "who": newest.history_user or _("系统"),
            "when": timezone.localtime(newest.history_date).strftime("%Y-%m-%d %H:%M"),
            "value": shown(self.instance._meta.get_field(name), self._now(name)),
        }


def _plain(value):
    """A value as history stores it: rows by key, links as a set of keys."""
    if hasattr(value, "pk"):
        return value.pk
    if isinstance(value, dict):
        return value
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return {_linked(row) for row in value} if _are_links(value) else list(value)
    return value or None if isinstance(value, str) else value


def _are_links(rows) -> bool:
    return not any(isinstance(row, dict) and "words" in row for row in rows)


def _linked(row):
    """Key of a linked row: history gives {"project": 1, "unit": 2}, the form the row itself."""
    return list(row.values())[-1] if isinstance(row, dict) else row.pk
