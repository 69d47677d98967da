"""Where each project stands at the end of a month, kept so that it need not be added up from a year's rows."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Round
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.core.fields import AmountField

from .light import Light
from .project import Project

# One month without a figure is often only on its way through review.
SILENT = 2
# Of ``rank``: from here on there is nothing to ask about.
QUIET = 3
DONE = Coalesce(F("done"), Value(Decimal(0), output_field=AmountField()))


def margin(prefix: str = "") -> Any:
    """Done − scheduled (万元), below 0 where behind, null without a plan; ``prefix``: of which plan."""
    return Round(DONE - F(f"{prefix}scheduled"), 4, output_field=AmountField(null=True))


def rank(prefix: str = "") -> Any:
    """How pressing: 0 red, 1 yellow, 2 behind schedule or silent for ``SILENT`` months, ``QUIET``."""
    behind = Q(**{f"{prefix}plan__gt": 0, f"{prefix}scheduled__gt": DONE})
    silent = Q(last__lte=F("month") - SILENT)
    return Case(
        When(light=Light.Colour.RED, then=Value(0)),
        When(light=Light.Colour.YELLOW, then=Value(1)),
        When(Q(**{f"{prefix}scheduled__isnull": False}) & (behind | silent), then=Value(2)),
        default=Value(QUIET),
        output_field=models.PositiveSmallIntegerField(),
    )


def _kept(expression: Any, field: Any) -> Any:
    return models.GeneratedField(expression=expression, output_field=field, db_persist=True)


class ProjectMonth(models.Model):
    """One project, January to the end of one month; amounts in 万元, null where nothing is known.

    ``plan``/``scheduled``  of the present plan, and ``original_`` of its version 1, by the month's end
    ``done``   accepted year to date;  ``last``  the newest month of it with an accepted figure, 0 without one
    ``light``  colour of the month's overall light, "" without one

    Each month of a year with a plan or an accepted report has a row, besides these only a month with a light.
    Written by ``services.totals`` alone, by whoever holds the project's row.
    """

    KEY = ("project", "year", "month")
    MEASURES = ("plan", "original_plan", "scheduled", "original_scheduled", "done", "last", "light")

    project = models.ForeignKey(Project, models.CASCADE, related_name="months", db_index=False)
    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    plan = AmountField(null=True)
    original_plan = AmountField(null=True)
    scheduled = AmountField(null=True)
    original_scheduled = AmountField(null=True)
    done = AmountField(null=True)
    last = models.PositiveSmallIntegerField(default=0)
    light = models.CharField(max_length=8, choices=Light.Colour, blank=True)

    # Of the present plan, worked out by the database.
    margin = _kept(margin(), AmountField(null=True))
    rank = _kept(rank(), models.PositiveSmallIntegerField())

    class Meta:
        verbose_name = _("项目月度进展")
        verbose_name_plural = pgettext_lazy("复数", "项目月度进展")
        constraints = [models.UniqueConstraint(fields=["project", "year", "month"], name="project_month_once")]
        # The most pressing first: the first twenty cost the same however many follow.
        indexes = [models.Index(fields=["year", "month", "rank", "margin", "last"], name="project_month_rank_idx")]

    def __str__(self):
        return f"{self.project} {self.year}-{self.month:02d}"
