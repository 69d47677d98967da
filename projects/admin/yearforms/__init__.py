"""A project's year inside its change form: the plan and twelve months, written through the services only."""

from .base import Refused, ServiceFormSet
from .months import MonthFormSet, kept_back
from .plan import PLAN_FIELDS, PlanFormSet

__all__ = ["PLAN_FIELDS", "MonthFormSet", "PlanFormSet", "Refused", "ServiceFormSet", "kept_back"]
