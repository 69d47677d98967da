"""When months are filed: a year's periods at once, one changed, one unit given longer. The services write them."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, F
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.core.admin.base import BaseAdmin, PartInline
from erqi.core.admin.fields import WholeNumberField
from erqi.core.admin.forms import FreshForm
from erqi.core.templatetags import figures as tags
from projects.models import PeriodExtension, ReportingPeriod
from projects.models.choices import FIRST_YEAR, LAST_YEAR, YEAR_RANGE
from projects.models.plan import MONTHS
from projects.reports.review import Progress, period_progress
from projects.services.periods import create_periods, days_of, grant_extension, revoke_extension, save_period


class ExtensionForm(FreshForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Another unit is another extension: the service finds it by its unit.
        if self.instance.pk and "unit" in self.fields:
            self.fields["unit"].disabled = True


class ExtensionInline(PartInline):
    model = PeriodExtension
    form = ExtensionForm
    fields = ["unit", "due", "reason", "granted"]
    readonly_fields = ["granted"]
    autocomplete_fields = ["unit"]
    verbose_name_plural = _("延期（单位及其下级）")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("unit", "granted_by")

    @admin.display(description=_("批准"))
    def granted(self, extension):
        if not extension.pk:
            return "—"
        return f"{extension.granted_by or '—'} {timezone.localtime(extension.granted_at):%Y-%m-%d %H:%M}"


class PeriodChangeList(ChangeList):
    """Each period with how far it has come, counted for the whole page at once."""

    def get_results(self, request):
        super().get_results(request)
        self.result_list = list(self.result_list)
        found = period_progress(self.result_list)
        for period in self.result_list:
            period.progress = found[period.pk]


class YearForm(forms.Form):
    """What the twelve periods of a year are made from; each can be changed afterwards."""

    year = WholeNumberField(
        label=_("年度"),
        min_value=FIRST_YEAR,
        max_value=LAST_YEAR,
        error_messages={"min_value": YEAR_RANGE, "max_value": YEAR_RANGE},
    )
    opens_day = WholeNumberField(label=_("每月几日开放"), min_value=1, max_value=31)
    due_day = WholeNumberField(label=_("每月几日截止"), min_value=1, max_value=31)
    lock_days = WholeNumberField(label=_("截止后几天锁定"), min_value=0, max_value=366)
    endorsed = forms.BooleanField(label=_("须单位负责人签审"), required=False)

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        if {"opens_day", "due_day"} <= set(cleaned) and cleaned["opens_day"] > cleaned["due_day"]:
            self.add_error("due_day", gettext("截止日不能早于开放日。"))
        return cleaned


def defaults() -> dict[str, Any]:
    """Of the first year that has no periods yet, from this one on."""
    this_year = timezone.localdate().year
    years = range(this_year, LAST_YEAR + 1)
    present = {
        row["year"]
        for row in ReportingPeriod.objects.order_by().values("year").annotate(n=Count("pk"))
        if row["n"] == 12
    }
    return {
        "year": next((year for year in years if year not in present), this_year),
        "opens_day": settings.PERIOD_OPENS_DAY,
        "due_day": settings.PERIOD_DUE_DAY,
        "lock_days": settings.PERIOD_LOCK_DAYS,
    }


def proposed(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The months as they would be made; those that are there already stay as they are."""
    present = {row.month: row for row in ReportingPeriod.objects.filter(year=given["year"])}
    days = {name: given[name] for name in ("opens_day", "due_day", "lock_days")}
    return [
        {"month": month, "present": present.get(month), **days_of(given["year"], month, **days)} for month in MONTHS
    ]


@admin.register(ReportingPeriod)
class ReportingPeriodAdmin(BaseAdmin):
    never_deleted = True
    list_display = [
        "period",
        "opens",
        "due",
        "locks",
        "signed",
        "extended",
        "due_cell",
        "filed_cell",
        "on_time_cell",
        "accepted_cell",
    ]
    list_filter = ["year", "endorsed"]
    list_per_page = 60
    inlines = [ExtensionInline]
    fieldsets = [
        (None, {"fields": [("year", "month"), ("opens", "due", "locks"), ("endorsed", "note")]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(extension_count=Count("extensions"))

    def get_readonly_fields(self, request, obj=None):
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "year", "month"] if obj else fixed

    def get_changelist(self, request, **kwargs):
        return PeriodChangeList

    def get_changeform_initial_data(self, request):
        return {"year": timezone.localdate().year, **super().get_changeform_initial_data(request)}

    # — the list —

    @admin.display(description=_("报送期"), ordering=F("year") * 12 + F("month"))
    def period(self, period):
        return str(period)

    @admin.display(description=_("延期"), ordering="extension_count")
    def extended(self, period):
        return gettext("%(n)s 个单位") % {"n": period.extension_count} if period.extension_count else "—"

    @admin.display(description=_("签审"), ordering="endorsed")
    def signed(self, period):
        return _("须签审") if period.endorsed else "—"

    @admin.display(description=_("应报"))
    def due_cell(self, period):
        return period.progress.due

    @admin.display(description=_("已报"))
    def filed_cell(self, period):
        return period.progress.filed

    @admin.display(description=_("按时"))
    def on_time_cell(self, period):
        return period.progress.on_time

    @admin.display(description=_("已认定"))
    def accepted_cell(self, period):
        found: Progress = period.progress
        bar = render_to_string("components/bar.html", tags.bar(found.share)) if found.due else ""
        return format_html('<span class="period-share"><span class="number">{}</span>{}</span>', found.accepted, bar)

    # — saving —

    def save_model(self, request, obj, form, change):
        save_period(obj, by=request.user)

    def save_formset(self, request, form, formset, change):
        formset.save(commit=False)
        for extension in formset.deleted_objects:
            revoke_extension(extension, by=request.user)
        changed = [row for row, _fields in formset.changed_objects]
        for row in [*formset.new_objects, *changed]:
            grant_extension(period=form.instance, unit=row.unit, due=row.due, reason=row.reason, by=request.user)

    def _audit(self, verb, request, obj):
        """The services write the trail."""

    # — a whole year —

    def get_urls(self):
        view = self.admin_site.admin_view(self.year_view)
        return [path("year/", view, name="projects_reportingperiod_year"), *super().get_urls()]

    def year_view(self, request):
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = YearForm(request.POST or None, initial=defaults(), label_suffix="")
        if form.is_valid() and "_create" in request.POST and self._created(request, form):
            return redirect(f"../?year={form.cleaned_data['year']}")
        given = (form.cleaned_data if form.is_valid() else None) if form.is_bound else defaults()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("建立全年报送期"),
            "opts": self.opts,
            "form": form,
            "months": proposed(given) if given else [],
            "year": given["year"] if given else "",
        }
        return TemplateResponse(request, "admin/projects/reportingperiod/year.html", context)

    @staticmethod
    def _created(request, form: YearForm) -> bool:
        try:
            made = create_periods(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
            return False
        year = form.cleaned_data["year"]
        if made:
            messages.success(request, gettext("已建立 %(year)s 年的 %(n)s 个报送期。") % {"year": year, "n": len(made)})
        else:
            messages.info(request, gettext("%(year)s 年的报送期都已建立，没有改动。") % {"year": year})
        return True
