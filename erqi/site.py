from django.contrib.admin.apps import AdminConfig


class ErqiAdminConfig(AdminConfig):
    """The stock admin with our own site class (order and grouping of the navigation, our words)."""

    default_site = "erqi.admin.ErqiAdminSite"
