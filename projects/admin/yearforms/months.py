"""Twelve months: filed here, then on their way through ``services.workflow``; what is on its way is only read."""

import hashlib
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core.fields import NumberFormField
from erqi.core.money import wan
from erqi.core.words import listed
from projects import reports
from projects.models import ProgressReport
from projects.models.plan import MONTHS
from projects.services.progress import CONTENT, EDITABLE, record_month
from projects.services.steps import at

from .base import AMOUNT, ServiceForm, ServiceFormSet, careful, told, warned

Status = ProgressReport.Status
CLOSED = {
    Status.ACCEPTED: gettext_lazy(
        "%(month)s 月已由%(who)s于 %(when)s 认定为 %(amount)s 万元。要更正，请发改统计局退回更正；原记录会保留。"
    ),
    Status.SUBMITTED: gettext_lazy(
        "%(month)s 月已由%(who)s于 %(when)s 报送（%(amount)s 万元），正在审核。要修改，请先撤回或等退回。"
    ),
    Status.ENDORSED: gettext_lazy(
        "%(month)s 月已由%(who)s于 %(when)s 签审（%(amount)s 万元），正在审核。要修改，请等退回。"
    ),
}


class MonthForm(ServiceForm):
    first_box = "invested"
    draft = forms.BooleanField(label=gettext_lazy("存为草稿"), required=False)

    def add_fields(self) -> None:
        self.fields["invested"] = NumberFormField(label=gettext_lazy("本月完成"), **AMOUNT)
        self.fields["invested_to_date"] = NumberFormField(label=gettext_lazy("本年累计"), **AMOUNT)
        self.fields |= careful(ProgressReport, ["physical_percent", "note", "explanation"])
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
        return self.formset.in_force.get(self.month)

    @property
    def open(self) -> ProgressReport | None:
        return self.formset.open.get(self.month)

    @property
    def standing(self) -> ProgressReport | None:
        """What the row shows: the report on its way before the one in force."""
        return self.open or self.in_force

    @property
    def brought(self) -> tuple:
        """(who, when) of what brought it into its state."""
        return self.standing.standing if self.standing else (None, None)

    @property
    def returned(self) -> ProgressReport | None:
        return self.open if self.open and self.open.status == Status.RETURNED else None

    @property
    def return_points(self) -> str:
        """The boxes that the return points at."""
        labels = dict(ProgressReport.Field.choices)
        return listed(str(labels.get(name, name)) for name in (self.returned.return_fields if self.returned else []))

    @property
    def to_come(self) -> bool:
        today = timezone.localdate()
        return (self.formset.year, self.month) > (today.year, today.month)

    @property
    def asks(self) -> bool:
        """Whether the explanation is shown: a check asked for it, or there is one."""
        return bool(self["explanation"].errors or self["explanation"].value())

    def closed(self) -> str:
        if self.to_come:
            words = {"year": self.formset.year, "month": self.month}
            return _("%(year)s 年 %(month)s 月还没有开始，不能填报。") % words
        row = self.standing
        if row is None or row.status in EDITABLE:
            return ""
        return CLOSED[Status(row.status)] % self._facts(row)

    def _facts(self, row: ProgressReport) -> dict:
        who, when = row.standing
        return {
            "month": self.month,
            "who": who or _("系统"),
            "when": at(when) if when else "—",
            "amount": wan(row.invested),
            "status": row.get_status_display(),
        }

    def version(self) -> str:
        rows = [row for row in (self.in_force, self.open) if row]
        said = [[str(getattr(row, name)) for name in ("pk", "status", *CONTENT)] for row in rows]
        return hashlib.blake2s(repr(said).encode(), digest_size=8).hexdigest() if said else ""

    def described(self) -> str:
        if self.standing is None:
            return _("本月的草稿已不在。请核对；再次保存将以您填写的为准。")
        return _(
            "%(who)s 已于 %(when)s 将本月填为 %(amount)s 万元（%(status)s）。请核对；再次保存将以您填写的为准。"
        ) % self._facts(self.standing)

    def clean(self):
        cleaned = super().clean()
        changed = set(self.changed_data)
        nothing = cleaned.get("invested") is None and "invested_to_date" not in changed
        if self.editable and self.is_changed() and nothing and "invested" not in self.errors and self.standing:
            self.add_error("invested", _("已填报的月份不能清空；确实没有投资请填 0。"))
        return cleaned

    def write(self, project, by) -> list[tuple[int, str]]:
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
            explanation=given["explanation"],
            draft=given["draft"],
        )
        done = _("%(month)s 月已存，尚未报送。") if given["draft"] else _("%(month)s 月已报送，待审核。")
        return told(messages.SUCCESS, [done % {"month": self.month}]) + warned(recorded.warnings)


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
    def rows(self) -> list[ProgressReport]:
        """In force and on their way, as far as this reader may see them."""
        if not self.project:
            return []
        rows = ProgressReport.objects.shown_to(self.request.user).current()
        return list(rows.filter(project=self.project, year=self.year).select_related(*ProgressReport.PEOPLE))

    @cached_property
    def in_force(self) -> dict[int, ProgressReport]:
        return {row.month: row for row in self.rows if row.status == Status.ACCEPTED}

    @cached_property
    def open(self) -> dict[int, ProgressReport]:
        return {row.month: row for row in self.rows if row.status != Status.ACCEPTED}

    def initial_of(self, number):
        row = self.open.get(number + 1) or self.in_force.get(number + 1)
        if row is None:
            return {}
        return {
            "invested": row.invested,
            "invested_to_date": self.to_date(number, row),
            "physical_percent": row.physical_percent,
            "note": row.note,
            "explanation": row.explanation,
            "draft": kept_back(row),
        }

    def to_date(self, number: int, row: ProgressReport) -> Decimal:
        """What the unit has filed up to the month before, and this row: as ``MonthFacts.filed_before``."""
        filed = self.in_force | {month: row for month, row in self.open.items() if row.status != Status.DRAFT}
        return sum((report.invested for month, report in filed.items() if month <= number), row.invested)


def kept_back(row: ProgressReport) -> bool:
    """A draft, or a returned month that was worked on since without being filed again."""
    if row.status == Status.RETURNED:
        return bool(row.returned_at and row.recorded_at > row.returned_at)
    return row.status == Status.DRAFT
