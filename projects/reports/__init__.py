"""Figures as plain values, each defined where it is computed. Amounts in 万元, rates as fractions, gaps in points.

Only accepted reports in force count as done. ``as_of`` asks for plans and progress as they were known at a moment;
which projects there are, their category, lead unit and stage are always the present ones.
"""

from .districts import Districts
from .figures import ZERO, Figures, MonthLine, rate
from .filings import Filing, filings
from .overview import Group, Overview, figures_by, monthly_curve, monthly_curves, months_by_category, overview
from .periods import latest_month, newest_year, years_with_figures
from .project_year import ProjectYear, project_year
from .published import Comparison, published_against_registered
from .rebaselined import Change, Rebaselined, RebaselinedReport, rebaselined
from .register import Progress, Reader, register_row, register_rows
from .targets import Standing, State, standings
from .timeliness import Timeliness, TimelinessGroup, TimelinessReport, rolled_up_to, timeliness, unit_levels

__all__ = [
    "ZERO",
    "Change",
    "Comparison",
    "Districts",
    "Figures",
    "Filing",
    "Group",
    "MonthLine",
    "Overview",
    "Progress",
    "ProjectYear",
    "Reader",
    "Rebaselined",
    "RebaselinedReport",
    "Standing",
    "State",
    "Timeliness",
    "TimelinessGroup",
    "TimelinessReport",
    "figures_by",
    "filings",
    "latest_month",
    "monthly_curve",
    "monthly_curves",
    "months_by_category",
    "newest_year",
    "overview",
    "project_year",
    "published_against_registered",
    "rate",
    "rebaselined",
    "register_row",
    "register_rows",
    "rolled_up_to",
    "standings",
    "timeliness",
    "unit_levels",
    "years_with_figures",
]
