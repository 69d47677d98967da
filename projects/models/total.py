"""What statistics are read from, so that they cost the same for a hundred projects and for a million."""

from typing import Any

from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .category import Category, Programme
from .cells import CELL, COARSE, FINE, under
from .light import Light
from .unit import Unit

# Year and month of what has neither: how many projects there are.
ALWAYS = 0
COLOURS = tuple(Light.Colour.values)
COUNTS = ("projects", "planned_projects", "due", "reports", "planned_reports", "reported", *COLOURS)
AMOUNTS = (
    "plan",
    "original_plan",
    "plan_due",
    "original_plan_due",
    "plan_reported",
    "original_plan_reported",
    "scheduled",
    "original_scheduled",
    "done",
    "unplanned",
)
MEASURES = (*COUNTS, *AMOUNTS)


def _column(model: Any, **options: Any) -> Any:
    # No index of its own: totals are found by year, unit and month, and a row never changes its cell. No check either:
    # it would wait, holding the end of the audit trail, for whoever is changing that row and waits for the trail.
    return models.ForeignKey(model, models.CASCADE, related_name="+", db_index=False, db_constraint=False, **options)


def _count() -> Any:
    return models.IntegerField(default=0)


def _added_count() -> Any:
    # Whoever does not know the column yet can still write rows while a release is put in place; a rebuild counts them.
    return models.IntegerField(default=0, db_default=0)


def _amount() -> Any:
    """万元; wide enough for a nation."""
    return models.DecimalField(max_digits=24, decimal_places=4, default=0)


def _once(name: str, *nullable: str) -> models.UniqueConstraint:
    """One row for a cell and month, which an upsert meets; in ``nullable`` columns null equals null."""
    columns = [Coalesce(column, 0, output_field=models.BigIntegerField()) for column in nullable]
    return models.UniqueConstraint("year", "month", "category", "area", *columns, name=name)


class Total(models.Model):
    """Figures of the projects of one cell, by the end of one month.

    A month's row answers "January to this month" alone. In the row of year and month ``ALWAYS``: ``projects``. In the
    rows of a year, counts and 万元, of the present plan and, ``original_``, of its version 1:

    ``planned_projects``/``plan``  projects with a plan for the year and their annual plans
    ``due``/``plan_due``           of those, the ones that owe reports (``Project.owes``)
    ``reported``/``plan_reported`` of those, the ones whose report of the month itself is accepted
    ``reports``                    accepted reports of the month itself; ``planned_reports`` those of planned projects
    ``scheduled``                  expected year to date by the month's end
    ``done``/``unplanned``         accepted year to date of projects with and without a plan
    ``green`` … ``grey``           overall lights of that colour (``Light.Colour``), of all projects
    ``newest``                     when the latest of the year's reports up to the month was accepted

    Written by ``services.totals`` only. A cell that was left keeps a row of zeros, and only ``projects`` says that a
    cell has any; its reference rows can be deleted as if it were not there.
    """

    # The columns whose values can choose among its rows.
    KNOWS: frozenset[str]
    KEY: tuple[str, ...]

    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    category = _column(Category)
    area = _column(Unit)

    projects = _count()
    planned_projects = _count()
    due = _count()
    reports = _count()
    planned_reports = _count()
    reported = _count()
    green = _added_count()
    yellow = _added_count()
    red = _added_count()
    grey = _added_count()
    plan = _amount()
    original_plan = _amount()
    plan_due = _amount()
    original_plan_due = _amount()
    plan_reported = _amount()
    original_plan_reported = _amount()
    scheduled = _amount()
    original_scheduled = _amount()
    done = _amount()
    unplanned = _amount()
    newest = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self):
        return str(self._meta.verbose_name)


class AreaTotal(Total):
    """Lead units taken together: as many rows as there are districts and categories, however many units there are."""

    KNOWS = frozenset(COARSE)
    KEY = ("year", "month", *COARSE)

    class Meta:
        verbose_name = _("行政区月度汇总")
        verbose_name_plural = pgettext_lazy("复数", "行政区月度汇总")
        constraints = [_once("area_total_once")]


class MonthlyTotal(Total):
    KNOWS = frozenset({*CELL, "under"})
    KEY = ("year", "month", *CELL)

    lead_unit = _column(Unit, null=True)
    under = under()

    class Meta:
        verbose_name = _("月度汇总")
        verbose_name_plural = pgettext_lazy("复数", "月度汇总")
        constraints = [_once("monthly_total_once", "lead_unit")]
        # A district's among a city's, for one month or for all twelve.
        indexes = [models.Index(fields=["year", "under", "month"], name="monthly_total_under_idx")]


class ProgrammeTotal(Total):
    """The same with programmes told apart: several times the rows, so only for questions about programmes."""

    KNOWS = frozenset({*FINE, "under"})
    KEY = ("year", "month", *FINE)

    lead_unit = _column(Unit, null=True)
    under = under()
    programme = _column(Programme, null=True)

    class Meta:
        verbose_name = _("专项月度汇总")
        verbose_name_plural = pgettext_lazy("复数", "专项月度汇总")
        constraints = [_once("programme_total_once", "lead_unit", "programme")]
        indexes = [models.Index(fields=["year", "under", "month"], name="programme_total_under_idx")]


# The smaller ones first.
TABLES: tuple[type[Total], ...] = (AreaTotal, MonthlyTotal, ProgrammeTotal)
