from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "erqi.dashboard"
    label = "dashboard"
