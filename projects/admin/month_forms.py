"""A row of the month page: boxes to fill in, or a decision about what was filed."""

import hashlib
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core import validators
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.fields import NumberFormField
from erqi.core.numbers import trimmed
from projects.models import ProgressReport
from projects.reports.clerk import Entry
from projects.services import workflow
from projects.services.progress import record_month
from projects.services.seen import unchanged, version

from .yearforms.base import AMOUNT, careful

CONTENT = ("invested", "physical_percent", "note", "explanation")
Status = ProgressReport.Status


def digest(content: dict[str, Any]) -> str:
    """Of what the boxes hold, however it is written: one hidden box a row, where Django's own way would need four."""
    plain = [_plain(content.get(name)) for name in CONTENT]
    return hashlib.blake2s(repr(plain).encode(), digest_size=8).hexdigest()


def _plain(value) -> str:
    """Browsers send every line break as two characters."""
    return trimmed(value) if isinstance(value, Decimal) else (value or "").replace("\r\n", "\n").strip()


class RowForm(forms.Form):
    """Knows its row and the version its reader saw; refusals of the services end up beside the right box."""

    # A copy of what was sent, which can be written to.
    data: Any
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, entry: Entry, year: int, month: int, by):
        self.entry, self.year, self.month, self.by = entry, year, month, by
        super().__init__(data.copy() if data else None, prefix=prefix_of(entry), label_suffix="")
        self.initial = self.first_values()

    def first_values(self) -> dict[str, Any]:
        return {"seen": version(self.entry.report)}

    @property
    def seen_version(self) -> str:
        return self.data.get(self.add_prefix("seen"), "").partition(".")[0]

    @property
    def changed(self) -> bool:
        """Whether it holds anything that its reader has typed."""
        raise NotImplementedError

    def attempt(self, verb: str) -> list[str] | None:
        """Take the step; warnings if it was taken, None (and errors on the form) if it was refused."""
        if not self.is_valid():
            return None
        try:
            with unchanged(self.entry.project, self.year, self.month, seen=self.seen_version) as report:
                return self.take(verb, report)
        except ValidationError as refused:
            for name, errors in refused.update_error_dict({}).items():
                self.add_error(name if name in self.fields else None, errors)
        except Conflict as refused:
            if "version" in refused.facts:
                self.told(refused.facts["version"])
            self.add_error(None, refused.message)
        except Forbidden as refused:
            self.add_error(None, refused.message)
        return None

    def told(self, now: str) -> None:
        """Told once; sending it again is then a decision."""
        self.data[self.add_prefix("seen")] = now

    def take(self, verb: str, report: ProgressReport | None) -> list[str]:
        raise NotImplementedError


class FilingForm(RowForm):
    """The boxes of a month that has yet to be filed."""

    copied = forms.BooleanField(required=False, widget=forms.HiddenInput)
    invested = NumberFormField(label=gettext_lazy("本月完成（万元）"), **AMOUNT)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields |= careful(ProgressReport, ["physical_percent", "note", "explanation"])
        self.fields["note"].widget = forms.Textarea(attrs={"rows": 2, "maxlength": 2000})
        self.fields["explanation"].widget = forms.Textarea(attrs={"rows": 2, "maxlength": 500})
        for name in CONTENT:
            self.fields[name].widget.attrs["data-box"] = name

    def first_values(self):
        report = self.entry.report
        content = {name: getattr(report, name) for name in CONTENT} if report else {}
        copied = bool(report and report.copied_forward)
        return content | {"seen": f"{version(report)}.{digest(content)}", "copied": copied}

    @cached_property
    def changed(self) -> bool:
        """Whether the boxes hold anything but what their reader found in them."""
        if not self.is_valid():
            return True
        shown = self.data.get(self.add_prefix("seen"), "").partition(".")[2]
        return digest(self.cleaned_data) != (shown or digest({}))

    @property
    def ready(self) -> bool:
        """Filled in before and not filed since; what was returned counts only once somebody has worked on it."""
        report = self.entry.report
        if report is None or report.status not in workflow.SUBMIT.sources:
            return False
        return report.returned_at is None or report.recorded_at > report.returned_at

    @property
    def is_copied(self) -> bool:
        """The text is last month's, word for word: only then may the row say so."""
        last, marked = self.entry.last, str(self["copied"].value()).lower() in {"true", "on"}
        return last is not None and marked and _plain(self["note"].value()) == _plain(last.note)

    @property
    def explains(self) -> bool:
        """Whether the box for an explanation stands open."""
        return bool(self["explanation"].value() or (self.is_bound and "explanation" in self.errors))

    def told(self, now):
        shown = self.data.get(self.add_prefix("seen"), "").partition(".")[2]
        self.data[self.add_prefix("seen")] = f"{now}.{shown}"

    def take(self, verb, report):
        if report and self.cleaned_data["invested"] is None:
            raise ValidationError({"invested": _("已填报的月份不能清空；确实没有投资请填 0，并写明情况。")})
        recorded = record_month(
            project=self.entry.project,
            year=self.year,
            month=self.month,
            by=self.by,
            invested=self.cleaned_data["invested"],
            physical_percent=self.cleaned_data["physical_percent"],
            note=_plain(self.cleaned_data["note"]),
            explanation=_plain(self.cleaned_data["explanation"]),
            copied_forward=self.is_copied,
            draft=verb == "draft",
        )
        return recorded.warnings if verb == "draft" else []


class DecisionForm(RowForm):
    """Sign or return what was filed, or take it back."""

    chosen = forms.BooleanField(required=False)
    reason = forms.CharField(
        label=gettext_lazy("退回理由"),
        required=False,
        max_length=500,
        validators=[validators.plain_text],
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": 500}),
    )
    fields_meant = forms.MultipleChoiceField(
        label=gettext_lazy("所指栏目（可不选）"),
        choices=ProgressReport.Field.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    @property
    def changed(self) -> bool:
        return bool(self["reason"].value())

    def take(self, verb, report):
        if report is None:
            raise Conflict(_("这一项还没有填报。"), code="not_filed")
        if verb == workflow.ENDORSE.verb:
            workflow.endorse(report, by=self.by)
        elif verb == workflow.WITHDRAW.verb:
            workflow.withdraw(report, by=self.by)
        else:
            given = self.cleaned_data
            workflow.return_report(report, by=self.by, reason=given["reason"], fields=given["fields_meant"])
        return []


def prefix_of(entry: Entry) -> str:
    return f"r{entry.project.pk}"


def form_sent(data, entry: Entry) -> type[RowForm] | None:
    """Which form of the row the page held when it was sent; the row may have moved on since."""
    if f"{prefix_of(entry)}-invested" in data:
        return FilingForm
    return DecisionForm if f"{prefix_of(entry)}-seen" in data else None
