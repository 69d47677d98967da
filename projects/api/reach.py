"""Not visible is 404, as if it did not exist; visible but not in reach is 403."""

from django.db.models import CharField
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied

from erqi.accounts.roles import Action
from erqi.core.holding import Holding
from erqi.core.prepared import Param, Prepared
from projects.models import Project

holding = Holding(Project, "code")
by_code = Prepared(lambda: Project.objects.filter(code=Param("code", CharField())).with_names().order_by())


def visible_project(user, code: str) -> Project:
    project = next(iter(by_code(code=code)), None)
    if project is None or not reaches(user, project, Action.VIEW):
        raise Http404
    return project


def locked_project(user, code: str) -> Project:
    """To be written, so held until the transaction ends: whether it is visible, and then in reach, is asked of the row
    as the one who held it before has left it.
    """
    project = holding(code=code)
    if project is None or not reaches(user, project, Action.VIEW):
        raise Http404
    return project


def reaches(user, project: Project, action: Action) -> bool:
    return Project.reach(user, action)(project)


def require_reach(user, project: Project, action: Action) -> None:
    if not reaches(user, project, action):
        raise PermissionDenied(
            _("“%(project)s”由%(unit)s负责，不在您可以操作的范围内。")
            % {"project": project.name, "unit": project.lead_unit or project.area},
            code="out_of_reach",
        )
