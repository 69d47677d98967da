"""Lights to be looked at, and the rule sets behind them: a draft is edited, tried on a month, and put in force."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST

from erqi.core.admin.base import BaseAdmin
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.templatetags.lights import lamp
from projects.models import Light, LightRuleSet
from projects.reports import lights as words
from projects.services.light_rule_sets import copy_rules, locked_draft, put_in_force

from .ledgers import LedgerAdmin
from .light_trial import trial_view

STYLES = {"all": ["erqi/lights.css"]}
MONTHS_OFFERED = 24
SEVERITY = Case(*(When(colour=colour, then=Value(place)) for place, colour in enumerate(Light.ORDER)))


class LitMonthFilter(admin.SimpleListFilter):
    """One month is always chosen, the newest unless another is asked for: a year of lights answers no question."""

    title = gettext_lazy("月份")
    parameter_name = "period"
    # One of the choices is always made, and shown.
    chosen = "newest"

    def lookups(self, request, model_admin):
        rows = Light.objects.visible_to(request.user).order_by("-year", "-month")
        found = rows.values_list("year", "month").distinct()[:MONTHS_OFFERED]
        return [(f"{year}-{month:02d}", f"{year}-{month:02d}") for year, month in found]

    def value(self):
        asked = super().value()
        offered = [str(value) for value, _title in self.lookup_choices]
        return asked if asked in offered else offered[0] if offered else None

    def queryset(self, request, queryset):
        if not self.value():
            return queryset
        year, month = self.value().split("-")
        return queryset.filter(year=year, month=month)

    def choices(self, changelist):
        for value, title in self.lookup_choices:
            yield {
                "selected": value == self.value(),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }


class DimensionFilter(admin.SimpleListFilter):
    title = gettext_lazy("方面")
    parameter_name = "of"
    chosen = "overall"

    def lookups(self, request, model_admin):
        return [*Light.Dimension.choices[1:], ("all", _("全部方面"))]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        chosen = self.value() if self.value() in Light.Dimension.values else Light.Dimension.OVERALL
        return queryset.filter(dimension=chosen)

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        yield first | {"display": Light.Dimension.OVERALL.label}
        yield from rest


@admin.register(Light)
class LightAdmin(LedgerAdmin):
    list_display = ["project", "lead_unit", "lit", "why_shown", "remedy_shown", "since"]
    # The worst first, and among them those that have been so the longest.
    ordering = [SEVERITY.desc(), "-months_running", "project", "dimension"]
    list_filter = [LitMonthFilter, DimensionFilter, "colour", "worst", "project__category"]
    list_select_related = ["project", "project__lead_unit", "rules"]
    fields = [
        "project",
        ("year", "month", "dimension"),
        "lit",
        "why_shown",
        "limits_shown",
        "remedy_shown",
        ("since", "months_running"),
        ("rules", "computed_at"),
    ]
    readonly_fields = ["lit", "why_shown", "limits_shown", "remedy_shown", "since"]

    class Media:
        css = STYLES

    def get_queryset(self, request):
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)

    @admin.display(description=gettext_lazy("灯"), ordering=SEVERITY)
    def lit(self, light):
        of = light.get_worst_display() if light.dimension == Light.Dimension.OVERALL else light.get_dimension_display()
        return lamp(light.colour, light.get_colour_display(), of)

    @admin.display(description=gettext_lazy("理由"))
    def why_shown(self, light):
        return words.why(light.inputs)

    @admin.display(description=gettext_lazy("界限"))
    def limits_shown(self, light):
        return words.threshold(light.dimension, light.threshold) or "—"

    @admin.display(description=gettext_lazy("怎样转绿"))
    def remedy_shown(self, light):
        return words.remedy(light.remedy) or "—"

    @admin.display(description=gettext_lazy("始于"), ordering="months_running")
    def since(self, light):
        month = f"{light.since_year}-{light.since_month:02d}"
        return _("%(month)s，%(n)s 个月") % {"month": month, "n": light.months_running}


@admin.register(LightRuleSet)
class LightRuleSetAdmin(BaseAdmin):
    never_deleted = True
    list_display = ["name", "code", "version", "status", "measure_shown", "put_in_force_at"]
    list_filter = ["status"]
    readonly_fields = ["version", "status", "put_in_force_at"]
    fieldsets = [
        (None, {"fields": [("name", "code"), ("version", "status", "put_in_force_at"), "basis"]}),
        (
            gettext_lazy("投资进度"),
            {
                "fields": [
                    "measure",
                    ("investment_yellow", "investment_red"),
                    ("schedule_floor", "smallest_plan"),
                ]
            },
        ),
        (gettext_lazy("开工"), {"fields": [("start_yellow", "start_red")]}),
        (gettext_lazy("节点"), {"fields": [("milestone_yellow", "milestone_red", "critical_red")]}),
        (pgettext_lazy("灯", "报送"), {"fields": [("reporting_yellow", "reporting_red"), "same_is_yellow"]}),
    ]

    class Media:
        css = STYLES

    @admin.display(description=gettext_lazy("投资进度的算法"))
    def measure_shown(self, rules):
        return rules.get_measure_display() if rules.investment_red is not None else "—"

    def has_change_permission(self, request, obj=None):
        editable = obj is None or obj.status == LightRuleSet.Status.DRAFT
        return editable and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request, obj=None):
        # What it is called decides which versions belong together.
        return [*self.readonly_fields, "code"] if obj else self.readonly_fields

    def save_model(self, request, obj, form, change):
        if change:
            # Put in force while its form was open: refused, where saving would have made it a draft again.
            locked_draft(obj.pk)
        super().save_model(request, obj, form, change)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        keeps = {"may_keep": super().has_change_permission(request)}
        try:
            return super().changeform_view(request, object_id, form_url, keeps | (extra_context or {}))
        except Conflict as refused:
            messages.error(request, refused.message)
            return redirect("admin:projects_lightruleset_change", object_id)

    def get_urls(self):
        def ours(verb: str, view: Callable):
            return path(f"<int:pk>/{verb}/", self.admin_site.admin_view(view), name=f"projects_lightruleset_{verb}")

        verbs = (("copy", copy_view), ("force", force_view), ("trial", trial_view))
        return [*(ours(verb, view) for verb, view in verbs), *super().get_urls()]


@require_POST
def copy_view(request: HttpRequest, pk: int):
    return _done(request, pk, copy_rules, _("已复制为“%(rules)s”，可以修改。"))


@require_POST
def force_view(request: HttpRequest, pk: int):
    return _done(request, pk, put_in_force, _("“%(rules)s”已施行，下次计算时按它亮灯。"))


def _done(request: HttpRequest, pk: int, verb: Callable, words_after: str):
    rules = LightRuleSet.objects.filter(pk=pk).first()
    if rules is None:
        raise Http404
    try:
        rules = verb(rules, by=request.user)
    except Forbidden as refused:
        raise PermissionDenied(refused.message) from refused
    except Conflict as refused:
        messages.error(request, refused.message)
    except ValidationError as refused:
        messages.error(request, "；".join(refused.messages))
    else:
        messages.success(request, words_after % {"rules": rules})
    return redirect("admin:projects_lightruleset_change", rules.pk)
