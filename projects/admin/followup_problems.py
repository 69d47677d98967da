"""Problems in the admin."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erqi.accounts.roles import Action, Area, may
from projects.models import Problem, Unit
from projects.services import problems
from projects.services.problems import LEVELS

from .filters import VisibleRowsFilter
from .followup import StoryAdmin
from .followup_deeds import DeedForm, NoteForm, ReasonForm, day, deed, text
from .followup_lists import TurnFilter, late_mark, mark, project_link, searched


class ProgressForm(DeedForm):
    note = text(_("进展"))


class ResolutionForm(DeedForm):
    resolution = text(_("怎样解决的"))


class EscalateForm(DeedForm):
    level = forms.ChoiceField(label=_("提到"))
    reason = text(_("理由"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        above = LEVELS[LEVELS.index(Problem.Level(self.row.level)) + 1 :]
        if not Problem.objects.reachable(self.request.user, Action.REVIEW).filter(pk=self.row.pk).exists():
            above = above[:1]
        self.fields["level"].choices = [(level.value, level.label) for level in above]  # type: ignore[attr-defined]


class AssignForm(DeedForm):
    responsible_unit: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("转给"),
        queryset=Unit.objects.filter(active=True),
        widget=AutocompleteSelect(Problem._meta.get_field("responsible_unit"), admin.site),
    )
    person = text(_("责任人（可不填）"), rows=1, limit=50, required=False)
    reason = text(_("理由"))


class DeadlineForm(DeedForm):
    deadline = day(_("新的时限"))
    reason = text(_("理由"))


class EditForm(DeedForm):
    kind = forms.ChoiceField(label=_("类型"), choices=Problem.Kind.choices)
    description = text(_("问题"), limit=1000)
    responsible_person = text(_("责任人"), rows=1, limit=50, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("kind", "description", "responsible_person"):
            self.initial.setdefault(name, getattr(self.row, name))


MARKS = {
    Problem.Status.NEW: ("open", "○"),
    Problem.Status.PROGRESSING: ("open", "◐"),
    Problem.Status.SETTLED: ("wait", "◑"),
    Problem.Status.CLOSED: ("done", "●"),
}


def state(problem: Problem):
    return mark(*MARKS[Problem.Status(problem.status)], problem.get_status_display())


@admin.register(Problem)
class ProblemAdmin(StoryAdmin):
    list_display = ["what", "project", "kind", "responsible_unit", "deadline_shown", "state", "level", "late"]
    list_display_links = ["what"]
    list_filter = [TurnFilter, "status", "level", "kind", ("responsible_unit", VisibleRowsFilter)]
    list_select_related = ["project", "responsible_unit"]
    linked_by = ("project",)
    search_fields = ["description"]
    search_help_text = _("项目名称、拼音、首字母，或问题中的文字。")
    autocomplete_fields = ["project", "responsible_unit"]
    new_fields = ("project", "kind", "description", "responsible_unit", "responsible_person", "deadline")
    new_title = _("提出问题")
    first_actions = ("problem.raise",)
    deeds = (
        deed(problems.NOTE, problems.note_progress, ProgressForm, main=True),
        deed(problems.SETTLE, problems.settle, ResolutionForm, main=True),
        deed(problems.CLOSE, problems.close, NoteForm, main=True),
        deed(problems.RETURN, problems.send_back, ReasonForm, main=True),
        deed(problems.REOPEN, problems.reopen, ReasonForm),
        deed(problems.ESCALATE, problems.escalate, EscalateForm),
        deed(problems.RESCHEDULE, problems.reschedule, DeadlineForm),
        deed(problems.ASSIGN, problems.assign, AssignForm),
        deed(problems.EDIT, problems.edit, EditForm),
    )

    def allowed(self, rows, *, by):
        return problems.allowed(rows, by=by)

    def may_create(self, request):
        return may(request.user, Area.PROJECT, Action.REPORT) or may(request.user, Area.PROJECT, Action.REVIEW)

    def create(self, request, given):
        return problems.raise_problem(by=request.user, **given)

    def get_search_results(self, request, queryset, search_term):
        return searched(queryset, search_term, "description") if search_term else queryset, False

    def lead(self, request, row):
        return row.description

    def facts(self, request, row):
        return [
            (_("项目"), project_link(request, row.project)),
            (_("类型"), row.get_kind_display()),
            (_("状态"), state(row)),
            (_("层级"), row.get_level_display()),
            (_("责任单位"), row.responsible_unit),
            (_("责任人"), row.responsible_person or "—"),
            (_("解决时限"), self.deadline_shown(row)),
            (_("是否逾期"), self.late(row)),
            (_("解决情况"), row.resolution or "—"),
        ]

    @admin.display(description=_("问题"), ordering="description")
    def what(self, problem):
        return shortened(problem.description)

    @admin.display(description=_("时限"), ordering="deadline")
    def deadline_shown(self, problem):
        return problem.deadline.isoformat()

    @admin.display(description=_("状态"), ordering="status")
    def state(self, problem):
        return state(problem)

    @admin.display(description=_("逾期"))
    def late(self, problem):
        return late_mark((timezone.localdate() - problem.deadline).days) if problem.overdue else "—"


def shortened(words: str, length: int = 40) -> str:
    return words if len(words) <= length else f"{words[: length - 1]}…"
