"""From a figure to the rows behind it: the admin's lists, narrowed by their filters."""

from urllib.parse import urlencode

from django.contrib.admin import site
from django.db.models import Model
from django.urls import reverse

from projects.models import Project


class Rows:
    """Addresses for one reader; empty where the reader may not look, so that no page offers a dead link."""

    def __init__(self, user, year: int, month: int):
        self.user = user
        self.basis = {"year": year, "month": month}

    def projects(self, **filters) -> str:
        """The project list with the columns of the year and month that the page shows."""
        return self.of(Project, **self.basis, **filters)

    def of(self, model: type[Model], **filters) -> str:
        if not (site.is_registered(model) and self.may("view", model)):
            return ""
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        return f"{address}?{urlencode(filters)}" if filters else address

    def may(self, action: str, model: type[Model]) -> bool:
        return self.user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}")
