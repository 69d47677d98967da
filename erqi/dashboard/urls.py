from django.urls import path

from .pages import category, honours, overview, places, project, register, screen, targets, unit

app_name = "dashboard"
urlpatterns = [
    path("", overview.view, name="overview"),
    path("projects/", register.view, name="register"),
    path("projects/export.<str:kind>", register.export, name="register_export"),
    path("views/", register.save, name="view_save"),
    path("views/<int:pk>/rename/", register.rename, name="view_rename"),
    path("views/<int:pk>/remove/", register.remove, name="view_remove"),
    path("projects/<slug:code>/", project.view, name="project"),
    path("categories/", category.every, name="categories"),
    path("categories/<slug:code>/", category.view, name="category"),
    path("units/", unit.ranking, name="units"),
    path("units/<slug:code>/", unit.view, name="unit"),
    path("targets/", targets.view, name="targets"),
    path("honours/", honours.view, name="honours"),
    path("map/", places.view, name="map"),
    path("screen/", screen.view, name="screen"),
]
