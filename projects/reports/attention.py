"""Which projects matter now, and why: those a leader should ask about first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from erqi.core import money
from projects.models import Light, ProgressReport, Project, ProjectMonth
from projects.models.choices import Baseline
from projects.models.project_month import QUIET, SILENT, margin, rank

from . import lights
from .figures import ZERO

NUMBER = 20
LIT = (Light.Colour.RED, Light.Colour.YELLOW)


@dataclass(frozen=True)
class Pressing:
    """One project that matters now.

    ``project``        with its names and ``with_progress``
    ``light``          the month's overall light, None where none was computed
    ``why``            what makes it matter: the reason of a yellow or red light, else its silence or its distance
    ``remedy``         the smallest step to green, "" where nothing is lit
    ``months_running`` how many months its light has had this colour, 0 without a light
    ``silent_months``  whole months since the last accepted figure of the year; None if the year has none
    ``short``          scheduled − done to date (万元), below 0 where ahead; None without a plan
    """

    project: Project
    light: Light | None
    why: str
    remedy: str
    months_running: int
    silent_months: int | None
    short: Decimal | None

    @property
    def lit(self) -> bool:
        return self.light is not None and self.light.colour in LIT

    @property
    def behind(self) -> Decimal | None:
        """``short`` as it is printed, in whole 万元; None where nothing is missing."""
        whole = (self.short or ZERO).quantize(Decimal(1), ROUND_HALF_UP)
        return whole if whole > 0 else None


def attention(
    *,
    year: int,
    month: int,
    projects: QuerySet[Project],
    baseline: str = Baseline.CURRENT,
    as_of: datetime | None = None,
    number: int = NUMBER,
) -> list[Pressing]:
    """The ``number`` of ``projects`` that matter most at the end of ``month``, in three statements.

    Only those whose overall light is yellow or red, and of those that owe reports (planned, neither suspended nor
    removed) also what is behind schedule, or without an accepted figure for at least two months.
    Order: red, yellow, the rest; in each the biggest amount behind schedule first (without a plan last), then the
    longest silence, then the code. Nothing accepted counts as nothing done. Lights are always the present ones.
    """
    rows, project = _months(projects, year, month, baseline, as_of)
    running = Project.owes(project.removesuffix("__"))
    pressing = rows.filter(Q(urgency__lt=len(LIT)) | running, urgency__lt=QUIET)
    worst_first = ("urgency", F("ahead").asc(nulls_last=True), "last", f"{project}code")
    found = list(pressing.order_by(*worst_first).values_list(f"{project}pk", "ahead", "last")[:number])
    pks = [pk for pk, _ahead, _last in found]
    shown = Project.objects.with_names().with_progress(year, month, baseline, as_of).in_bulk(pks)
    overall = {light.project_id: light for light in _lights(pks, year, month)}
    return [_pressing(shown[pk], overall.get(pk), month, ahead, last) for pk, ahead, last in found]


def _months(projects: Any, year: int, month: int, baseline: str, as_of: datetime | None) -> tuple[QuerySet, str]:
    """``ProjectMonth``'s rank as ``urgency``, its margin as ``ahead``, and ``last``; the way to the rows' projects."""
    if as_of is None:
        rows = ProjectMonth.objects.filter(projects.about(), year=year, month=month)
        if baseline == Baseline.ORIGINAL:
            return rows.annotate(urgency=rank("original_"), ahead=margin("original_")), "project__"
        return rows.annotate(urgency=F("rank"), ahead=F("margin")), "project__"
    accepted = ProgressReport.objects.in_force(as_of).filter(project=OuterRef("pk"), year=year, month__lte=month)
    newest = Subquery(accepted.order_by().values("project").annotate(newest=Max("month")).values("newest"))
    scope = Project.objects.filter(pk__in=projects.order_by().values("pk")).with_progress(year, month, baseline, as_of)
    known = scope.annotate(month=Value(month), last=Coalesce(newest, Value(0)))
    return known.annotate(urgency=rank(), ahead=margin()), ""


def _lights(pks: Iterable[int], year: int, month: int) -> QuerySet[Light]:
    return Light.objects.overall().filter(project__in=pks, year=year, month=month).order_by()


def _pressing(project: Project, light: Light | None, month: int, ahead: Decimal | None, last: int) -> Pressing:
    lit = light if light and light.colour in LIT else None
    short = None if ahead is None else -money.yuan(ahead)
    return Pressing(
        project=project,
        light=light,
        why=lights.why(lit.inputs) if lit else _unlit(month - last, short),
        remedy=lights.remedy(lit.remedy) if lit else "",
        months_running=light.months_running if light else 0,
        silent_months=month - last if last else None,
        short=short,
    )


def _unlit(silence: int, short: Decimal | None) -> str:
    if silence >= SILENT:
        return ngettext("%(n)s 个月没有认定的进度。", "%(n)s 个月没有认定的进度。", silence) % {"n": silence}
    return _("累计完成比时序少 %(short)s 万元。") % {"short": money.wan(short)}
