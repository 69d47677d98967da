"""Coded lists used by more than one model. Chinese terms and their meaning: docs/glossary.md."""

from datetime import date
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FIRST_YEAR, LAST_YEAR = 2000, 2100


def between(lowest: int, highest: int, message: "_StrPromise") -> list[BaseValidator]:
    """Said by forms and services before a statement is sent; a constraint of the same words stands behind it."""
    return [MinValueValidator(lowest, message), MaxValueValidator(highest, message)]


def require_day_in_range(name: str, value: date) -> None:
    """A year typed as 0217 is a slip, not a date."""
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        wrong = gettext("“%(day)s”的年份应在 2000–2100 之间。") % {"day": value.isoformat()}
        raise ValidationError({name: wrong})


YEAR_RANGE = _("年度应在 2000–2100 之间。")
MONTH_RANGE = _("月份应在 1–12 之间。")
NOT_NEGATIVE = _("计划投资和期初累计不能为负数。")
PERCENT_RANGE = _("形象进度应在 0–100 之间。")


class Baseline(models.TextChoices):
    """Which version of a year's plan a figure is measured against. The original never changes."""

    ORIGINAL = "original", _("原计划")
    CURRENT = "current", _("现行计划")


class Gap(models.TextChoices):
    """What still has to be filled in about a project: no plan for the year; it owes the month and its unit has still
    to act; nobody is known to answer for it; it is not known where it stands."""

    PLAN = "plan", _("没有年度计划")
    REPORT = "report", _("本月应报未报")
    UNIT = "unit", _("没有责任单位")
    HOST = "host", _("没有属地单位")


class Commitment(models.TextChoices):
    """How firmly something was promised, by the word the source uses."""

    STRIVE = "strive", _("力争")
    ENSURE = "ensure", _("确保")
    ACCELERATE = "accelerate", _("加快推进")
    PLAN = "plan", _("计划")
    DONE = "done", _("已完成")


class Qualifier(models.TextChoices):
    EXACT = "exact", _("正好")
    AT_LEAST = "at_least", _("以上")
    MORE_THAN = "more_than", _("余")
    REACHED = "reached", _("达")


class Level(models.TextChoices):
    NATIONAL = "national", _("国家级")
    PROVINCIAL = "provincial", _("省级")
    MUNICIPAL = "municipal", _("市级")
    DISTRICT = "district", _("区级")
