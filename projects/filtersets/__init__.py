"""One FilterSet per model, used by the API, the pages and the exports."""

from .announced import (
    AnnouncedFilterSet,
    PublishedFigureFilterSet,
    SourceFilterSet,
    SourceNoteFilterSet,
    TargetFilterSet,
    YearThemeFilterSet,
)
from .attachments import AttachmentFilterSet
from .base import (
    AboutProjectFilterSet,
    MonthFilter,
    OfProjectFilterSet,
    VersionedFilterSet,
    YearFilter,
    between,
    visible_projects,
)
from .cycle import (
    AnnualPlanFilterSet,
    PeriodExtensionFilterSet,
    PlanChangeFilterSet,
    ProgressReportFilterSet,
    ReportingPeriodFilterSet,
)
from .followup import MilestoneFilterSet, ProblemFilterSet, SupervisionOrderFilterSet
from .lights import LightFilterSet, LightRuleSetFilterSet
from .projects import ProjectFilterSet
from .register import CategoryFilterSet, ProgrammeFilterSet, UnitFilterSet

__all__ = [
    "AboutProjectFilterSet",
    "AnnouncedFilterSet",
    "AnnualPlanFilterSet",
    "AttachmentFilterSet",
    "CategoryFilterSet",
    "LightFilterSet",
    "LightRuleSetFilterSet",
    "MilestoneFilterSet",
    "MonthFilter",
    "OfProjectFilterSet",
    "PeriodExtensionFilterSet",
    "PlanChangeFilterSet",
    "ProblemFilterSet",
    "ProgrammeFilterSet",
    "ProgressReportFilterSet",
    "ProjectFilterSet",
    "PublishedFigureFilterSet",
    "ReportingPeriodFilterSet",
    "SourceFilterSet",
    "SourceNoteFilterSet",
    "SupervisionOrderFilterSet",
    "TargetFilterSet",
    "UnitFilterSet",
    "VersionedFilterSet",
    "YearFilter",
    "YearThemeFilterSet",
    "between",
    "visible_projects",
]
