from .attachment import Attachment
from .boundary import Boundary, BoundaryMap
from .category import Category, Programme
from .check import FilingCheck
from .light import Light, LightRuleSet
from .membership import Membership
from .milestone import Milestone, MilestoneMove
from .order import OrderExtension, SupervisionOrder
from .period import PeriodExtension, ReportingPeriod
from .plan import AnnualPlan, ScheduledMonth
from .plan_change import PlanChange
from .problem import Problem
from .progress import ProgressReport
from .project import ApprovalCode, Project
from .project_month import ProjectMonth
from .published import PublishedFigure, Target, YearTheme
from .saved_view import SavedView
from .total import AreaTotal, MonthlyTotal, ProgrammeTotal
from .unit import Unit

__all__ = [
    "AnnualPlan",
    "ApprovalCode",
    "AreaTotal",
    "Attachment",
    "Boundary",
    "BoundaryMap",
    "Category",
    "FilingCheck",
    "Light",
    "LightRuleSet",
    "Membership",
    "Milestone",
    "MilestoneMove",
    "MonthlyTotal",
    "OrderExtension",
    "PeriodExtension",
    "PlanChange",
    "Problem",
    "Programme",
    "ProgrammeTotal",
    "ProgressReport",
    "Project",
    "ProjectMonth",
    "PublishedFigure",
    "ReportingPeriod",
    "SavedView",
    "ScheduledMonth",
    "SupervisionOrder",
    "Target",
    "Unit",
    "YearTheme",
]
