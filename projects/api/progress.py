"""The integration calls: a project's year, and one month by its natural key."""

from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from erqi.accounts.permissions import ProgressRule
from erqi.accounts.roles import Action
from erqi.core.api.fields import (
    AmountField,
    MomentField,
    NumberField,
    PlainTextField,
    PointsField,
    RateField,
    TrueFalseField,
)
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from erqi.core.api.views import QueryView, StrictView
from projects.models import ProgressReport, Project
from projects.reports import project_year
from projects.services.progress import record_month

from .reach import locked_project, reaches, require_reach, visible_project
from .serializers import AnnualPlanSerializer, MonthField, YearField


class ProgressReportSerializer(StrictModelSerializer):
    recorded_by = DisplayField(allow_null=True)
    accepted_by = DisplayField(allow_null=True)

    class Meta:
        model = ProgressReport
        fields = [
            "id",
            "project",
            "year",
            "month",
            "revision",
            "status",
            "invested",
            "physical_percent",
            "note",
            "reason",
            "recorded_at",
            "recorded_by",
            "accepted_at",
            "accepted_by",
            "superseded_at",
        ]


class MonthKeySerializer(StrictSerializer):
    year = YearField()
    month = MonthField()


class YearQuerySerializer(StrictSerializer):
    year = YearField(help_text=_("必填，以免到了新年答案自己变了。"))
    as_of = MomentField(required=False, help_text=_("当时所知的数据，例如 2017-06-30T18:00:00+08:00。"))


class MonthRequestSerializer(StrictSerializer):
    """One month. What is left out stays as it is; the month's amount or the year to date is enough."""

    invested = AmountField(required=False, help_text=_("本月完成投资，万元；更正以前多报的可为负数，须写明理由。"))
    invested_to_date = AmountField(required=False, help_text=_("本年累计，万元；与本月数同时给出时必须一致。"))
    physical_percent = NumberField(
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        required=False,
        allow_null=True,
        help_text=_("形象进度，0–100。"),
    )
    note = PlainTextField(required=False, allow_blank=True, max_length=2000, help_text=_("形象进度说明。"))
    reason = PlainTextField(
        required=False, allow_blank=True, max_length=500, help_text=_("修改已认定的月份时必填，负数时必填。")
    )
    draft = TrueFalseField(required=False, help_text=_("true 时只存草稿，不计入任何数字。"))


class MonthLineSerializer(serializers.Serializer):
    """One month of the plan beside what was accepted for it; what is not known is null."""

    month = MonthField()
    scheduled = AmountField(allow_null=True, help_text=_("本月计划，万元。"))
    scheduled_to_date = AmountField(allow_null=True, help_text=_("时序：本年应完成累计，万元。"))
    invested = AmountField(allow_null=True, help_text=_("本月完成，万元。"))
    to_date = AmountField(allow_null=True, help_text=_("本年累计，万元；最后一个已认定的月份之后为 null。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率：本年累计÷年度计划。"))
    ahead_points = PointsField(source="ahead", allow_null=True)
    physical_percent = NumberField(
        source="report.physical_percent", max_digits=5, decimal_places=2, allow_null=True, default=None
    )
    note = serializers.CharField(source="report.note", default="")
    status = serializers.ChoiceField(
        source="report.status", choices=ProgressReport.Status.choices, allow_null=True, default=None
    )
    status_display = serializers.CharField(source="report.get_status_display", allow_null=True, default=None)
    revision = serializers.IntegerField(source="report.revision", allow_null=True, default=None)
    accepted_at = serializers.DateTimeField(source="report.accepted_at", allow_null=True, default=None)


class ProjectYearSerializer(serializers.Serializer):
    project = serializers.CharField(source="project.code")
    project_name = serializers.CharField(source="project.name")
    year = YearField()
    as_of = serializers.DateTimeField(allow_null=True)
    plan = AnnualPlanSerializer(allow_null=True)
    months = MonthLineSerializer(many=True)


class RecordedSerializer(serializers.Serializer):
    """The month as it now stands, with the project's year to date."""

    report = ProgressReportSerializer()
    changed = serializers.BooleanField(help_text=_("false 表示与已有记录相同，未作修改。"))
    warnings = serializers.ListField(child=serializers.CharField(), help_text=_("值得核对之处；没有拒绝任何内容。"))
    to_date = AmountField(allow_null=True, help_text=_("截至该月的本年累计（已认定），万元。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率。"))
    ahead_points = PointsField(allow_null=True)


class MonthSerializer(serializers.Serializer):
    """``in_force`` counts; ``draft`` waits beside it; ``revisions`` is everything recorded, newest first."""

    project = serializers.CharField(source="project.code")
    year = YearField()
    month = MonthField()
    in_force = ProgressReportSerializer(allow_null=True)
    draft = ProgressReportSerializer(allow_null=True)
    revisions = ProgressReportSerializer(many=True)


class ProjectProgressView(QueryView):
    """A project's year: plan, schedule, and twelve months."""

    permission_classes = [ProgressRule]
    query_class = YearQuerySerializer
    about = _("一个项目一年的计划、时序和 12 个月的进度。")

    @extend_schema(parameters=[YearQuerySerializer], responses=ProjectYearSerializer)
    def get(self, request, code):
        project = visible_project(request.user, code)
        query = self.query()
        found = project_year(project=project, **query)
        return Response(ProjectYearSerializer({**vars(found), "as_of": query.get("as_of")}).data)


class ProjectMonthView(StrictView):
    """One month of one project, by its natural key."""

    permission_classes = [ProgressRule]
    about = _("该月已认定的进度、草稿和历次修订；尚未填报时为 404。")

    @extend_schema(operation_id="projects_month_retrieve", responses=MonthSerializer)
    def get(self, request, code, year, month):
        """The month in force, its draft and every revision; 404 before anything was recorded."""
        project = visible_project(request.user, code)
        key = self.key(year, month)
        rows = list(self.rows(project, key))
        if not rows:
            raise Http404
        return Response(MonthSerializer({"project": project, **key, **standing(rows), "revisions": rows}).data)

    @extend_schema(
        operation_id="projects_month_update",
        description=_(
            "填报一个月的进度。没有写的字段保持不变；重复提交相同内容不作修改（200）；首次填报为 201；"
            "修改已认定的月份须写明理由，原记录保留为修订。"
        ),
        request=MonthRequestSerializer,
        responses={200: RecordedSerializer, 201: RecordedSerializer},
    )
    @transaction.atomic
    def put(self, request, code, year, month):
        """Record the month. The same call again changes nothing; a month in force is revised with a reason."""
        project = locked_project(request.user, code)
        require_reach(request.user, project, Action.REPORT)
        key = self.key(year, month)
        body = MonthRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        recorded = record_month(project=project, by=request.user, **key, **body.validated_data)
        line = project_year(project=project, year=key["year"]).months[key["month"] - 1]
        answer = {**vars(recorded), "to_date": line.to_date, "rate": line.rate, "ahead_points": line.ahead}
        return Response(
            RecordedSerializer(answer).data,
            status=status.HTTP_201_CREATED if recorded.created else status.HTTP_200_OK,
        )

    @staticmethod
    def key(year: str, month: str) -> dict[str, Any]:
        serializer = MonthKeySerializer(data={"year": year, "month": month})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def rows(self, project: Project, key: dict[str, Any]):
        rows = ProgressReport.objects.filter(project=project, **key).order_by("-revision")
        if not reaches(self.request.user, project, Action.REPORT):
            rows = rows.accepted()
        return rows.select_related("project", "recorded_by", "accepted_by")


def standing(rows: list[ProgressReport]) -> dict[str, ProgressReport | None]:
    current = {row.status: row for row in rows if row.superseded_at is None}
    return {
        "in_force": current.get(ProgressReport.Status.ACCEPTED),
        "draft": current.get(ProgressReport.Status.DRAFT),
    }
