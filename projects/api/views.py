"""Lists and single rows of every model, and the writes on projects and plans."""

from typing import cast

from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from erqi.accounts.models import User
from erqi.accounts.permissions import PlanRule, ProjectRule, PublishedRule, ReferenceRule
from erqi.accounts.roles import Action, Area
from erqi.core.api.views import ID, LeanViewSet, ReadViewSet
from erqi.core.exports import table_file
from erqi.core.models import Source, SourceNote
from projects import filtersets
from projects.models import (
    AnnualPlan,
    Category,
    Programme,
    Project,
    PublishedFigure,
    Target,
    Unit,
    YearTheme,
)
from projects.reports import Reader, register_row, register_rows
from projects.reports.export import register_table
from projects.services.plans import set_plan
from projects.services.projects import save_project

from . import serializers
from .reach import locked_project, reaches, require_reach
from .verbs import CONFLICT

IN_ORDER = {"order": ("order", "code"), "code": ("code",)}
BY_YEAR = {"-year": ("-year", "order", "code"), "code": ("code",)}


class CategoryViewSet(ReadViewSet):
    permission_classes = [ReferenceRule]
    queryset = Category.objects.select_related("source")
    serializer_class = serializers.CategorySerializer
    filterset_class = filtersets.CategoryFilterSet
    orderings = IN_ORDER


class ProgrammeViewSet(ReadViewSet):
    permission_classes = [ReferenceRule]
    queryset = Programme.objects.select_related("category", "parent", "source")
    serializer_class = serializers.ProgrammeSerializer
    filterset_class = filtersets.ProgrammeFilterSet
    orderings = IN_ORDER


class UnitViewSet(ReadViewSet):
    permission_classes = [ReferenceRule]
    queryset = Unit.objects.without_tree_fields().select_related("parent", "source")
    serializer_class = serializers.UnitSerializer
    filterset_class = filtersets.UnitFilterSet
    orderings = {**IN_ORDER, "name": ("name",)}


class TargetViewSet(ReadViewSet):
    permission_classes = [PublishedRule]
    queryset = Target.objects.select_related("category", "programme", "source", "actual_by")
    serializer_class = serializers.TargetSerializer
    filterset_class = filtersets.TargetFilterSet
    orderings = {**BY_YEAR, "deadline": ("deadline", "code")}


class PublishedFigureViewSet(ReadViewSet):
    permission_classes = [PublishedRule]
    queryset = PublishedFigure.objects.select_related("category", "programme", "source")
    serializer_class = serializers.PublishedFigureSerializer
    filterset_class = filtersets.PublishedFigureFilterSet
    orderings = BY_YEAR


class YearThemeViewSet(ReadViewSet):
    permission_classes = [PublishedRule]
    queryset = YearTheme.objects.select_related("source")
    serializer_class = serializers.YearThemeSerializer
    filterset_class = filtersets.YearThemeFilterSet
    orderings = BY_YEAR


class SourceViewSet(ReadViewSet):
    permission_classes = [PublishedRule]
    queryset = Source.objects.all()
    serializer_class = serializers.SourceSerializer
    filterset_class = filtersets.SourceFilterSet
    orderings = {"code": ("code",), "-published_on": ("-published_on", "code")}


class SourceNoteViewSet(ReadViewSet):
    permission_classes = [PublishedRule]
    queryset = SourceNote.objects.select_related("source")
    serializer_class = serializers.SourceNoteSerializer
    filterset_class = filtersets.SourceNoteFilterSet
    orderings = IN_ORDER


class TableResponse(FileResponse):
    block_size = 1 << 18


class ProjectViewSet(LeanViewSet):
    """The register. PATCH changes the fields given; PUT is not offered."""

    permission_classes = [ProjectRule]
    serializer_class = serializers.ProjectSerializer
    filterset_class = filtersets.ProjectFilterSet
    orderings = {
        "code": ("code",),
        "-code": ("-code",),
        "name": ("name", "code"),
        "-total_investment": ("-total_investment", "code"),
        "planned_finish": ("planned_finish", "code"),
    }

    model = Project
    # Not those that look at other rows than the project's own (light, gap, behind, parent), or at a moment.
    settled = frozenset(
        [
            "search",
            "category",
            "programme",
            "programme_within",
            "unit",
            "lead_unit",
            "host_unit",
            "supporting_unit",
            "owner",
            "area",
            "level",
            "nature",
            "stage",
            "commitment",
            "in_statistics",
            "published",
            "year",
            "month",
        ]
    )

    def get_queryset(self):
        return Project.objects.visible_to(self.request.user)

    def scope(self):
        user = self.request.user
        return user.is_superuser or Unit.objects.reached_by(user, Area.PROJECT, Action.VIEW)

    def read(self, keys, names):
        return register_rows(keys, names, self.reader())

    def read_one(self, code, names):
        return register_row(code, names, self.reader())

    def reader(self) -> Reader:
        return Reader.of(self.request.user, **(self.when() if self.action == "list" else {}))

    def when(self) -> dict[str, int]:
        """Checked before by the filters of the same names."""
        return {
            name: int(self.request.query_params[name])
            for name in ("year", "month")
            if name in self.request.query_params
        }

    def perform_content_negotiation(self, request, force=False):  # noqa: FBT002 - DRF's signature
        # Asked for with Accept: text/csv, which no renderer of ours offers.
        return super().perform_content_negotiation(request, force=force or self.action == "export")

    @extend_schema(
        description=_(
            "筛选到的全部项目，CSV（UTF-8）；给出 year 时含该年的现行计划，和到 month 月（不写为 12 月）的时序与完成。"
        ),
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)},
    )
    @action(detail=False)
    def export(self, request):
        table = register_table(self.filter_queryset(self.get_queryset()), **self.when())
        file = table_file(table.headings, table.rows)
        return TableResponse(file, as_attachment=True, filename="projects.csv", content_type="text/csv; charset=utf-8")

    @extend_schema(description=_("新增项目；编号留空则自动编号。"))
    @transaction.atomic
    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        project = self.save(Project(), serializer.validated_data, Action.ADD)
        return Response(self.shown(project), status=status.HTTP_201_CREATED)

    @extend_schema(description=_("修改项目，只改所给的字段。不能把项目移出自己可以操作的范围。"))
    @transaction.atomic
    def partial_update(self, request, *args, **kwargs):
        # Under lock also because two people changing different fields must both be kept.
        project = locked_project(request.user, kwargs["code"])
        require_reach(request.user, project, Action.CHANGE)
        serializer = self.get_serializer(project, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return Response(self.shown(self.save(project, serializer.validated_data, Action.CHANGE)))

    def save(self, project: Project, values: dict, action: Action) -> Project:
        links = {name: values.pop(name, None) for name in ("supporting_units", "approval_codes")}
        for name, value in values.items():
            setattr(project, name, value)
        user = cast(User, self.request.user)
        save_project(project, by=user, **links)
        # Asked of the saved row, so that nobody can move a project out of, or add one outside, their own reach.
        if not reaches(user, project, action):
            message = gettext("保存后项目将不在您可以操作的范围内，请选择本单位或其下级。")
            raise ValidationError({"lead_unit": [message]}, code="out_of_reach")
        return project

    def shown(self, project: Project) -> dict:
        return self.answer(project.code)


class AnnualPlanViewSet(ReadViewSet):
    """Every version of the plans; without ``as_of`` and ``history`` the ones in force now."""

    permission_classes = [PlanRule]
    about = _("年度计划；默认只列现行版本。")
    lookup_field = "pk"
    lookup_value_regex = ID
    serializer_class = serializers.AnnualPlanSerializer
    filterset_class = filtersets.AnnualPlanFilterSet
    orderings = {
        "project": ("project__code", "-year", "-version"),
        "-year": ("-year", "project__code", "-version"),
        "-recorded_at": ("-recorded_at",),
    }

    def get_queryset(self):
        return (
            AnnualPlan.objects.filter(project__in=Project.objects.visible_to(self.request.user))
            .select_related("project", "recorded_by")
            .prefetch_related("schedule")
        )

    @extend_schema(
        description=_(
            "给一个尚无计划的年度设定计划（201）；与现行计划相同则不作修改（200），不同为 409：请申请计划调整。"
            "没有写的字段为空；不给 schedule 则按月均衡。"
        ),
        request=serializers.PlanRequestSerializer,
        responses={201: serializers.AnnualPlanSerializer, 200: serializers.AnnualPlanSerializer, **CONFLICT},
    )
    @transaction.atomic
    def create(self, request, *args, **kwargs):
        """The bureau's own plan for a year without one; another one has to be asked for and approved by two people."""
        serializer = serializers.PlanRequestSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        require_reach(request.user, serializer.validated_data["project"], Action.REVIEW)
        outcome = set_plan(by=request.user, first_only=True, **serializer.validated_data)
        plan = self.get_serializer(self.get_queryset().get(pk=outcome.plan.pk))
        return Response(plan.data, status=status.HTTP_201_CREATED if outcome.changed else status.HTTP_200_OK)
