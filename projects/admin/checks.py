"""The checks on filing: what each looks at, and how strictly the bureau has it applied."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from erqi.core.admin.base import ReadOnlyAdmin
from erqi.core.fields import NumberFormField
from projects.models import FilingCheck
from projects.services.checks import CHECKS, Check
from projects.services.filing_checks import restore_defaults, set_check


class CheckForm(forms.Form):
    severity = forms.ChoiceField(choices=FilingCheck.Severity.choices)
    threshold = NumberFormField(
        max_digits=8,
        decimal_places=2,
        min_value=Decimal("0.01"),
        required=False,
        error_messages={"min_value": _("界限应大于 0。")},
    )


@dataclass(frozen=True)
class Line:
    """A check, the row that sets it (None: as it comes), and the boxes to change it."""

    code: str
    name: str
    check: Check
    row: FilingCheck | None
    form: CheckForm

    @property
    def moved(self) -> bool:
        default = (self.check.severity, self.check.threshold)
        return self.row is not None and (self.row.severity, self.threshold) != default

    @property
    def severity(self) -> str:
        return str(FilingCheck.Severity(self.row.severity if self.row else self.check.severity).label)

    @property
    def threshold(self) -> Decimal | None:
        return _threshold(self.check, self.row)

    @property
    def default(self) -> str:
        return str(FilingCheck.Severity(self.check.severity).label)


def _threshold(check: Check, row: FilingCheck | None) -> Decimal | None:
    return row.threshold if row and row.threshold is not None else check.threshold


def lines(data=None) -> list[Line]:
    rows = {row.code: row for row in FilingCheck.objects.all()}
    found = []
    for code, check in CHECKS.items():
        row = rows.get(code)
        initial = {"severity": row.severity if row else check.severity, "threshold": _threshold(check, row)}
        form = CheckForm(data, prefix=code, initial=initial, label_suffix="")
        found.append(Line(code, str(FilingCheck.Code(code).label), check, row, form))
    return found


@admin.register(FilingCheck)
class FilingCheckAdmin(ReadOnlyAdmin):
    """All checks on one page, whether or not a row sets them; a row is made when one is changed."""

    fields = ["code", "severity", "threshold"]

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_change = request.user.has_perm("projects.change_filingcheck")
        found = lines(request.POST if request.method == "POST" and "_save" in request.POST else None)
        if request.method == "POST":
            if not may_change:
                raise PermissionDenied
            if self._saved(request, found):
                return redirect(request.get_full_path())
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": str(self.opts.verbose_name_plural),
            "opts": self.opts,
            "lines": found,
            "may_change": may_change,
        }
        return TemplateResponse(request, "admin/projects/filingcheck/change_list.html", context)

    @staticmethod
    def _saved(request, found: list[Line]) -> bool:
        if "_restore" in request.POST:
            changed = restore_defaults(by=request.user)
        elif sum(not line.form.is_valid() for line in found) == 0:
            try:
                changed = _write(found, request.user)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
                return False
        else:
            return False
        if changed:
            messages.success(request, _("已修改 %(n)s 项检查；以后报送的月份按新的检查。") % {"n": changed})
        else:
            messages.info(request, _("没有改动。"))
        return True


@transaction.atomic
def _write(found: list[Line], user) -> int:
    return sum(set_check(code=line.code, by=user, **line.form.cleaned_data) for line in found)
