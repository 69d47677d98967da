"""From a figure to the rows behind it: our own pages where there is one, the admin's lists for the rest."""

from urllib.parse import urlencode

from django.contrib.admin import site
from django.db.models import Model
from django.urls import reverse

from .basis import Basis


class Rows:
    """Addresses for one reader; empty where the reader may not look, so that no page offers a dead link."""

    def __init__(self, basis: Basis):
        self.basis = basis

    def projects(self, **filters) -> str:
        """The register, about the same as the page, narrowed further by ``ProjectFilterSet``'s own filters."""
        return self.basis.to(reverse("dashboard:register"), **filters) if self.basis.sees_projects else ""

    def of(self, model: type[Model], **filters) -> str:
        """The admin's list."""
        if not (site.is_registered(model) and self.may("view", model)):
            return ""
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        return f"{address}?{urlencode(filters)}" if filters else address

    def may(self, action: str, model: type[Model]) -> bool:
        return self.basis.user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}")
