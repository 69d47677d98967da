"""Milestones in the form of their project."""

from typing import Any

from django.contrib import admin
from django.forms.models import BaseInlineFormSet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from erqi.core.admin.base import PartInline
from projects.models import Milestone, Project, SupervisionOrder
from projects.services import orders, problems

from .followup_lists import late_mark, mark
from .milestone_form import SERVICE_REFUSALS, MilestoneForm, as_validation, write
from .yearforms import Refused


class Shown:
    """Cells that the list and the inline share."""

    @admin.display(description=_("原定日期"), ordering="original_due")
    def first_due(self, row):
        return row.original_due.isoformat() if row.original_due else "—"

    @admin.display(description=_("现定日期"), ordering="due")
    def due_shown(self, row):
        return row.due.isoformat()

    @admin.display(description=_("比原定"))
    def slip(self, row):
        if not row.pk or not row.slipped_days:
            return "—"
        days = {"days": abs(row.slipped_days)}
        return gettext("晚 %(days)s 天") % days if row.slipped_days > 0 else gettext("早 %(days)s 天") % days

    @admin.display(description=_("情况"))
    def standing(self, row):
        if not row.pk:
            return "—"
        if not row.active:
            return mark("none", "×", pgettext("节点", "已停用"))
        if row.met_on:
            late = (row.met_on - row.original_due).days
            word = gettext("已完成，晚 %(days)s 天") % {"days": late} if late > 0 else gettext("已完成")
            return mark("done", "●", word)
        return late_mark((timezone.localdate() - row.due).days) if row.overdue else mark("open", "○", gettext("未到期"))


class MilestoneFormSet(BaseInlineFormSet):
    request: Any = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        refused = getattr(self.request, "refused", {}).get(self.prefix, {})
        forms: Any = self.forms
        for number, form in enumerate(forms):
            form.refused = refused.get(number)

    def save_new(self, form, commit=True):  # noqa: FBT002 - Django's signature
        return self._written(form)

    def save_existing(self, form, obj, commit=True):  # noqa: FBT002 - Django's signature
        return self._written(form)

    def _written(self, form):
        try:
            return write(form, by=self.request.user, project=self.instance)
        except SERVICE_REFUSALS as error:
            raise Refused({self.prefix or "": {self.forms.index(form): as_validation(error)}}) from error


class MilestoneInline(Shown, PartInline):
    model = Milestone
    form = MilestoneForm
    formset = MilestoneFormSet
    template = "admin/projects/milestone/inline.html"
    verbose_name_plural = _("节点")
    fields = ["name", "kind", "critical", "first_due", "due", "slip", "met_on", "standing", "reason", "more"]
    readonly_fields = ["first_due", "slip", "standing", "more"]

    class Media:
        css = {"all": ["erqi/followup.css"]}

    def get_queryset(self, request):
        return super().get_queryset(request).filter(active=True)

    def get_formset(self, request, obj=None, **kwargs):
        made = super().get_formset(request, obj, **kwargs)
        return type(made.__name__, (made,), {"request": request, "links": _links(request, obj)})

    def get_fields(self, request, obj=None):
        names = super().get_fields(request, obj)
        return names if self.may_change_parent(request, obj) else [n for n in names if n != "reason"]

    def has_delete_permission(self, request, obj=None):
        # Switched off instead, with a reason, on the milestone's own page.
        return False

    @admin.display(description=_("更多"))
    def more(self, row):
        if not row.pk:
            return ""
        address = reverse("admin:projects_milestone_change", args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("详情"))


def _links(request, project: Project | None) -> list[tuple[str, str]]:
    """Where the project's problems and orders are, and where new ones are entered."""
    if project is None or project.pk is None:
        return []
    user, key = request.user, f"project={project.pk}"
    found = [
        _to("problem", "changelist", f"project__id__exact={project.pk}&turn=all", gettext("问题"), project.problems)
    ]
    if problems.may_raise(project, by=user):
        answers = f"&responsible_unit={project.lead_unit_id}" if project.lead_unit_id else ""
        found.append((reverse("admin:projects_problem_add") + f"?{key}{answers}", gettext("提出问题")))
    seen = SupervisionOrder.objects.visible_to(user).filter(project=project)
    found.append(
        _to("supervisionorder", "changelist", f"project__id__exact={project.pk}&turn=all", gettext("督办单"), seen)
    )
    unit = project.lead_unit
    if unit and orders.may_issue(unit, by=user):
        address = reverse("admin:projects_supervisionorder_add")
        found.append((f"{address}?{key}&unit={unit.pk}", gettext("下发督办单")))
    return found


def _to(model: str, page: str, query: str, word: str, rows) -> tuple[str, str]:
    count = gettext("%(word)s（%(open)s 件未办完）") % {"word": word, "open": rows.all().open().count()}
    return f"{reverse(f'admin:projects_{model}_{page}')}?{query}", count
