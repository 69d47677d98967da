"""Every endpoint of /api/v1/ on one screen."""

from django.contrib.auth.decorators import login_required
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from awards.api import views as awards
from erqi.core.api.views import CODE, NoSuchEndpoint
from projects.api import periods
from projects.api import views as projects
from projects.api.attachments import AttachmentViewSet
from projects.api.followup import MilestoneViewSet, ProblemViewSet, SupervisionOrderViewSet
from projects.api.lights import LightCountsView, LightRuleSetViewSet, LightViewSet, TrialView
from projects.api.me import MeView
from projects.api.plan_changes import PlanChangeViewSet
from projects.api.progress import ProjectMonthView, ProjectProgressView
from projects.api.reports import ProgressReportViewSet
from projects.api.statistics import MonthsView, OverviewView, PublishedView
from projects.api.targets import TargetStandingsView
from projects.api.timeliness import RebaselinedView, TimelinessView

router = SimpleRouter()
router.register("projects", projects.ProjectViewSet, "project")
router.register("categories", projects.CategoryViewSet)
router.register("programmes", projects.ProgrammeViewSet)
router.register("units", projects.UnitViewSet)
router.register("annual-plans", projects.AnnualPlanViewSet, "annual-plan")
router.register("plan-changes", PlanChangeViewSet, "plan-change")
router.register("progress-reports", ProgressReportViewSet, "progress-report")
router.register("periods", periods.PeriodViewSet, "period")
router.register(rf"periods/(?P<period>{periods.KEY})/extensions", periods.PeriodExtensionViewSet, "period-extension")
router.register("attachments", AttachmentViewSet, "attachment")
router.register("milestones", MilestoneViewSet, "milestone")
router.register("problems", ProblemViewSet, "problem")
router.register("supervision-orders", SupervisionOrderViewSet, "supervision-order")
router.register("lights", LightViewSet, "light")
router.register("targets", projects.TargetViewSet)
router.register("published-figures", projects.PublishedFigureViewSet)
router.register("year-themes", projects.YearThemeViewSet)
router.register("sources", projects.SourceViewSet)
router.register("source-notes", projects.SourceNoteViewSet)
router.register("honours", awards.HonourViewSet)
router.register("commendations", awards.CommendationViewSet)
router.register("assessment-schemes", awards.AssessmentSchemeViewSet)
router.register("commitment-letters", awards.CommitmentLetterViewSet)

RULES = rf"^light-rule-sets/(?P<code>{CODE})/(?P<version>[0-9]{{1,4}})/"
PROGRESS = rf"^projects/(?P<code>{CODE})/progress/"

app_name = "api"
urlpatterns = [
    re_path(rf"{PROGRESS}$", ProjectProgressView.as_view(), name="project-progress"),
    re_path(
        rf"{PROGRESS}(?P<year>[0-9]{{4}})/(?P<month>[0-9]{{1,2}})/$", ProjectMonthView.as_view(), name="project-month"
    ),
    *router.urls,
    path("filing-checks/", periods.FilingChecksView.as_view(), name="filing-checks"),
    path("light-rule-sets/", LightRuleSetViewSet.as_view({"get": "list"}), name="light-rule-sets"),
    re_path(rf"{RULES}$", LightRuleSetViewSet.as_view({"get": "retrieve"}), name="light-rule-set"),
    re_path(rf"{RULES}trial/$", TrialView.as_view(), name="light-rule-set-trial"),
    path("statistics/lights/", LightCountsView.as_view(), name="light-counts"),
    path("statistics/overview/", OverviewView.as_view(), name="overview"),
    path("statistics/months/", MonthsView.as_view(), name="months"),
    path("statistics/published/", PublishedView.as_view(), name="published"),
    path("statistics/targets/", TargetStandingsView.as_view(), name="target-standings"),
    path("statistics/timeliness/", TimelinessView.as_view(), name="timeliness"),
    path("statistics/rebaselined/", RebaselinedView.as_view(), name="rebaselined"),
    path("me/", MeView.as_view(), name="me"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        login_required(SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html")),
        name="docs",
    ),
    re_path("", NoSuchEndpoint.as_view(), name="none"),
]
