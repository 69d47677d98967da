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
        scope = Scope.READ if request.method in SAFE_METHODS else self.scope_of_write(request, view)
        if isinstance(request.auth, ApiToken) and not request.auth.allows(scope):
            raise PermissionDenied(
                _("令牌没有“%(scope)s”范围，现有：%(scopes)s。请另行生成令牌。")
                % {"scope": scope.value, "scopes": request.auth.scopes},
                code="missing_scope",
            )
        return True

    def scope_of_write(self, request, view) -> Scope:
        return Scope.REPORT


# What decides has a scope of its own: a token that files a unit's months must not be able to accept them.
DECIDING = frozenset({Action.ENDORSE, Action.REVIEW})


class AreaRule(SignedIn):
    """What the role table says about an area; ``writes`` names the action that each unsafe method stands for.

    A verb (``POST /things/1/accept/``) brings the actions it asks for with it, as its view's ``needs``; any one of
    them will do here, and on which rows is for the service to say.
    """

    area: Area
    writes: dict[str, Action] = {}

    def has_permission(self, request, view):
        if not super().has_permission(request, view):
            return False
        actions = (Action.VIEW,) if request.method in SAFE_METHODS else self.needs(request, view)
        if not actions:
            # A method the view does not have gets its 405; one it has without a rule is closed.
            return not hasattr(view, request.method.lower())
        if not any(may(request.user, self.area, action) for action in actions):
            raise PermissionDenied(_("您的角色不能进行这项操作。"), code="role_not_allowed")
        return True

    def needs(self, request, view) -> tuple[Action, ...]:
        action = self.writes.get(request.method)
        return getattr(view, "needs", ()) or ((action,) if action else ())

    def scope_of_write(self, request, view):
        return Scope.REVIEW if DECIDING & set(self.needs(request, view)) else Scope.REPORT


class ProjectRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.ADD, "PATCH": Action.CHANGE}


class PlanRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.REVIEW}


class ProgressRule(AreaRule):
    area = Area.PROJECT
    writes = {"PUT": Action.REPORT}


class PlanChangeRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.REPORT}


class FollowUpRule(AreaRule):
    """A verb that a unit may take as well as the bureau stays within the scope of those that report, unless the view
    says of what is asked that it is the bureau's own (``decides``).
    """

    area = Area.PROJECT
    writes = {"POST": Action.REPORT, "PATCH": Action.CHANGE}

    def scope_of_write(self, request, view):
        decides = set(self.needs(request, view)) <= DECIDING or view.decides(request)
        return Scope.REVIEW if decides else Scope.REPORT


class MilestoneRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.CHANGE, "PATCH": Action.CHANGE}


class AttachmentRule(AreaRule):
    area = Area.PROJECT
    writes = {"POST": Action.REPORT, "DELETE": Action.REPORT}


class OrderRule(AreaRule):
    area = Area.SUPERVISION
    writes = {"POST": Action.REVIEW}


class CycleRule(AreaRule):
    """Deadlines decide over everybody's filings."""

    area = Area.CYCLE
    writes = {"POST": Action.ADD, "PATCH": Action.CHANGE}

    def scope_of_write(self, request, view):
        return Scope.REVIEW


class ReferenceRule(AreaRule):
    area = Area.REFERENCE


class PublishedRule(AreaRule):
    area = Area.PUBLISHED


class AwardRule(AreaRule):
    area = Area.AWARD
