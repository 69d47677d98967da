"""What every admin of this site has: an audit trail, safe input, history in words, and no way to lose a row unseen."""

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import validators
from ..models import Searchable
from ..services import audit
from .fields import FORM_FIELDS, dashed
from .forms import FreshForm
from .history import Entry, entries, shown

PLAIN_LOOKUPS = {"exact", "in", "isnull", "lt", "lte", "gt", "gte", "year", "month", "day", "id", "pk", "code"}


class CarefulFields(BaseModelAdmin):
    """Form fields that refuse invisible characters, and related rows without pop-up windows."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        kind = next((kind for kind in FORM_FIELDS if type(db_field) is kind), None)
        if kind and not db_field.choices:
            kwargs = {**FORM_FIELDS[kind], **kwargs}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.CharField) and not isinstance(field, forms.JSONField):
            field.validators.append(validators.plain_text)
        dashed(field)
        for link in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
            if field and hasattr(field.widget, link):
                setattr(field.widget, link, False)
        return field


def _parameter(item) -> str:
    """What a filter is called in the address: of a field, of a field with its own filter, or of a filter class."""
    if isinstance(item, tuple):
        return item[0]
    return item if isinstance(item, str) else item.parameter_name


class PartInline(CarefulFields, admin.TabularInline):
    """Rows that belong to their parent: whoever may change the parent may change them."""

    form = FreshForm
    extra = 0

    def get_fields(self, request, obj=None):
        names = [name for name in super().get_fields(request, obj) if name != "seen"]
        return [*names, "seen"] if self.may_change_parent(request, obj) else names

    def get_formset(self, request, obj=None, **kwargs):
        made = super().get_formset(request, obj, **kwargs)
        for field in made.form.base_fields.values():
            # A column's heading is no label of the boxes below it.
            field.widget.attrs.setdefault("aria-label", field.label)
        return made

    def may_change_parent(self, request, obj) -> bool:
        parent = self.admin_site.get_model_admin(self.parent_model)
        return parent.has_change_permission(request, obj) if obj else parent.has_add_permission(request)

    def has_view_permission(self, request, obj=None):
        return self.admin_site.get_model_admin(self.parent_model).has_view_permission(request, obj)

    def has_add_permission(self, request, obj=None):
        return self.may_change_parent(request, obj)

    def has_change_permission(self, request, obj=None):
        return self.may_change_parent(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.may_change_parent(request, obj)


class BaseAdmin(CarefulFields, admin.ModelAdmin):
    form = FreshForm
    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    object_history_template = "admin/object_history.html"
    # Columns that pages of ours narrow the list by without the list offering it.
    linked_by: tuple[str, ...] = ()
    # Rows that others point at have an off switch or a final state instead.
    never_deleted = False

    def get_fields(self, request, obj=None):
        return [name for name in super().get_fields(request, obj) if name != "seen"]

    def lookup_allowed(self, lookup, value, request):
        """Only what a list offers to filter by: any other column could be read letter by letter through its address."""
        parts = lookup.split("__")
        while len(parts) > 1 and parts[-1] in PLAIN_LOOKUPS:
            parts.pop()
        offered = {_parameter(item) for item in self.get_list_filter(request)}
        offered |= {self.date_hierarchy or "pk", *self.linked_by, "id", "pk"}
        return "__".join(parts) in offered and super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request):
        try:
            return super().get_changelist_instance(request)
        except (ValueError, OverflowError) as error:
            # Dates at the ends of the calendar, which Django's filters do not expect.
            raise IncorrectLookupParameters from error

    def has_delete_permission(self, request, obj=None):
        return not self.never_deleted and super().has_delete_permission(request, obj)

    def get_search_results(self, request, queryset, search_term):
        if issubclass(self.model, Searchable):
            return queryset.search(search_term), False
        return super().get_search_results(request, queryset, search_term)

    def _get_obj_does_not_exist_redirect(self, request, opts, object_id):
        # Django would send the reader to the workbench; a row out of sight is simply not there.
        raise Http404

    # — words —

    def changelist_view(self, request, extra_context=None):
        title = {"title": str(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def render_change_form(self, request, context, *args, **kwargs):
        obj = kwargs.get("obj")
        name = str(self.opts.verbose_name)
        context["title"] = str(obj) if obj else gettext("新增%(name)s") % {"name": name}
        context["subtitle"] = name if obj else None
        return super().render_change_form(request, context, *args, **kwargs)

    # — audit —

    def audit_snapshot(self, obj) -> dict:
        """The row and the rows that belong to it."""
        parts = {
            f"{inline.model._meta.model_name}.{row.pk}.{name}": value
            for inline in self.inlines
            if issubclass(inline, PartInline)
            for row in inline.model._default_manager.filter(**{_parent_link(inline.model, self.model): obj})
            for name, value in audit.snapshot(row).items()
        }
        return audit.snapshot(obj) | parts

    def save_model(self, request, obj, form, change):
        stored = self.model._default_manager.filter(pk=obj.pk).first() if change else None
        # Kept on the row because Django hands nothing else from here to log_change().
        obj.audit_before = self.audit_snapshot(stored) if stored else {}
        super().save_model(request, obj, form, change)

    def log_addition(self, request, obj, message):
        self._audit("add", request, obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request, obj, message):
        self._audit("change", request, obj)
        return super().log_change(request, obj, message)

    def _audit(self, verb, request, obj):
        before = getattr(obj, "audit_before", {})
        action = f"{self.opts.model_name}.{verb}"
        stored = self.model._default_manager.get(pk=obj.pk)
        audit.record_change(action, obj, by=request.user, before=before, after=self.audit_snapshot(stored))

    def delete_model(self, request, obj):
        before = self.audit_snapshot(obj)
        audit.record(f"{self.opts.model_name}.delete", obj, by=request.user, before=before)
        super().delete_model(request, obj)

    # — history —

    def history_entries(self, request, obj) -> list[Entry]:
        found = list(entries(self.model, words=self.history_words, id=obj.pk))
        for inline in self.inlines:
            if issubclass(inline, PartInline) and hasattr(inline.model, "history"):
                link = f"{_parent_link(inline.model, self.model)}_id"
                found += entries(inline.model, str(inline.model._meta.verbose_name), **{link: obj.pk})
        return sorted(found, key=lambda entry: entry.at, reverse=True)

    def history_words(self, column, value) -> str:
        return shown(column, value)

    def history_view(self, request, object_id, extra_context=None):
        obj = self.get_object(request, unquote(object_id))
        if obj is None or not self.has_view_permission(request, obj):
            raise Http404
        found = self.history_entries(request, obj) if hasattr(self.model, "history") else []
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("修改历史"),
            "subtitle": str(obj),
            "page": Paginator(found, 50).get_page(request.GET.get("p")),
            "object": obj,
            "opts": self.opts,
            "module_name": self.opts.verbose_name_plural,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)


def _parent_link(child: type[models.Model], parent: type[models.Model]) -> str:
    return next(field.name for field in child._meta.fields if field.is_relation and field.related_model is parent)


class ReadOnlyAdmin(BaseAdmin):
    """Rows that are looked at here and written elsewhere."""

    never_deleted = True

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class SourcedAdmin(BaseAdmin):
    """A row with its source: the quotes are shown to all, and edited by those who keep the sources."""

    def get_readonly_fields(self, request, obj=None):
        fixed = [*super().get_readonly_fields(request, obj), "quotes_shown"]
        return fixed if self.keeps_sources(request) else [*fixed, "source"]

    def get_fieldsets(self, request, obj=None):
        own = super().get_fieldsets(request, obj)
        if not self.fieldsets:
            own = [(None, {"fields": [n for n in own[0][1]["fields"] if n not in SOURCE_FIELDS]})]
        sources = (_("来源引文"), {"fields": ["source", "quotes_shown"]})
        editing = (_("编辑引文"), {"fields": ["quotes"], "classes": ["collapse"]})
        return [*own, sources, editing] if self.keeps_sources(request) else [*own, sources]

    @staticmethod
    def keeps_sources(request) -> bool:
        return request.user.has_perm("core.change_source")

    @admin.display(description=_("原文引文"))
    def quotes_shown(self, obj):
        quotes = obj.quotes or []
        if not quotes:
            return "—"
        lines = format_html_join("", "<li>{}</li>", ((self._quote(quote),) for quote in quotes))
        return format_html('<ol class="quotes">{}</ol>', lines)

    def _quote(self, quote: dict):
        # Fixtures may name a part of a field, as in "claims.1".
        names = "、".join(self._field_name(str(name)) for name in quote.get("fields", []))
        note = quote.get("note") or ""
        return format_html(
            "<q>{}</q> <span class='quote-of'>{}</span>{}",
            quote.get("words", ""),
            gettext("支持：%(fields)s") % {"fields": names} if names else "",
            format_html(" <span class='quote-note'>{}</span>", note) if note else "",
        )

    def _field_name(self, name: str) -> str:
        known = {field.name: getattr(field, "verbose_name", name) for field in self.opts.get_fields()}
        return str(known.get(name, name))


SOURCE_FIELDS = {"source", "quotes", "quotes_shown"}


class SourcedPartInline(PartInline):
    exclude = ["source", "quotes"]
