"""A page of its own to ask for a project's plan of a year, or for another one."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from erqi.accounts.roles import Action
from erqi.core import validators
from erqi.core.admin.fields import dashed
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.fields import NumberFormField
from projects.models import AnnualPlan, PlanChange, Project
from projects.models.choices import FIRST_YEAR, LAST_YEAR
from projects.models.plan import MONTHS
from projects.services.plan_changes import request_plan

FACTS = ["planned_investment", "opening_cumulative", "year_class", "objective"]


class RequestForm(forms.ModelForm):
    class Meta:
        model = PlanChange
        fields = [*FACTS, "reason"]
        widgets = {"reason": forms.Textarea(attrs={"rows": 2}), "objective": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            dashed(field)
            if isinstance(field, forms.CharField):
                field.validators.append(validators.plain_text)
        for month in MONTHS:
            self.fields[f"month_{month}"] = NumberFormField(
                label=_("%(month)s 月") % {"month": month}, max_digits=16, decimal_places=4, required=False
            )

    def _post_clean(self):
        """The service validates: the row is not made here."""

    @property
    def facts(self):
        return [self[name] for name in FACTS]

    @property
    def months(self):
        return [self[f"month_{month}"] for month in MONTHS]

    def clean(self):
        cleaned = super().clean() or self.cleaned_data
        empty = [month for month in MONTHS if cleaned.get(f"month_{month}") is None]
        if 0 < len(empty) < 12 and not any(f"month_{month}" in self.errors for month in empty):
            message = _("月度计划要么 12 个月都填，要么都留空（按月均衡）；本月没有安排请填 0。")
            self.add_error(f"month_{empty[0]}", message)
        return cleaned

    @property
    def content(self) -> dict[str, Any]:
        given = self.cleaned_data
        monthly = [given[f"month_{month}"] for month in MONTHS]
        values = {name: given[name] for name in (*FACTS, "reason")}
        return values | {"schedule": None if None in monthly else monthly}

    def refuse(self, error: ValidationError) -> None:
        """What the service says, at the box it speaks of."""
        for name, errors in error.update_error_dict({}).items():
            self.add_error(name if name in self.fields else None, errors)


def initial_of(plan: AnnualPlan | None) -> dict[str, Any]:
    if plan is None:
        return {}
    values = {name: getattr(plan, name) for name in FACTS}
    if not plan.linear:
        to_date = dict(plan.schedule.values_list("month", "to_date"))
        values |= {f"month_{m}": to_date[m] - to_date.get(m - 1, Decimal(0)) for m in MONTHS}
    return values


def request_view(request, project_pk: int, year: int):
    projects = Project.objects.reachable(request.user, Action.REPORT).select_related("lead_unit")
    project = projects.filter(pk=project_pk).first()
    if project is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    plan = AnnualPlan.objects.current().filter(project=project, year=year).select_related("recorded_by").first()
    form = RequestForm(request.POST or None, initial=initial_of(plan))
    if request.method == "POST" and form.is_valid():
        answer = _requested(request, project, year, form)
        if answer:
            return answer
    pending = PlanChange.objects.pending().filter(project=project, year=year).select_related("requested_by").first()
    context = {
        **admin.site.each_context(request),
        "title": _("申请调整 %(year)s 年计划") % {"year": year},
        "subtitle": str(project),
        "opts": PlanChange._meta,
        "project": project,
        "year": year,
        "plan": plan,
        "pending": pending,
        "form": form,
    }
    return TemplateResponse(request, "admin/projects/planchange/request.html", context)


def _requested(request, project: Project, year: int, form: RequestForm):
    """Where to go after it; None when the form has to be corrected."""
    try:
        outcome = request_plan(project=project, year=year, by=request.user, **form.content)
    except ValidationError as error:
        form.refuse(error)
        return None
    except (Conflict, Forbidden) as refused:
        messages.error(request, refused.message)
        return redirect(request.get_full_path())
    if outcome.change is None:
        messages.info(request, _("与现行计划相同，没有提交申请。"))
        return redirect(request.get_full_path())
    messages.success(request, _("已提交申请，待发改统计局审定。可在下面附上会议纪要等文件。"))
    return redirect("admin:projects_planchange_change", outcome.change.pk)
