from rest_framework.permissions import BasePermission


class Closed(BasePermission):
    """The default: a view that names no rule of its own is open to nobody."""

    def has_permission(self, request, view):
        return False
