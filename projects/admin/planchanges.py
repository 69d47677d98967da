"""Requests for a year's plan: the list with what waits first, and a page to look at one and decide it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Case, Value, When
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.core import validators
from erqi.core.exceptions import Conflict, Forbidden
from projects import reports
from projects.models import AnnualPlan, PlanChange
from projects.models.plan import MONTHS
from projects.services import plan_changes
from projects.services.plans import linear_schedule
from projects.templatetags.review import signed

from . import columns
from .ledgers import LedgerAdmin
from .planchanges_request import request_view

ZERO = Decimal(0)


class DecisionForm(forms.Form):
    note = forms.CharField(
        label=_("审定意见"),
        required=False,
        max_length=500,
        validators=[validators.plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@dataclass(frozen=True)
class MonthOf:
    month: int
    now: Decimal | None
    asked: Decimal

    @property
    def change(self) -> Decimal | None:
        return None if self.now is None else self.asked - self.now


def months_of(plan: AnnualPlan | None) -> dict[int, Decimal]:
    """What the plan expects of each month alone."""
    to_date = dict(plan.schedule.values_list("month", "to_date")) if plan else {}
    return {month: amount - to_date.get(month - 1, ZERO) for month, amount in to_date.items()}


def asked_months(change: PlanChange) -> list[Decimal]:
    if change.schedule is not None:
        return [Decimal(amount) for amount in change.schedule]
    to_date = [ZERO, *linear_schedule(change.planned_investment)]
    return [to_date[month] - to_date[month - 1] for month in MONTHS]


def side_by_side(change: PlanChange) -> dict[str, Any]:
    """The first plan of the year, the one to be changed, and the one asked for; with what each makes of the year."""
    first = AnnualPlan.objects.filter(project=change.project_id, year=change.year, version=1).first()
    now, asked = months_of(change.basis), asked_months(change)
    last = reports.project_year(project=change.project, year=change.year).last_reported
    done = last.to_date if last else None
    basis = change.basis

    def rate(amount: Decimal | None):
        return None if done is None or amount is None else reports.rate(done, amount)

    return {
        "basis": basis,
        "first": first if first and basis and first.pk != basis.pk else None,
        "difference": change.planned_investment - basis.planned_investment if basis else None,
        "since_first": change.planned_investment - first.planned_investment if first else None,
        "months": [MonthOf(month, now.get(month), asked[month - 1]) for month in MONTHS],
        "last": last,
        "rate_now": rate(basis.planned_investment if basis else None),
        "rate_first": rate(first.planned_investment if first else None),
        "rate_asked": rate(change.planned_investment),
    }


@admin.register(PlanChange)
class PlanChangeAdmin(LedgerAdmin):
    list_display = [
        "project",
        "lead_unit",
        "year",
        "status",
        "before",
        "amount",
        "change",
        "reason",
        "asked",
        "decided",
    ]
    list_filter = ["status", "year"]
    list_select_related = ["project", "project__lead_unit", "requested_by", "decided_by", "basis"]
    fields = ["project"]

    def get_queryset(self, request):
        waits = Case(When(status=PlanChange.Status.PENDING, then=Value(0)), default=Value(1))
        return PlanChange.objects.visible_to(request.user).annotate(waits=waits)

    def get_ordering(self, request):
        return ["waits", "-requested_at"]

    def get_urls(self):
        view = self.admin_site.admin_view(request_view)
        name = "projects_planchange_request"
        return [path("request/<int:project_pk>/<int:year>/", view, name=name), *super().get_urls()]

    # — the list —

    @admin.display(description=_("现行（万元）"), ordering="basis__planned_investment")
    def before(self, change):
        return columns.number(change.basis.planned_investment if change.basis else None)

    @admin.display(description=_("申请（万元）"), ordering="planned_investment")
    def amount(self, change):
        return columns.number(change.planned_investment)

    @admin.display(description=_("增减（万元）"))
    def change(self, change):
        if change.basis is None:
            return gettext("新计划")
        found = signed(change.planned_investment - change.basis.planned_investment)
        return format_html('<span class="number">{}</span>', found)

    @admin.display(description=_("申请人"), ordering="requested_at")
    def asked(self, change):
        return columns.signed_by(change.requested_by, change.requested_at)

    @admin.display(description=_("审定人"), ordering="decided_at")
    def decided(self, change):
        return columns.signed_by(change.decided_by, change.decided_at)

    # — one of them —

    def change_view(self, request, object_id, form_url="", extra_context=None):
        change = self.get_object(request, unquote(object_id))
        if change is None or not self.has_view_permission(request, change):
            raise Http404
        form = DecisionForm(request.POST or None, label_suffix="")
        if request.method == "POST" and form.is_valid() and self._done(request, change, form):
            return redirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("%(project)s：%(year)s 年计划") % {"project": change.project, "year": change.year},
            "subtitle": str(self.opts.verbose_name),
            "opts": self.opts,
            "change": change,
            "form": form,
            "verbs": plan_changes.allowed([change], by=request.user)[change.pk],
            "own": change.requested_by_id == request.user.pk,
            **side_by_side(change),
        }
        return TemplateResponse(request, "admin/projects/planchange/change.html", context)

    @staticmethod
    def _done(request, change: PlanChange, form: DecisionForm) -> bool:
        verb = DECISIONS.get(request.POST.get("verb", ""))
        if verb is None:
            return True
        try:
            messages.success(request, verb(change, request.user, form.cleaned_data["note"]))
        except (Conflict, Forbidden) as refused:
            messages.error(request, refused.message)
        except ValidationError as error:
            form.add_error("note", error.messages)
            return False
        return True


def _approve(change, user, note) -> str:
    approved = plan_changes.approve(change, by=user, note=note)
    return gettext("已同意，形成第 %(n)s 版计划。") % {"n": approved.result.version if approved.result else "—"}


def _reject(change, user, note) -> str:
    plan_changes.reject(change, by=user, reason=note)
    return gettext("未同意，现行计划不变。")


def _withdraw(change, user, _note) -> str:
    plan_changes.withdraw(change, by=user)
    return gettext("已撤回申请。")


DECISIONS: dict[str, Callable[..., str]] = {"approve": _approve, "reject": _reject, "withdraw": _withdraw}
