"""Projects with their own figures for a year up to a month, and chosen by them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    Exists,
    F,
    FilteredRelation,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf, Round
from django.db.models.lookups import GreaterThan, LessThan

from erqi.core.fields import AmountField
from erqi.core.models import SearchableQuerySet

from .choices import Baseline, Gap

AMOUNT = AmountField()


def _real(amount):
    """SQLite divides whole numbers without a remainder, and these are also stored as such."""
    return Cast(amount, FloatField())


def _to_yuan(amount):
    """SQLite adds in binary and may come out a hair beside the amount itself."""
    return Round(amount, 4, output_field=AMOUNT)


# Of rows ``with_progress``, to sort by: as ``reports.Figures`` defines them, but binary and only as exact.
PLAN = _real(F("plan"))
DONE = _real(_to_yuan(F("done")))
_DONE_OR_NONE = _to_yuan(Coalesce(F("done"), 0, output_field=AMOUNT))
_PLANNED = _real(NullIf(F("plan"), 0))
RATE = _real(_DONE_OR_NONE) / _PLANNED
AHEAD = _real(_to_yuan(_DONE_OR_NONE - F("scheduled"))) / _PLANNED


def progress_at(month: Any, baseline: str = Baseline.CURRENT) -> dict[str, Any]:
    """What ``with_progress`` adds to projects ``at`` that month, by name; what is known now."""
    prefix = "at__original_" if baseline == Baseline.ORIGINAL else "at__"
    return {
        "plan": F(f"{prefix}plan"),
        "scheduled": F(f"{prefix}scheduled"),
        "done": F("at__done"),
        "reported": Case(When(at__last=month, then=True), default=False),
        "light": NullIf(F("at__light"), Value("")),
    }


def _progress_as_of(year: int, month: int, baseline: str, as_of: datetime) -> dict[str, Any]:
    """The same from the versions that were in force then."""
    from .light import Light
    from .plan import ScheduledMonth
    from .progress import ProgressReport

    schedule = ScheduledMonth.objects.filter(plan__project=OuterRef("pk"), plan__year=year, month=month).order_by()
    reports = ProgressReport.objects.in_force(as_of).filter(project=OuterRef("pk"), year=year).order_by()
    lights = Light.objects.overall().filter(project=OuterRef("pk"), year=year, month=month).order_by()
    to_date = reports.filter(month__lte=month).values("project").annotate(total=Sum("invested"))
    return {
        "plan": Subquery(_plan_of(year, baseline, as_of).values("planned_investment")),
        "scheduled": Subquery(schedule.filter(_of_plan(baseline, as_of)).values("to_date")),
        "done": Subquery(to_date.values("total")),
        "reported": Exists(reports.filter(month=month)),
        "light": Subquery(lights.values("colour")),
    }


def _plan_of(year: int, baseline: str, as_of: datetime | None) -> QuerySet:
    from .plan import AnnualPlan

    return AnnualPlan.objects.baseline(baseline, as_of).filter(project=OuterRef("pk"), year=year).order_by()


def _of_plan(baseline: str, as_of: datetime) -> Q:
    """``AnnualPlan.objects.baseline`` said of a schedule's plan: a join costs less than asking plan by plan."""
    known = Q(plan__recorded_at__lte=as_of)
    if baseline == Baseline.ORIGINAL:
        return known & Q(plan__version=1)
    return known & (Q(plan__superseded_at=None) | Q(plan__superseded_at__gt=as_of))


class MeasuredQuerySet(SearchableQuerySet):
    def at(self, year: Any, month: Any):
        """Each with its row of ``ProjectMonth`` as ``at``, all null where it has none."""
        return self.annotate(at=FilteredRelation("months", condition=Q(months__year=year, months__month=month)))

    def with_progress(self, year: int, month: int, baseline: str = Baseline.CURRENT, as_of: datetime | None = None):
        """Each project's own ``reports.Figures`` for January to ``month``, in 万元, null where nothing is known.

        ``plan`` in force, or the original; ``scheduled`` of it by the month's end; ``done`` accepted to date, with or
        without a plan; ``reported``: the month itself is accepted; ``plan_class``: the plan's year class; all of it as
        known at ``as_of``. ``light``: the colour of the month's overall light, always the present one.
        """
        plan_class = Subquery(_plan_of(year, baseline, as_of).values("year_class"))
        return self._measured(year, month, baseline, as_of).annotate(plan_class=plan_class)

    def _measured(self, year: int, month: int, baseline: str, as_of: datetime | None):
        if as_of is None:
            return self.at(year, month).annotate(**progress_at(month, baseline))
        return self.annotate(**_progress_as_of(year, month, baseline, as_of))

    def behind(self, year: int, month: int, baseline: str = Baseline.CURRENT, as_of: datetime | None = None):
        """Those whose plan expects more by the month's end than was done; nothing accepted is nothing done."""
        if as_of is None:
            found, rows = progress_at(month, baseline), self.at(year, month)
        else:
            found, rows = _progress_as_of(year, month, baseline, as_of), self
        done = _to_yuan(Coalesce(found["done"], 0, output_field=AMOUNT))
        return rows.filter(GreaterThan(found["plan"], 0), LessThan(done, found["scheduled"]))

    def with_gap(self, gap: str, year: int, month: int):
        """Those for which something still has to be filled in: see ``choices.Gap``."""
        from .plan import AnnualPlan

        if gap == Gap.PLAN:
            return self.filter(~Exists(AnnualPlan.objects.current().filter(project=OuterRef("pk"), year=year)))
        if gap == Gap.REPORT:
            return self.unfiled(year, month)
        return self.filter(lead_unit=None) if gap == Gap.UNIT else self.filter(host_unit=None)

    def lit(self, colours: Iterable[str], year: int, month: int):
        """By the colour of the month's overall light."""
        from .light import Light

        lights = Light.objects.overall().filter(year=year, month=month, colour__in=colours)
        return self.filter(Exists(lights.filter(project=OuterRef("pk"))))

    def of_class(self, year_class: str, year: int, baseline: str = Baseline.CURRENT, as_of: datetime | None = None):
        """By what the year's plan wants done with them: ``AnnualPlan.YearClass``."""
        from .plan import AnnualPlan

        plans = AnnualPlan.objects.baseline(baseline, as_of).filter(year=year, year_class=year_class)
        return self.filter(Exists(plans.filter(project=OuterRef("pk"))))

    def owing(self, year: int):
        """Those that owe a report for each month of ``year``: see ``Project.owes``."""
        from .plan import AnnualPlan
        from .project import Project

        return self.filter(Project.owes(plans=AnnualPlan.objects.current().filter(year=year)))

    def unfiled(self, year: int, month: int):
        """Those that owe the month and whose unit has still to act: nothing there, a draft, or one sent back to it."""
        from .progress import ProgressReport

        status = ProgressReport.Status
        filed = ProgressReport.objects.current().filter(project=OuterRef("pk"), year=year, month=month)
        return self.owing(year).exclude(
            Exists(filed.filter(status__in=[status.SUBMITTED, status.ENDORSED, status.ACCEPTED]))
        )
