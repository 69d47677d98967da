"""Rows with a story: a list, one page with the facts, what may be done now, and everything that was done so far."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from erqi.core.admin.base import ReadOnlyAdmin
from erqi.core.admin.history import Change, Entry
from erqi.core.admin.words import action_name, column_name
from erqi.core.exceptions import Conflict, Forbidden
from projects.models import Project
from projects.reports.story import Happened, story

from .followup_deeds import Deed, Offer, tell


@dataclass(frozen=True)
class Told:
    at: datetime
    who: str
    what: str
    reason: str
    changes: list[Change] = field(default_factory=list)


class StoryAdmin(ReadOnlyAdmin):
    """Written by the verbs of a service only; ``allowed`` of that service says which ones are offered."""

    class Media:
        css = {"all": ["erqi/followup.css"]}

    deeds: tuple[Deed, ...] = ()
    # Columns of the form for a new row, and who may open it.
    new_fields: tuple[str, ...] = ()
    new_title: Promise | str = ""
    # What the trail says on the first day stands among the facts already.
    first_actions: tuple[str, ...] = ()
    # A model whose columns the trail of these rows also speaks of.
    part: type[models.Model] | None = None

    def allowed(self, rows: Iterable, *, by) -> dict[int, list[str]]:
        raise NotImplementedError

    def facts(self, request, row) -> list[tuple[Any, Any]]:
        """(label, value) of everything that is known of ``row``."""
        raise NotImplementedError

    def lead(self, request, row) -> Any:
        """The words that the page is about."""
        raise NotImplementedError

    def seen(self, row) -> str:
        """Changes when the row comes into another state."""
        return f"{row.status}@{row.status_at.isoformat() if row.status_at else ''}"

    def create(self, request, given: dict[str, Any]):
        raise NotImplementedError

    def may_create(self, request) -> bool:
        raise NotImplementedError

    # — who sees it —

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)

    def has_add_permission(self, request):
        return self.may_create(request)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "project":
            kwargs["queryset"] = Project.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    # — one row —

    def change_view(self, request, object_id, form_url="", extra_context=None):
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        refused = None
        if request.method == "POST":
            refused = self._offer(request, row, self._deed(request), request.POST)
            if self._done(request, row, refused):
                gone = not self.get_queryset(request).filter(pk=row.pk).exists()
                return redirect(self._address("changelist") if gone else request.get_full_path())
            row = self.get_object(request, unquote(object_id)) or row
        return TemplateResponse(
            request, "admin/projects/followup/story.html", self._context(request, row, refused) | (extra_context or {})
        )

    def _deed(self, request) -> Deed:
        found = next((deed for deed in self.deeds if deed.verb == request.POST.get("verb")), None)
        if found is None:
            raise Http404
        return found

    def _offer(self, request, row, deed: Deed, data=None) -> Offer:
        form = deed.form(data, row=row, request=request, auto_id=f"id_{deed.verb}_%s", initial={"seen": self.seen(row)})
        return Offer(deed, form, open=data is not None)

    def _done(self, request, row, offer: Offer) -> bool:
        form = offer.form
        if not form.is_valid():
            return False
        given = dict(form.cleaned_data)
        if given.pop("seen") != self.seen(row):
            # Told once; sending it again is then a decision.
            form.data = form.data.copy()
            form.data["seen"] = self.seen(row)
            form.add_error(None, gettext("您打开页面之后情况已有变化，请先看下面的经过；再次提交即按现在的情况办理。"))
            return False
        try:
            offer.deed.run(row, by=request.user, **given)
        except ValidationError as error:
            tell(form, error)
        except (Conflict, Forbidden) as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, gettext("已完成“%(verb)s”。") % {"verb": offer.deed.label})
            return True
        return False

    def _context(self, request, row, refused: Offer | None) -> dict[str, Any]:
        verbs = self.allowed([row], by=request.user)[row.pk]
        offers = [
            refused if refused and refused.deed is deed else self._offer(request, row, deed)
            for deed in self.deeds
            if deed.verb in verbs or (refused and refused.deed is deed)
        ]
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(row),
            "subtitle": str(self.opts.verbose_name),
            "row": row,
            "lead": self.lead(request, row),
            "facts": self.facts(request, row),
            "offers": offers,
            "told": self.told(row),
            "media": self.media + sum((offer.form.media for offer in offers), forms.Media()),
        }

    def _address(self, page: str, *args) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    # — its story —

    def told(self, row) -> list[Told]:
        return [
            Told(
                happened.at,
                happened.by or gettext("系统"),
                action_name(happened.action),
                happened.reason,
                [] if happened.action in self.first_actions else self._changes(happened),
            )
            for happened in story(row)
        ]

    def _changes(self, happened: Happened) -> list[Change]:
        names = [*happened.before, *(name for name in happened.after if name not in happened.before)]
        return [
            Change(
                self._label(name),
                self._said(name, happened.before.get(name)),
                self._said(name, happened.after.get(name)),
            )
            for name in names
            # What a step says is its reason already.
            if happened.after.get(name) != happened.reason
        ]

    def _label(self, name: str) -> str:
        found = column_name(self.opts.label_lower, name)
        return column_name(self.part._meta.label_lower, name) if found == name and self.part else found

    def _said(self, name: str, value: str | None) -> str:
        column = next((column for column in self.opts.concrete_fields if column.name == name), None)
        choices: dict = dict(column.flatchoices) if column is not None and column.choices else {}
        return str(choices.get(value, value or "—"))

    def history_view(self, request, object_id, extra_context=None):
        row = self.get_object(request, unquote(object_id))
        found = [Entry(t.at, t.who, t.what, t.changes, t.reason) for t in self.told(row)] if row else []
        page = Paginator(found, 50).get_page(request.GET.get("p"))
        return super().history_view(request, object_id, {"page": page, **(extra_context or {})})

    # — a new row —

    def add_view(self, request, form_url="", extra_context=None):
        if not self.may_create(request):
            raise PermissionDenied
        form = self._new_form(request)
        made = self._made(request, form) if request.method == "POST" and form.is_valid() else None
        if made is not None:
            messages.success(request, gettext("已保存“%(row)s”。") % {"row": made})
            seen = self.get_queryset(request).filter(pk=made.pk).exists()
            return redirect(self._address("change", made.pk) if seen else self._address("changelist"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.new_title,
            "form": form,
            "media": self.media + form.media,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/projects/followup/new.html", context)

    def _new_form(self, request) -> forms.Form:
        fields = {name: self.formfield_for_dbfield(self.opts.get_field(name), request) for name in self.new_fields}
        # Only what can be read as a value of the box: addresses are typed by anybody.
        known = {
            name: value for name in self.new_fields if (value := request.GET.get(name)) and _fits(fields[name], value)
        }
        made = type("NewForm", (forms.Form,), fields)
        return made(request.POST if request.method == "POST" else None, initial=known, label_suffix="")

    def _made(self, request, form: forms.Form):
        try:
            return self.create(request, form.cleaned_data)
        except ValidationError as error:
            tell(form, error)
        except (Conflict, Forbidden) as refused:
            form.add_error(None, refused.message)
        return None


def _fits(box: forms.Field, value: str) -> bool:
    try:
        box.clean(value)
    except ValidationError:
        return False
    return True
