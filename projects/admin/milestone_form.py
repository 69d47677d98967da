"""The form of a milestone, in the project and on its own page; each difference goes to its own verb."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.core import validators
from erqi.core.admin.forms import FreshForm
from erqi.core.exceptions import Conflict, Forbidden
from projects.models import Milestone, Project
from projects.services import milestones
from projects.services.milestones import FACTS

from .followup_deeds import tell


class MilestoneForm(FreshForm):
    """Columns of the row, and one box for the reason of whatever needs one."""

    reason = forms.CharField(
        label=_("理由"),
        required=False,
        max_length=milestones.MOVE_REASON,
        validators=[validators.plain_text],
        help_text=_("改动日期、撤销完成或停用时必填。"),
    )
    # What a service said when it was tried.
    refused: ValidationError | None = None

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk and not cleaned.get("reason"):
            self._ask_for_a_reason(cleaned)
        met_on = cleaned.get("met_on")
        if met_on and met_on > timezone.localdate():
            self.add_error("met_on", gettext("完成日期不能晚于今天；还没有完成的请留空。"))
        if self.refused:
            tell(self, self.refused)
        return cleaned

    def _ask_for_a_reason(self, cleaned) -> None:
        row = self.instance
        if cleaned.get("due") and cleaned["due"] != row.due:
            moved = gettext("日期由 %(old)s 改为 %(new)s，须写明理由；原定日期 %(first)s 会保留。")
            days = {"old": row.due, "new": cleaned["due"], "first": row.original_due}
            self.add_error("reason", moved % days)
        elif row.met_on and "met_on" in cleaned and cleaned["met_on"] != row.met_on:
            self.add_error("reason", gettext("已登记于 %(day)s 完成，改动须写明理由。") % {"day": row.met_on})
        elif row.active and cleaned.get("active") is False:
            self.add_error("reason", gettext("停用须写明理由。"))


def write(form: MilestoneForm, *, by, project: Project | None = None) -> Milestone:
    """Hand each thing that differs to its own verb; boxes that the form does not have stay as they are."""
    given = {name: value for name, value in form.cleaned_data.items() if name in form.fields}
    reason = given.get("reason", "")
    if form.instance.pk is None:
        facts = {name: given[name] for name in FACTS if name in given}
        row = milestones.add_milestone(project=project or given["project"], due=given["due"], by=by, **facts)
    else:
        row = Milestone.objects.get(pk=form.instance.pk)
        row = milestones.edit_milestone(row, by=by, **{name: given[name] for name in FACTS if name in given})
    _write_dates(row, given, reason=reason, by=by)
    return row


def _write_dates(row: Milestone, given: dict[str, Any], *, reason: str, by) -> None:
    met_on, active = given.get("met_on", row.met_on), given.get("active", row.active)
    if active and not row.active:
        milestones.switch(row, active=True, reason=reason, by=by)
    if row.met_on and met_on != row.met_on:
        milestones.unmeet(row, reason=reason, by=by)
    if given["due"] != row.due:
        milestones.move_milestone(row, to=given["due"], reason=reason, by=by)
    if met_on and met_on != row.met_on:
        milestones.meet(row, on=met_on, by=by)
    if row.active and not active:
        milestones.switch(row, active=False, reason=reason, by=by)


def as_validation(error: Exception) -> ValidationError:
    return error if isinstance(error, ValidationError) else ValidationError(getattr(error, "message", str(error)))


SERVICE_REFUSALS = (ValidationError, Conflict, Forbidden)
