from erqi.accounts.roles import Action, Area, may
from projects import reports
from projects.models import Project

from .basis import Basis

SHOWN = 6


def workbench(user) -> dict:
    """What waits for this user: how the year stands and whose month is still missing."""
    if not may(user, Area.PROJECT, Action.VIEW):
        return {"basis": None}
    year = reports.newest_year(reports.years_with_figures())
    visible = Project.objects.visible_to(user)
    basis = Basis(year, reports.latest_month(year, projects=visible))
    found = reports.overview(year=basis.year, month=basis.month, projects=visible)
    missing = (
        visible.with_progress(basis.year, basis.month)
        .with_names()
        .filter(plan__isnull=False, reported=False)
        .exclude(stage__in=Project.NOT_REPORTING)
    )
    return {
        "basis": basis,
        "total": found.total,
        "newest": found.newest,
        "missing": missing[:SHOWN],
        "missing_count": found.total.due - found.total.in_,
        "unplanned_count": found.total.projects - found.total.planned_projects,
    }
