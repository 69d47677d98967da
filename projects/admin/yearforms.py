"""A project's year inside its change form: the plan in force and twelve months, written through the services only."""

import hashlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.formsets import BaseFormSet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core import validators
from erqi.core.admin.fields import dashed
from erqi.core.fields import NumberFormField
from erqi.core.money import wan
from projects import reports
from projects.models import AnnualPlan, ProgressReport, Project
from projects.models.plan import MONTHS
from projects.services.plans import set_plan
from projects.services.progress import record_month

PLAN_FIELDS = ["planned_investment", "opening_cumulative", "year_class", "objective"]
AMOUNT = {"max_digits": 16, "decimal_places": 4, "required": False}


class Refused(Exception):
    """What the services refused, by formset prefix and form number; everything is rolled back before it is shown."""

    def __init__(self, errors: dict[str, dict[int, ValidationError]]):
        super().__init__(errors)
        self.errors = errors


def careful(model: type[models.Model], names: list[str]) -> dict[str, forms.Field]:
    fields = forms.fields_for_model(model, fields=names)
    for field in fields.values():
        field.required = False
        dashed(field)
        if isinstance(field, forms.CharField):
            field.validators.append(validators.plain_text)
    return fields


class ServiceForm(forms.Form):
    """One row that a service writes.

    Every box carries the value its reader saw (``show_hidden_initial``), so that only what the reader changed is
    sent on; ``seen`` says which version that was, and a changed row on another version comes back with a word.
    """

    # The formset's own copy, which can be written to.
    data: Any
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("修改理由"), required=False, max_length=500, validators=[validators.plain_text]
    )

    def __init__(self, *args, formset, number, **kwargs):
        self.formset, self.number = formset, number
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.version()
        self.add_fields()
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in {"seen", "reason"}
            field.disabled = not self.editable
            field.widget.attrs.setdefault("aria-label", self.label_of(name, field))

    @property
    def editable(self) -> bool:
        return self.formset.editable

    def label_of(self, _name, field) -> str:
        return str(field.label or "")

    def add_fields(self) -> None: ...

    def version(self) -> str:
        """Which version of the row is in the database now."""
        raise NotImplementedError

    def described(self) -> str:
        """Who made that version, when, and what it says."""
        raise NotImplementedError

    def is_changed(self) -> bool:
        return self.editable and bool(set(self.changed_data) - {"seen"})

    def clean(self):
        if self.is_changed() and self.cleaned_data.get("seen", "") != self.version():
            # Told once; saving again is then a decision.
            self.data[self.add_prefix("seen")] = self.version()
            self.add_error(None, self.described())
        for name, errors in self.formset.refused(self.number):
            self.add_error(name if name in self.fields else None, errors)
        return self.cleaned_data


class PlanForm(ServiceForm):
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

    def version(self) -> str:
        return str(self.formset.plan.version) if self.formset.plan else ""

    def described(self) -> str:
        plan = self.formset.plan
        return _(
            "本年度计划已由%(who)s于 %(when)s 改为第 %(n)s 版（%(amount)s 万元）。请核对；再次保存将在其上形成新版。"
        ) % {
            "who": plan.recorded_by or _("系统"),
            "when": at(plan.recorded_at),
            "n": plan.version,
            "amount": wan(plan.planned_investment),
        }

    def clean(self):
        cleaned = super().clean()
        given = [name for name in cleaned if name not in {"seen", "reason"} and cleaned[name] not in (None, "")]
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

    def write(self, project, by) -> list[str]:
        given = self.cleaned_data
        if given["planned_investment"] is None:
            return []
        monthly = [given[f"month_{month}"] for month in MONTHS]
        set_plan(
            project=project,
            year=self.formset.year,
            by=by,
            schedule=None if None in monthly else monthly,
            reason=given["reason"],
            **{name: given[name] for name in PLAN_FIELDS},
        )
        return []


class MonthForm(ServiceForm):
    draft = forms.BooleanField(label=gettext_lazy("存为草稿"), required=False)

    def add_fields(self) -> None:
        self.fields["invested"] = NumberFormField(label=gettext_lazy("本月完成"), **AMOUNT)
        self.fields["invested_to_date"] = NumberFormField(label=gettext_lazy("本年累计"), **AMOUNT)
        self.fields |= careful(ProgressReport, ["physical_percent", "note"])
        self.fields["note"].widget = forms.Textarea(attrs={"rows": 1})

    def label_of(self, _name, field) -> str:
        return _("%(month)s 月 %(label)s") % {"month": self.month, "label": field.label or ""}

    @property
    def month(self) -> int:
        return self.number + 1

    @property
    def line(self) -> reports.MonthLine:
        return self.formset.lines[self.number]

    @property
    def scheduled_rate(self) -> Decimal | None:
        """时序进度 of this month: what is due by its end ÷ the year's plan, which is what December is due."""
        due, plan = self.line.scheduled_to_date, self.formset.lines[-1].scheduled_to_date
        return None if due is None else reports.rate(due, plan)

    @property
    def in_force(self) -> ProgressReport | None:
        return self.formset.accepted.get(self.month)

    @property
    def kept_draft(self) -> ProgressReport | None:
        return self.formset.drafts.get(self.month)

    @property
    def editable(self) -> bool:
        return self.formset.editable and not self.to_come

    @property
    def to_come(self) -> bool:
        today = timezone.localdate()
        return (self.formset.year, self.month) > (today.year, today.month)

    def version(self) -> str:
        rows = [row for row in (self.in_force, self.kept_draft) if row]
        said = [(row.pk, str(row.invested), str(row.physical_percent), row.note) for row in rows]
        return hashlib.blake2s(repr(said).encode(), digest_size=8).hexdigest() if said else ""

    def described(self) -> str:
        row: Any = self.kept_draft or self.in_force
        return _(
            "%(who)s 已于 %(when)s 将本月填为 %(amount)s 万元（%(status)s）。请核对；再次保存将以您填写的为准。"
        ) % {
            "who": row.accepted_by or row.recorded_by or _("系统"),
            "when": at(row.accepted_at or row.recorded_at),
            "amount": wan(row.invested),
            "status": row.get_status_display(),
        }

    def clean(self):
        cleaned = super().clean()
        changed = set(self.changed_data)
        nothing = cleaned.get("invested") is None and "invested_to_date" not in changed
        if self.is_changed() and nothing and "invested" not in self.errors and (self.in_force or self.kept_draft):
            self.add_error("invested", _("已填报的月份不能清空；确实没有投资请填 0，并写明理由。"))
        return cleaned

    def write(self, project, by) -> list[str]:
        given, changed = self.cleaned_data, set(self.changed_data)
        by_total_only = "invested_to_date" in changed and "invested" not in changed
        recorded = record_month(
            project=project,
            year=self.formset.year,
            month=self.month,
            by=by,
            invested=None if by_total_only else given["invested"],
            invested_to_date=given["invested_to_date"] if "invested_to_date" in changed else None,
            physical_percent=given["physical_percent"],
            note=given["note"],
            reason=given["reason"],
            draft=given["draft"],
        )
        return recorded.warnings


def at(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


class ServiceFormSet(BaseFormSet):
    """Looks like an inline formset to the admin, but hands its rows to the services."""

    # Set by the inline that makes the class.
    request: Any = None
    year = 0
    editable = False
    # Read by the admin when it words the change for its log: these rows have an audit trail of their own.
    new_objects: list = []
    changed_objects: list = []
    deleted_objects: list = []
    size = 1
    can_order = can_delete = can_delete_extra = validate_max = validate_min = False
    edit_only = False
    renderer = None
    template_name = "django/forms/formsets/div.html"

    def __init__(self, data=None, files=None, instance=None, prefix=None, queryset=None, **kwargs):
        self.project = instance if instance and instance.pk else None
        kwargs.pop("save_as_new", None)
        self.extra, self.min_num, self.max_num, self.absolute_max = 0, self.size, self.size, self.size
        super().__init__(data.copy() if data else None, files, prefix=prefix, **kwargs)

    def total_form_count(self):
        return self.size

    def initial_form_count(self):
        return self.size

    def get_queryset(self):
        return []

    def get_form_kwargs(self, index):
        number = index or 0
        return {"formset": self, "number": number, "initial": self.initial_of(number)}

    def initial_of(self, number: int) -> dict:
        raise NotImplementedError

    def refused(self, number: int) -> list[tuple[str, list]]:
        """What the services said of this row when it was tried."""
        errors = getattr(self.request, "refused", {}).get(self.prefix, {})
        return list(errors[number].update_error_dict({}).items()) if number in errors else []

    def write(self, project: Project, by) -> Iterator[str]:
        """Warnings of each changed row, in order; raises ``Refused`` with all that was wrong."""
        errors = {}
        for number, form in enumerate(self.forms):
            if form.is_changed():
                try:
                    yield from form.write(project, by)
                except ValidationError as error:
                    errors[number] = error
        if errors:
            raise Refused({self.prefix or "": errors})


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

    def initial_of(self, number):
        if not self.plan:
            return {}
        values = {name: getattr(self.plan, name) for name in PLAN_FIELDS}
        if not self.plan.linear:
            to_date = dict(self.plan.schedule.values_list("month", "to_date"))
            values |= {f"month_{m}": to_date[m] - to_date.get(m - 1, Decimal(0)) for m in MONTHS}
        return values


class MonthFormSet(ServiceFormSet):
    form = MonthForm
    size = 12

    @classmethod
    def get_default_prefix(cls):
        return "months"

    @cached_property
    def lines(self) -> list[reports.MonthLine]:
        if self.project:
            return reports.project_year(project=self.project, year=self.year).months
        return [reports.MonthLine(month, None, None, None, None) for month in MONTHS]

    @cached_property
    def accepted(self) -> dict[int, ProgressReport]:
        return {line.month: line.report for line in self.lines if line.report}

    @cached_property
    def drafts(self) -> dict[int, ProgressReport]:
        if not self.project:
            return {}
        rows = ProgressReport.objects.shown_to(self.request.user).drafts().select_related("recorded_by", "accepted_by")
        return {row.month: row for row in rows.filter(project=self.project, year=self.year)}

    def initial_of(self, number):
        row = self.drafts.get(number + 1) or self.accepted.get(number + 1)
        if row is None:
            return {}
        return {
            "invested": row.invested,
            "invested_to_date": self.to_date(number, row),
            "physical_percent": row.physical_percent,
            "note": row.note,
            "draft": row.status == ProgressReport.Status.DRAFT,
            "reason": row.reason if row.status == ProgressReport.Status.DRAFT else "",
        }

    def to_date(self, number: int, row: ProgressReport) -> Decimal:
        """Accepted up to the month before, and this row."""
        return sum((report.invested for month, report in self.accepted.items() if month <= number), row.invested)
