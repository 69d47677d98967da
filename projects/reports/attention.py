"""Which projects matter now, and why: those a leader should ask about first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Case, DecimalField, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from erqi.core import money
from projects.models import Light, ProgressReport, Project
from projects.models.choices import Baseline

from . import lights
from .figures import ZERO

NUMBER = 20
# One month without a figure is often only on its way through review.
SILENT = 2
LIT = (Light.Colour.RED, Light.Colour.YELLOW)
AMOUNT = DecimalField(max_digits=16, decimal_places=4)


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
    scope = _measured(Project.objects.filter(pk__in=projects.order_by().values("pk")), year, month, baseline, as_of)
    worst_first = ("rank", F("short").desc(nulls_last=True), F("silence").desc(), "code")
    pks = list(scope.filter(_matters()).order_by(*worst_first).values_list("pk", flat=True)[:number])
    rows = {row.pk: row for row in scope.filter(pk__in=pks).with_names()}
    overall = {light.project_id: light for light in _lights(pks, year, month)}
    return [_pressing(rows[pk], overall.get(pk)) for pk in pks]


def _measured(projects, year: int, month: int, baseline: str, as_of: datetime | None):
    """``short``, ``last`` (newest accepted month), ``silence`` (months without a figure) and ``rank`` of the light."""
    accepted = ProgressReport.objects.in_force(as_of).filter(project=OuterRef("pk"), year=year, month__lte=month)
    newest = accepted.order_by().values("project").annotate(newest=Max("month"))
    nothing = Value(ZERO, output_field=AMOUNT)
    ranks = [When(light=colour, then=Value(place)) for place, colour in enumerate(LIT)]
    return projects.with_progress(year, month, baseline, as_of).annotate(
        short=Round(F("scheduled") - Coalesce(F("done"), nothing, output_field=AMOUNT), 4, output_field=AMOUNT),
        last=Subquery(newest.values("newest")),
        silence=Value(month) - Coalesce(F("last"), Value(0), output_field=IntegerField()),
        rank=Case(*ranks, default=Value(len(LIT)), output_field=IntegerField()),
    )


def _matters() -> Q:
    owing = Project.owes() & Q(scheduled__isnull=False)
    return Q(light__in=LIT) | (owing & (Q(plan__gt=0, short__gt=0) | Q(silence__gte=SILENT)))


def _lights(pks: Iterable[int], year: int, month: int) -> QuerySet[Light]:
    return Light.objects.overall().filter(project__in=pks, year=year, month=month).order_by()


def _pressing(project: Project, light: Light | None) -> Pressing:
    lit = light if light and light.colour in LIT else None
    measured = vars(project)
    short = None if measured["short"] is None else money.yuan(measured["short"])
    return Pressing(
        project=project,
        light=light,
        why=lights.why(lit.inputs) if lit else _unlit(measured["silence"], short),
        remedy=lights.remedy(lit.remedy) if lit else "",
        months_running=light.months_running if light else 0,
        silent_months=None if measured["last"] is None else measured["silence"],
        short=short,
    )


def _unlit(silence: int, short: Decimal | None) -> str:
    if silence >= SILENT:
        return ngettext("%(n)s 个月没有认定的进度。", "%(n)s 个月没有认定的进度。", silence) % {"n": silence}
    return _("累计完成比时序少 %(short)s 万元。") % {"short": money.wan(short)}
