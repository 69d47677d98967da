from django.contrib import admin
from django.urls import include, path

from erqi.dashboard.health import health

# One after the other is tried: what is asked most stands first, here and in the API.
urlpatterns = [
    path("api/v1/", include("erqi.api")),
    path("", include("erqi.dashboard.urls")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health, name="health"),
]

handler500 = "erqi.core.outages.server_error"
