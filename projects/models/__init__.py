from .category import Category, Programme
from .membership import Membership
from .plan import AnnualPlan, ScheduledMonth
from .progress import ProgressReport
from .project import ApprovalCode, Project
from .published import PublishedFigure, Target, YearTheme
from .unit import Unit

__all__ = [
    "AnnualPlan",
    "ApprovalCode",
    "Category",
    "Membership",
    "Programme",
    "ProgressReport",
    "Project",
    "PublishedFigure",
    "ScheduledMonth",
    "Target",
    "Unit",
    "YearTheme",
]
