"""The year's plan: the bureau sets a first one, everything else is asked for and decided by somebody else."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core import validators
from erqi.core.fields import NumberFormField
from erqi.core.money import wan
from projects.models import AnnualPlan, PlanChange
from projects.models.plan import MONTHS
from projects.services.plan_changes import request_plan
from projects.services.plans import set_plan
from projects.services.steps import at

from .base import AMOUNT, ServiceForm, ServiceFormSet, careful, told

PLAN_FIELDS = ["planned_investment", "opening_cumulative", "year_class", "objective"]


class PlanForm(ServiceForm):
    first_box = "planned_investment"
    aside = frozenset({"seen", "reason"})
    reason = forms.CharField(
        label=gettext_lazy("调整理由"), required=False, max_length=500, validators=[validators.plain_text]
    )

    def add_fields(self) -> None:
        self.fields = careful(AnnualPlan, PLAN_FIELDS) | self.fields
        for month in MONTHS:
            label = _("%(month)s 月") % {"month": month}
            self.fields[f"month_{month}"] = NumberFormField(label=label, **AMOUNT)

    @property
    def months(self) -> list[forms.BoundField]:
        return [self[f"month_{month}"] for month in MONTHS]

    @property
    def facts(self) -> list[forms.BoundField]:
        return [self[name] for name in PLAN_FIELDS]

    def closed(self) -> str:
        waiting = self.formset.pending
        if waiting is None:
            return ""
        message = _(
            "%(who)s 已于 %(when)s 申请将年度计划定为 %(amount)s 万元，待发改统计局审定。"
            "请先撤回该申请，或等审定后再提。"
        )
        return message % {
            "who": waiting.requested_by or _("系统"),
            "when": at(waiting.requested_at),
            "amount": wan(waiting.planned_investment),
        }

    def version(self) -> str:
        return str(self.formset.plan.version) if self.formset.plan else ""

    def described(self) -> str:
        plan = self.formset.plan
        return _(
            "本年度计划已由%(who)s于 %(when)s 改为第 %(n)s 版（%(amount)s 万元）。请核对；再次保存将在其上调整。"
        ) % {
            "who": plan.recorded_by or _("系统"),
            "when": at(plan.recorded_at),
            "n": plan.version,
            "amount": wan(plan.planned_investment),
        }

    def clean(self):
        cleaned = super().clean()
        given = [name for name in cleaned if name not in self.aside and cleaned[name] not in (None, "")]
        if self.is_changed() and cleaned.get("planned_investment") is None and "planned_investment" not in self.errors:
            if self.formset.plan:
                self.add_error("planned_investment", _("已有的年度计划不能清空；取消的计划请填 0 并写明理由。"))
            elif given:
                self.add_error("planned_investment", _("请填写年度计划投资（万元）。"))
        self._check_months(cleaned)
        return cleaned

    def _check_months(self, cleaned) -> None:
        empty = [month for month in MONTHS if cleaned.get(f"month_{month}") is None]
        if 0 < len(empty) < 12 and not any(f"month_{month}" in self.errors for month in empty):
            message = _("月度计划要么 12 个月都填，要么都留空（按月均衡）；本月没有安排请填 0。")
            self.add_error(f"month_{empty[0]}", message)

    def write(self, project, by) -> list[tuple[int, str]]:
        given = self.cleaned_data
        if given["planned_investment"] is None:
            return []
        monthly = [given[f"month_{month}"] for month in MONTHS]
        content = {name: given[name] for name in PLAN_FIELDS} | {
            "schedule": None if None in monthly else monthly,
            "reason": given["reason"],
        }
        if self.formset.sets_directly:
            set_plan(project=project, year=self.formset.year, by=by, **content)
            return []
        request_plan(project=project, year=self.formset.year, by=by, **content)
        return told(messages.SUCCESS, [_("已提交计划调整申请，待发改统计局审定。")])


class PlanFormSet(ServiceFormSet):
    form = PlanForm

    @classmethod
    def get_default_prefix(cls):
        return "plan"

    @cached_property
    def plan(self) -> AnnualPlan | None:
        rows = AnnualPlan.objects.current().select_related("recorded_by")
        return rows.filter(project=self.project, year=self.year).first() if self.project else None

    @cached_property
    def original(self) -> AnnualPlan | None:
        if not self.plan or self.plan.version == 1:
            return None
        return AnnualPlan.objects.filter(project=self.project, year=self.year, version=1).first()

    @cached_property
    def last_request(self) -> PlanChange | None:
        if not self.project:
            return None
        rows = PlanChange.objects.filter(project=self.project, year=self.year)
        return rows.select_related("requested_by", "decided_by").first()

    @property
    def pending(self) -> PlanChange | None:
        return self._last(PlanChange.Status.PENDING)

    @property
    def rejected(self) -> PlanChange | None:
        """What was asked for last, if it was not agreed to."""
        return self._last(PlanChange.Status.REJECTED)

    def _last(self, status: str) -> PlanChange | None:
        return self.last_request if self.last_request and self.last_request.status == status else None

    @property
    def pending_months(self) -> list[tuple[int, Decimal]]:
        schedule = self.pending.schedule if self.pending else None
        return [(month, Decimal(amount)) for month, amount in zip(MONTHS, schedule, strict=True)] if schedule else []

    @property
    def sets_directly(self) -> bool:
        return self.reviews and not self.plan

    def initial_of(self, number):
        if not self.plan:
            return {}
        values = {name: getattr(self.plan, name) for name in PLAN_FIELDS}
        if not self.plan.linear:
            to_date = dict(self.plan.schedule.values_list("month", "to_date"))
            values |= {f"month_{m}": to_date[m] - to_date.get(m - 1, Decimal(0)) for m in MONTHS}
        return values
