"""Writes the generated rows in batches; no per-row services, but the same rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction

from erqi.accounts.models import User
from erqi.core.exceptions import Conflict
from erqi.core.models import Source, Sourced, SourceNote
from projects.models import (
    AnnualPlan,
    ApprovalCode,
    Attachment,
    Category,
    Light,
    Membership,
    Milestone,
    MilestoneMove,
    OrderExtension,
    PeriodExtension,
    PlanChange,
    Problem,
    Programme,
    ProgressReport,
    Project,
    PublishedFigure,
    ReportingPeriod,
    ScheduledMonth,
    SupervisionOrder,
    Target,
    Unit,
    YearTheme,
)

from .accounts import program_account
from .announced import Sums, announce
from .cycle import change_of, look_at_waiting, periods_of
from .district import SOURCE_CODE, District, create_district
from .followup import Desk
from .lamps import light_up
from .plans import plans_of, schedule_of
from .projects import Drawn, Register
from .reports import reports_of

BATCH = 500


@dataclass(frozen=True)
class Generated:
    district: District
    projects: int
    plans: int
    reports: int


def refuse_unless_demo() -> None:
    if not settings.DEMO:
        raise Conflict(
            "演示数据只能写入演示库，以免与真实数据混在一起。请运行 make demo；或设置 ERQI_DEMO=1，并让 "
            "ERQI_DATABASE_URL 指向一个单独的空库。/ Demo data goes into a demo database only, never among real rows. "
            "Run `make demo`, or set ERQI_DEMO=1 and point ERQI_DATABASE_URL at an empty database of its own.",
            code="not_a_demo",
        )
    for model in _sourced_models():
        # A row without a source was added by a person: that is not ours to remove either.
        found = model.objects.exclude(source__code=SOURCE_CODE).count()
        if found:
            raise Conflict(
                f"数据库里有 {found} 条不是演示数据的“{model._meta.verbose_name}”，未作任何改动，请换一个空库。/ "
                f"{found} row(s) of {model._meta.label} are not demo data. Nothing was changed; use an empty database.",
                code="not_only_demo",
            )


def _sourced_models() -> list[Any]:
    return [model for model in apps.get_models() if issubclass(model, Sourced)]


def remove() -> None:
    """Take the generated rows out, so that they can be generated anew. Accounts and the audit trail stay."""
    clear(Attachment, Light, MilestoneMove, Milestone, Problem, OrderExtension, SupervisionOrder)
    clear(PeriodExtension, ReportingPeriod, PlanChange)
    clear(Membership, ScheduledMonth, AnnualPlan, ProgressReport, ApprovalCode, Project)
    clear(Target, PublishedFigure, YearTheme, SourceNote, Programme, Category)
    Unit.objects.exclude(parent=None).delete()
    clear(Unit, Source)


def clear(*emptied: Any) -> None:
    for model in emptied:
        model.objects.all().delete()
        if hasattr(model, "history"):
            model.history.all().delete()


@transaction.atomic
def generate(*, projects: int, seed: int, year: int, reviewer: User) -> Generated:
    """Write the district and ``projects`` projects with their plans and reports of ``year``.

    The caller records it in the audit trail and then writes the monthly totals anew.
    """
    district = create_district(year)
    register, by = Register(district, seed=seed, year=year), program_account()
    desk = Desk(district, seed=seed, year=year, by=by, reviewer=reviewer)
    ReportingPeriod.objects.bulk_create(periods_of(year))
    sums = {code: Sums() for code in district.categories}
    plans = reports = 0
    for first in range(0, projects, BATCH):
        drawn = [register.draw(number) for number in range(first, min(first + BATCH, projects))]
        _save_projects(drawn, district, year)
        plans += _save_plans(drawn, sums, year, by, reviewer)
        rows = [row for d in drawn for row in reports_of(d, year, by=by, reviewer=reviewer, seed=seed)]
        reports += len(ProgressReport.objects.bulk_create(rows))
        _save_follow_up(desk, drawn)
    look_at_waiting()
    light_up(year, projects=projects)
    announce(district, sums, year=year)
    return Generated(district, projects, plans, reports)


def _save_projects(drawn: list[Drawn], district: District, year: int) -> None:
    Project.objects.bulk_create(d.project for d in drawn)
    ApprovalCode.objects.bulk_create(_approval_codes(drawn, year))
    Project.supporting_units.through.objects.bulk_create(_supporting_units(drawn, district))


def _approval_codes(drawn: list[Drawn], year: int) -> Iterable[ApprovalCode]:
    # 000000 is nobody's division code.
    for d in drawn:
        if d.rng.random() < 0.6:
            yield ApprovalCode(project=d.project, code=f"{year}-000000-48-01-{d.number + 1:06d}")


def _supporting_units(drawn: list[Drawn], district: District) -> Iterable[Any]:
    through: Any = Project.supporting_units.through
    for d in drawn:
        for unit in d.rng.sample([*district.bureaus.values()], d.rng.randint(0, 3)):
            if unit != d.project.lead_unit:
                yield through(project=d.project, unit=unit)


def _save_plans(drawn: list[Drawn], sums: dict[str, Sums], year: int, by: User, reviewer: User) -> int:
    of_project = {d.number: plans_of(d, year, by) for d in drawn}
    for _baseline, *changed in filter(None, of_project.values()):
        for plan in changed:
            plan.recorded_by = reviewer
    plans = AnnualPlan.objects.bulk_create(plan for group in of_project.values() for plan in group)
    ScheduledMonth.objects.bulk_create(month for plan in plans for month in schedule_of(plan))
    PlanChange.objects.bulk_create(
        change_of(*versions, by=by, reviewer=reviewer) for versions in of_project.values() if len(versions) == 2
    )
    for d in drawn:
        in_force = of_project[d.number][-1:]
        sums[d.project.category.code].add(d, in_force[0].planned_investment if in_force else None)
    return len(plans)


def _save_follow_up(desk: Desk, drawn: list[Drawn]) -> None:
    found = desk.follow(drawn)
    Milestone.objects.bulk_create(found.milestones)
    MilestoneMove.objects.bulk_create(found.moves)
    Problem.objects.bulk_create(found.problems)
    SupervisionOrder.objects.bulk_create(found.orders)
