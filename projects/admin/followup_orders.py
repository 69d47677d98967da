"""Supervision orders in the admin."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action, Area, may
from projects.models import OrderExtension, SupervisionOrder
from projects.services import orders, steps

from .filters import VisibleRowsFilter
from .followup import StoryAdmin
from .followup_deeds import DeedForm, NoteForm, ReasonForm, day, deed, text
from .followup_lists import TurnFilter, late_mark, mark, project_link, searched


class FeedbackForm(DeedForm):
    feedback = text(_("办理情况"), rows=5, limit=2000)


class ExtensionForm(DeedForm):
    to_due = day(_("延至"))
    reason = text(_("理由"))


class DecisionForm(DeedForm):
    """Which extension its reader saw, so that nobody decides another one."""

    extension = forms.ModelChoiceField(queryset=OrderExtension.objects.none(), widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        asked = self.row.extensions.all()
        self.fields["extension"].queryset = asked  # type: ignore[attr-defined]
        self.initial.setdefault("extension", asked.pending().values_list("pk", flat=True).first())


class GrantForm(DecisionForm):
    note = text(_("意见（可不填）"), rows=2, limit=300, required=False)


class RefuseForm(DecisionForm):
    reason = text(_("理由"), rows=2, limit=300)


def grant(_order, *, extension, note, by):
    return orders.grant(extension, note=note, by=by)


def refuse(_order, *, extension, reason, by):
    return orders.refuse(extension, reason=reason, by=by)


MARKS = {
    SupervisionOrder.Status.ISSUED: ("open", "○"),
    SupervisionOrder.Status.SIGNED: ("open", "◐"),
    SupervisionOrder.Status.ANSWERED: ("wait", "◑"),
    SupervisionOrder.Status.REDO: ("open", "↺"),
    SupervisionOrder.Status.CLOSED: ("done", "●"),
    SupervisionOrder.Status.REVOKED: ("none", "×"),
}


def state(order: SupervisionOrder):
    return mark(*MARKS[SupervisionOrder.Status(order.status)], order.get_status_display())


@admin.register(SupervisionOrder)
class SupervisionOrderAdmin(StoryAdmin):
    list_display = ["number", "title", "unit", "project", "due_shown", "state", "late", "reminders"]
    list_display_links = ["number", "title"]
    list_filter = [TurnFilter, "status", "origin", ("unit", VisibleRowsFilter)]
    list_select_related = ["project", "unit"]
    linked_by = ("project",)
    search_fields = ["number", "title"]
    search_help_text = _("编号、事项，或项目名称、拼音、首字母。")
    autocomplete_fields = ["project", "unit"]
    new_fields = ("unit", "project", "origin", "title", "requirement", "due")
    new_title = _("下发督办单")
    first_actions = ("order.issue",)
    part = OrderExtension
    deeds = (
        deed(orders.SIGN, orders.sign, main=True),
        deed(orders.ANSWER, orders.answer, FeedbackForm, main=True),
        deed(orders.CLOSE, orders.close, NoteForm, main=True),
        deed(orders.RETURN, orders.send_back, ReasonForm, main=True),
        deed(orders.GRANT, grant, GrantForm, main=True),
        deed(orders.REFUSE, refuse, RefuseForm, main=True),
        deed(orders.EXTEND, orders.request_extension, ExtensionForm),
        deed(orders.REMIND, orders.remind, NoteForm),
        deed(orders.REVOKE, orders.revoke, ReasonForm),
    )

    def allowed(self, rows, *, by):
        return orders.allowed(rows, by=by)

    def may_create(self, request):
        return may(request.user, Area.SUPERVISION, Action.REVIEW)

    def create(self, request, given):
        return orders.issue_order(by=request.user, **given)

    def seen(self, row):
        return f"{super().seen(row)} {row.due} {row.reminders}"

    def get_search_results(self, request, queryset, search_term):
        return searched(queryset, search_term, "number", "title") if search_term else queryset, False

    def lead(self, request, row):
        return row.requirement

    def facts(self, request, row):
        asked = row.extensions.pending().select_related("requested_by").first()
        return [
            (_("承办单位"), row.unit),
            (_("项目"), project_link(request, row.project)),
            (_("来源"), row.get_origin_display()),
            (_("状态"), state(row)),
            (_("办理期限"), self.due_shown(row)),
            (_("是否逾期"), self.late(row)),
            (_("催办"), self._reminded(row)),
            (_("退回"), gettext("%(n)s 次") % {"n": row.redone}),
            *([(_("待审批的延期"), self._asked(asked))] if asked else []),
            *([(_("办理情况"), row.feedback)] if row.feedback else []),
            *([(_("核查意见"), row.check_note)] if row.check_note else []),
        ]

    @staticmethod
    def _asked(asked: OrderExtension) -> str:
        who, when = asked.standing
        facts = {"day": asked.to_due, "who": who or gettext("系统"), "when": steps.at(when), "reason": asked.reason}
        return gettext("延至 %(day)s（%(who)s，%(when)s）：%(reason)s") % facts

    @staticmethod
    def _reminded(order: SupervisionOrder) -> str:
        if not order.reminded_at:
            return "—"
        facts = {"n": order.reminders, "when": steps.at(order.reminded_at)}
        return gettext("%(n)s 次，最近 %(when)s") % facts

    @admin.display(description=_("期限"), ordering="due")
    def due_shown(self, order):
        if order.due == order.original_due:
            return order.due.isoformat()
        return gettext("%(due)s（原定 %(first)s）") % {"due": order.due, "first": order.original_due}

    @admin.display(description=_("状态"), ordering="status")
    def state(self, order):
        return state(order)

    @admin.display(description=_("逾期"))
    def late(self, order):
        return late_mark((timezone.localdate() - order.due).days) if order.overdue else "—"
