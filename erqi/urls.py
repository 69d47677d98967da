from django.contrib import admin
from django.urls import include, path

from erqi.dashboard.health import health

urlpatterns = [
    path("", include("erqi.dashboard.urls")),
    path("api/v1/", include("erqi.api")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health, name="health"),
]
