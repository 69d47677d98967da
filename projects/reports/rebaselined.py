"""Plans that were changed after they were set: who changed what, when and why, and what the original would say.

A plan that is quietly lowered hides lateness, so progress stands here against the original and the current plan.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.db.models import Count, Q, QuerySet, Sum

from erqi.accounts.models import User
from erqi.core import money
from projects.models import AnnualPlan, PlanChange, Project, ScheduledMonth
from projects.models.choices import Baseline

from .figures import ZERO, Figures
from .scope import plans_of, reports_of, within

# The colour (``Light.Colour``) that the rules in force give to what a project planned and did.
Judge = Callable[[Figures], str]


@dataclass(frozen=True)
class Change:
    """One later version of the plan: from which amount to which (万元), and whether the months moved.

    ``asked_by`` is known where the unit asked for it; ``decided_by`` decided it, or set it without being asked.
    """

    plan: AnnualPlan
    before: Decimal
    after: Decimal
    rescheduled: bool
    asked_by: User | None
    asked_at: datetime | None
    decided_by: User | None
    at: datetime
    reason: str

    @property
    def difference(self) -> Decimal:
        return self.after - self.before

    @property
    def moves_baseline(self) -> bool:
        return bool(self.difference) or self.rescheduled


@dataclass(frozen=True)
class Rebaselined:
    """A project whose amount or months were changed; figures against the original and against the current plan."""

    project: Project
    original: Figures
    current: Figures
    changes: list[Change]
    # None where no rules were given to judge by.
    original_colour: str | None = None
    current_colour: str | None = None

    @property
    def difference(self) -> Decimal:
        """Current − original (万元): below 0 where the year's plan was lowered."""
        return self.current.plan - self.original.plan

    @property
    def hidden_points(self) -> Decimal | None:
        """How many points of distance from schedule the changes took away: ahead by current − ahead by original."""
        if self.current.ahead is None or self.original.ahead is None:
            return None
        return self.current.ahead - self.original.ahead


@dataclass(frozen=True)
class Colours:
    """How many of all planned projects would be red and yellow for their investment, by the original and by the current
    plans. What is not accepted for the month is grey in both.
    """

    original_red: int = 0
    original_yellow: int = 0
    current_red: int = 0
    current_yellow: int = 0


@dataclass(frozen=True)
class RebaselinedReport:
    """``lowered`` and ``raised``: sums of the differences below and above 0 (万元), both as positive amounts.

    ``original`` and ``current`` are all planned projects together; ``colours`` is None without rules to judge by.
    """

    year: int
    month: int
    lines: list[Rebaselined]
    original: Figures
    current: Figures
    colours: Colours | None
    lowered: Decimal = ZERO
    raised: Decimal = ZERO
    lowered_count: int = 0
    raised_count: int = 0
    changes: int = 0


def rebaselined(
    *, year: int, month: int, projects: QuerySet[Project] | None = None, judge: Judge | None = None
) -> RebaselinedReport:
    """Projects whose plan for ``year`` was changed in amount or months, with their progress from January to ``month``.

    A version that changed only words (objective, class, opening) moves no baseline and is no line here, but is told
    among the changes of a project that is one. Seven statements, whatever the number of projects.
    """
    pairs = _figures(projects, year, month)
    changes = _changes(projects, year)
    moved = {pk: found for pk, found in changes.items() if any(change.moves_baseline for change in found)}
    rows = {project.pk: project for project in Project.objects.with_names().filter(pk__in=moved)}
    lines = [Rebaselined(project, *pairs[pk], moved[pk], *_colours(pairs[pk], judge)) for pk, project in rows.items()]
    lowered = [-line.difference for line in lines if line.difference < 0]
    raised = [line.difference for line in lines if line.difference > 0]
    return RebaselinedReport(
        year=year,
        month=month,
        lines=sorted(lines, key=lambda line: (line.difference, line.project.code)),
        original=sum((original for original, _current in pairs.values()), Figures()),
        current=sum((current for _original, current in pairs.values()), Figures()),
        colours=_counted(pairs.values(), judge) if judge else None,
        lowered=sum(lowered, ZERO),
        raised=sum(raised, ZERO),
        lowered_count=len(lowered),
        raised_count=len(raised),
        changes=sum(len(line.changes) for line in lines),
    )


Pair = tuple[Figures, Figures]


def _figures(scope: QuerySet[Project] | None, year: int, month: int) -> dict[int, Pair]:
    """Project → its figures against the original plan and against the current one."""
    in_this_month = Count("pk", filter=Q(month=month))
    rows = reports_of(scope, year, month, None).values_list("project")
    done = {pk: found for pk, *found in rows.annotate(total=Sum("invested"), here=in_this_month)}
    against = [_against(plans_of(scope, year, None, baseline), month, done) for baseline in Baseline]
    return {pk: (against[0][pk], found) for pk, found in against[1].items() if pk in against[0]}


def _against(plans: QuerySet[AnnualPlan], month: int, done: dict[int, list]) -> dict[int, Figures]:
    scheduled = ScheduledMonth.objects.filter(plan__in=plans, month=month).order_by()
    to_date = dict(scheduled.values_list("plan__project", "to_date"))
    found = {}
    for project, planned, stage in plans.values_list("project", "planned_investment", "project__stage"):
        total, here = done.get(project, (None, 0))
        owing = int(Project.reports_in(stage))
        found[project] = Figures(
            projects=1,
            planned_projects=1,
            plan=planned,
            scheduled=to_date.get(project, ZERO),
            done=money.yuan(total),
            due=owing,
            in_=owing and here,
        )
    return found


def _changes(scope: QuerySet[Project] | None, year: int) -> dict[int, list[Change]]:
    """Project → what was changed, oldest first, for projects with more than one version of the year's plan."""
    several = within(AnnualPlan.objects.filter(year=year, version__gt=1), scope).values("project")
    plans = list(
        AnnualPlan.objects.filter(year=year, project__in=several)
        .select_related("recorded_by", "change__requested_by", "change__decided_by")
        .order_by("project", "version")
    )
    schedules = _schedules(several, year)
    found: dict[int, list[Change]] = {}
    for before, after in pairwise(plans):
        if before.project_id == after.project_id:
            found.setdefault(after.project_id, []).append(_change(before, after, schedules))
    return found


def _schedules(projects: QuerySet, year: int) -> dict[int, list[Decimal]]:
    """Plan id → expected year to date, month by month."""
    months = ScheduledMonth.objects.filter(plan__year=year, plan__project__in=projects).order_by("plan", "month")
    found: dict[int, list[Decimal]] = {}
    for plan, to_date in months.values_list("plan", "to_date"):
        found.setdefault(plan, []).append(to_date)
    return found


def _change(before: AnnualPlan, after: AnnualPlan, schedules: dict[int, list[Decimal]]) -> Change:
    asked: PlanChange | None = getattr(after, "change", None)
    # An even spread follows from the amount: no decision of its own.
    even = before.linear and after.linear
    return Change(
        plan=after,
        before=before.planned_investment,
        after=after.planned_investment,
        rescheduled=not even and schedules.get(before.pk) != schedules.get(after.pk),
        asked_by=asked.requested_by if asked else None,
        asked_at=asked.requested_at if asked else None,
        decided_by=asked.decided_by if asked else after.recorded_by,
        at=after.recorded_at,
        reason=after.reason,
    )


def _colours(pair: Pair, judge: Judge | None) -> Iterator[str | None]:
    return (judge(figures) if judge else None for figures in pair)


def _counted(pairs: Iterable[Pair], judge: Judge) -> Colours:
    names = ("original", "current")
    found = Counter(f"{name}_{judge(figures)}" for pair in pairs for name, figures in zip(names, pair, strict=True))
    return Colours(**{f"{name}_{colour}": found[f"{name}_{colour}"] for name in names for colour in ("red", "yellow")})
