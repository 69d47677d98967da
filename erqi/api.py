"""Every endpoint of /api/v1/ on one screen."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from awards.api import views as awards
from erqi.core.api.views import CODE, NoSuchEndpoint
from projects.api import views as projects
from projects.api.me import MeView
from projects.api.progress import ProjectMonthView, ProjectProgressView
from projects.api.statistics import OverviewView, PublishedView

router = SimpleRouter()
router.register("categories", projects.CategoryViewSet)
router.register("programmes", projects.ProgrammeViewSet)
router.register("units", projects.UnitViewSet)
router.register("projects", projects.ProjectViewSet, "project")
router.register("annual-plans", projects.AnnualPlanViewSet, "annual-plan")
router.register("progress-reports", projects.ProgressReportViewSet, "progress-report")
router.register("targets", projects.TargetViewSet)
router.register("published-figures", projects.PublishedFigureViewSet)
router.register("year-themes", projects.YearThemeViewSet)
router.register("sources", projects.SourceViewSet)
router.register("source-notes", projects.SourceNoteViewSet)
router.register("honours", awards.HonourViewSet)
router.register("commendations", awards.CommendationViewSet)
router.register("assessment-schemes", awards.AssessmentSchemeViewSet)
router.register("commitment-letters", awards.CommitmentLetterViewSet)

PROGRESS = rf"^projects/(?P<code>{CODE})/progress/"

app_name = "api"
urlpatterns = [
    *router.urls,
    re_path(rf"{PROGRESS}$", ProjectProgressView.as_view(), name="project-progress"),
    re_path(
        rf"{PROGRESS}(?P<year>[0-9]{{4}})/(?P<month>[0-9]{{1,2}})/$", ProjectMonthView.as_view(), name="project-month"
    ),
    path("statistics/overview/", OverviewView.as_view(), name="overview"),
    path("statistics/published/", PublishedView.as_view(), name="published"),
    path("me/", MeView.as_view(), name="me"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        login_required(SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html")),
        name="docs",
    ),
    re_path("", NoSuchEndpoint.as_view(), name="none"),
]
