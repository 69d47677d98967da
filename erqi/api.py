"""Every endpoint of /api/v1/ on one screen."""

urlpatterns: list = []
