"""A problem's way: 新增 → 推进中 → 已解决待核 → 已销号, and who deals with it. Its story is in the audit trail."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.services import audit
from projects.models import Problem, Project, Unit

from . import saying, steps
from .steps import Step

Status, Level = Problem.Status, Problem.Level
LEVELS = list(Level)
AT_WORK = (Status.NEW, Status.PROGRESSING)
OPEN = (*AT_WORK, Status.SETTLED)

EDIT = Step("edit", gettext_lazy("修改"), AT_WORK, None, (Action.CHANGE,))
NOTE = Step("note", gettext_lazy("登记进展"), AT_WORK, Status.PROGRESSING, (Action.REPORT, Action.REVIEW), words="note")
SETTLE = Step("settle", gettext_lazy("报告已解决"), AT_WORK, Status.SETTLED, (Action.REPORT,), words="resolution")
CLOSE = Step("close", gettext_lazy("销号"), (Status.SETTLED,), Status.CLOSED, (Action.REVIEW,), apart=("settled_by",))
RETURN = Step("return", gettext_lazy("退回"), (Status.SETTLED,), Status.PROGRESSING, (Action.REVIEW,), words="reason")
ESCALATE = Step("escalate", gettext_lazy("提级"), AT_WORK, None, (Action.REPORT, Action.REVIEW), words="reason")
ASSIGN = Step("assign", gettext_lazy("转办"), AT_WORK, None, (Action.REVIEW,), words="reason")
RESCHEDULE = Step("reschedule", gettext_lazy("调整时限"), OPEN, None, (Action.REVIEW,), words="reason")
REOPEN = Step(
    "reopen", gettext_lazy("重新打开"), (Status.CLOSED,), Status.PROGRESSING, (Action.REVIEW,), words="reason"
)
STEPS = (NOTE, SETTLE, CLOSE, RETURN, ESCALATE, ASSIGN, RESCHEDULE, REOPEN, EDIT)
FACTS = ("kind", "description", "responsible_person")


def allowed(problems: Sequence[Problem], *, by: User) -> dict[int, list[str]]:
    """By primary key, the verbs that ``by`` may use now; a unit raises a problem to the bureau and no further."""
    found = steps.allowed(problems, STEPS, by=by)
    raised = [row.pk for row in problems if row.level != Level.UNIT and ESCALATE.verb in found[row.pk]]
    rows = Problem.objects.reachable(by, Action.REVIEW).filter(pk__in=raised)
    reviewed = set(rows.values_list("pk", flat=True)) if raised else set()
    top = {row.pk for row in problems if row.level == LEVELS[-1]}
    for pk in raised:
        if pk in top or pk not in reviewed:
            found[pk].remove(ESCALATE.verb)
    return found


def may_raise(project: Project, *, by: User) -> bool:
    actions = (Action.REPORT, Action.REVIEW)
    return any(Project.objects.reachable(by, action).filter(pk=project.pk).exists() for action in actions)


@transaction.atomic
def raise_problem(
    *,
    project: Project,
    kind: str,
    description: str,
    responsible_unit: Unit,
    deadline: date,
    by: User | None,
    responsible_person: str = "",
) -> Problem:
    project = Project.objects.locked(project.pk)
    if by is not None and not may_raise(project, by=by):
        raise Forbidden(_("您不能为“%(project)s”提出问题。") % {"project": project}, code="out_of_reach")
    problem = Problem(
        project=project,
        kind=kind,
        description=description.strip(),
        responsible_unit=_active(responsible_unit),
        responsible_person=responsible_person.strip(),
        deadline=saying.day_to_come("deadline", deadline),
        raised_by=by,
    )
    _save(problem)
    audit.record("problem.raise", problem, by=by, after=_described(problem))
    return problem


@transaction.atomic
def edit(problem: Problem, *, by: User | None, **facts: str) -> Problem:
    """What it is and who in the unit sees to it. Unit, deadline and level have verbs of their own."""
    unknown = set(facts) - set(FACTS)
    if unknown:
        raise TypeError(f"not facts of a problem: {sorted(unknown)}")
    problem = _begin(EDIT, problem, by=by)
    before = {name: str(getattr(problem, name)) for name in FACTS}
    for name, value in facts.items():
        setattr(problem, name, value.strip())
    _save(problem)
    audit.record_change(
        "problem.change", problem, by=by, before=before, after={name: str(getattr(problem, name)) for name in FACTS}
    )
    return problem


@transaction.atomic
def note_progress(problem: Problem, *, note: str, by: User | None) -> Problem:
    problem = _begin(NOTE, problem, by=by, words=note)
    return _end(NOTE, problem, by=by, reason=saying.words("note", note))


@transaction.atomic
def settle(problem: Problem, *, resolution: str, by: User | None) -> Problem:
    """The unit says that it is solved, and how; somebody else will look."""
    problem = _begin(SETTLE, problem, by=by, words=resolution)
    problem.resolution, problem.settled_by = saying.words("resolution", resolution), by
    return _end(SETTLE, problem, by=by, reason=problem.resolution)


@transaction.atomic
def close(problem: Problem, *, by: User | None, note: str = "") -> Problem:
    """销号."""
    problem = _begin(CLOSE, problem, by=by)
    problem.closed_at, problem.closed_by = timezone.now(), by
    return _end(CLOSE, problem, by=by, reason=saying.words("note", note))


@transaction.atomic
def send_back(problem: Problem, *, reason: str, by: User | None) -> Problem:
    problem = _begin(RETURN, problem, by=by, words=reason)
    return _back_to_work(RETURN, problem, reason=reason, by=by)


@transaction.atomic
def reopen(problem: Problem, *, reason: str, by: User | None) -> Problem:
    problem = _begin(REOPEN, problem, by=by, words=reason)
    return _back_to_work(REOPEN, problem, reason=reason, by=by)


@transaction.atomic
def escalate(problem: Problem, *, level: str, reason: str, by: User | None) -> Problem:
    """To a higher level; a unit may ask the bureau to take it on, the bureau may take it further."""
    problem = _begin(ESCALATE, problem, by=by, words=reason)
    before = problem.level
    problem.level = _higher(problem, level)
    if by is not None and level != Level.BUREAU and not _reviews(problem, by):
        raise Forbidden(
            _("单位只能提级到“%(bureau)s”，再往上由其提出。") % {"bureau": Level.BUREAU.label}, code="level_too_high"
        )
    return _end(ESCALATE, problem, by=by, before={"level": before}, after={"level": level}, reason=reason)


@transaction.atomic
def assign(problem: Problem, *, responsible_unit: Unit, reason: str, by: User | None, person: str = "") -> Problem:
    """Another unit answers for it from now on."""
    problem = _begin(ASSIGN, problem, by=by, words=reason)
    if responsible_unit.pk == problem.responsible_unit_id:
        raise ValidationError({"responsible_unit": _("现在就由该单位负责。")})
    before = {"responsible_unit": str(problem.responsible_unit), "responsible_person": problem.responsible_person}
    problem.responsible_unit, problem.responsible_person = _active(responsible_unit), person.strip()
    after = {"responsible_unit": str(responsible_unit), "responsible_person": problem.responsible_person}
    return _end(ASSIGN, problem, by=by, before=before, after=after, reason=reason)


@transaction.atomic
def reschedule(problem: Problem, *, deadline: date, reason: str, by: User | None) -> Problem:
    problem = _begin(RESCHEDULE, problem, by=by, words=reason)
    if saying.day_to_come("deadline", deadline) == problem.deadline:
        raise ValidationError({"deadline": _("与现在的时限（%(day)s）相同。") % {"day": deadline.isoformat()}})
    before, problem.deadline = problem.deadline, deadline
    days = {"before": {"deadline": before.isoformat()}, "after": {"deadline": deadline.isoformat()}}
    return _end(RESCHEDULE, problem, by=by, reason=reason, **days)


def _higher(problem: Problem, level: str) -> str:
    above = LEVELS[LEVELS.index(Level(problem.level)) + 1 :]
    if not above:
        message = _("“%(problem)s”已由“%(level)s”处理，没有更高的层级。")
        facts = {"problem": problem, "level": problem.get_level_display()}
        raise Conflict(message % facts, code="highest_level", **steps.state_facts(problem))
    if level not in above:
        names = "、".join(f"{choice.label}（{choice.value}）" for choice in above)
        raise ValidationError({"level": _("只能提到更高的层级：%(names)s。") % {"names": names}})
    return level


def _reviews(problem: Problem, by: User) -> bool:
    return Problem.objects.reachable(by, Action.REVIEW).filter(pk=problem.pk).exists()


def _active(unit: Unit) -> Unit:
    if not unit.active:
        raise ValidationError({"responsible_unit": _("“%(unit)s”已停用，不能再选。") % {"unit": unit}})
    return unit


def _begin(step: Step, problem: Problem, *, by: User | None, words: str = "") -> Problem:
    """The row as it is now, its project locked until the transaction ends, the step checked against it."""
    project = Project.objects.locked(problem.project_id)
    rows = Problem.objects.select_related("responsible_unit", "status_by", "raised_by", "settled_by", "closed_by")
    problem = rows.get(pk=problem.pk)
    problem.project = project
    steps.check(step, problem, by=by, words=words)
    return problem


def _back_to_work(step: Step, problem: Problem, *, reason: str, by: User | None) -> Problem:
    """What was said of its solution no longer holds; the trail keeps it."""
    before = {"resolution": problem.resolution} if problem.resolution else {}
    problem.resolution, problem.settled_by, problem.closed_at, problem.closed_by = "", None, None, None
    return _end(step, problem, by=by, before=before, reason=reason)


def _end(
    step: Step,
    problem: Problem,
    *,
    by: User | None,
    reason: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Problem:
    said, came_from = saying.words(step.words or "reason", reason), problem.status
    if step.target and step.target != came_from:
        problem.status, problem.status_at, problem.status_by = step.target, timezone.now(), by
    _save(problem)
    moved = problem.status != came_from
    audit.record(
        f"problem.{step.verb}",
        problem,
        by=by,
        before=(before or {}) | ({"status": came_from} if moved else {}),
        after=(after or {}) | ({"status": problem.status} if moved else {}),
        reason=said,
    )
    return problem


def _save(problem: Problem) -> None:
    problem.clean_fields(exclude=["project", "responsible_unit", "status_by", "raised_by", "settled_by", "closed_by"])
    problem.save()


def _described(problem: Problem) -> dict[str, str]:
    return {
        "kind": problem.kind,
        "description": problem.description,
        "responsible_unit": str(problem.responsible_unit),
        "responsible_person": problem.responsible_person,
        "deadline": problem.deadline.isoformat(),
    }
