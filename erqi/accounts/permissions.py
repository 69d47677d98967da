"""Who may call an operation at all. On which rows is the business of ``visible_to`` and ``reachable``."""

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated

from .models import ApiToken, Scope
from .roles import Action, Area, may


class SignedIn(IsAuthenticated):
    """Anybody with an account. A token stays within its scopes; a browser's session has none to stay within."""

    def has_permission(self, request, view):
        if not super().has_permission(request, view):
            return False
        scope = Scope.READ if request.method in SAFE_METHODS else Scope.REPORT
        if isinstance(request.auth, ApiToken) and not request.auth.allows(scope):
            raise PermissionDenied(
                _("令牌没有“%(scope)s”范围，现有：%(scopes)s。请另行生成令牌。")
                % {"scope": scope.value, "scopes": request.auth.scopes},
                code="missing_scope",
            )
        return True


class AreaRule(SignedIn):
    """What the role table says about an area; ``writes`` names the action that each unsafe method stands for."""

    area: Area
    writes: dict[str, Action] = {}

    def has_permission(self, request, view):
        if not super().has_permission(request, view):
            return False
        action = Action.VIEW if request.method in SAFE_METHODS else self.writes.get(request.method)
        if action is None:
            # A method the view does not have gets its 405; one it has without a rule is closed.
            return not hasattr(view, request.method.lower())
        if not may(request.user, self.area, action):
            raise PermissionDenied(_("您的角色不能进行这项操作。"), code="role_not_allowed")
        return True


class ProjectRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.ADD, "PATCH": Action.CHANGE}


class PlanRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.PLAN}


class ProgressRule(AreaRule):
    area = Area.PROJECT
    writes = {"PUT": Action.REPORT}


class ReferenceRule(AreaRule):
    area = Area.REFERENCE


class PublishedRule(AreaRule):
    area = Area.PUBLISHED


class AwardRule(AreaRule):
    area = Area.AWARD
