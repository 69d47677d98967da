from django.contrib.auth.backends import ModelBackend

from .roles import AREA_OF_MODEL, Action, may

PLAIN_ACTIONS = {"view", "add", "change", "delete"}


class RoleBackend(ModelBackend):
    """Answers Django's permission questions ("projects.change_project") from the role table.

    The admin therefore needs no groups and no per-user permissions, and cannot disagree with the API.
    """

    def has_perm(self, user_obj, perm, obj=None):
        if not user_obj.is_active:
            return False
        app, _, codename = perm.partition(".")
        action, _, model = codename.partition("_")
        area = AREA_OF_MODEL.get(f"{app}.{model}")
        if area is None or action not in PLAIN_ACTIONS:
            return user_obj.is_superuser
        return may(user_obj, area, Action(action))

    def has_module_perms(self, user_obj, app_label):
        return any(
            may(user_obj, area, Action.VIEW)
            for model, area in AREA_OF_MODEL.items()
            if model.startswith(f"{app_label}.")
        )
