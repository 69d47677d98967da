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
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import StrictSerializer
from erqi.core.api.views import QueryView, StrictView
from projects.models import ProgressReport
from projects.models.choices import Baseline
from projects.reports import project_year
from projects.services import workflow
from projects.services.people import name_people
from projects.services.progress import record_held

from .reach import locked_project, require_reach, visible_project
from .reports import ProgressReportSerializer
from .serializers import AnnualPlanSerializer, MonthField, YearField
from .verbs import CONFLICT, actions_field, with_actions


class MonthKeySerializer(StrictSerializer):
    year = YearField()
    month = MonthField()


class YearQuerySerializer(StrictSerializer):
    year = YearField(help_text=_("必填，以免到了新年答案自己变了。"))
    as_of = MomentField(required=False, help_text=_("当时所知的数据，例如 2017-06-30T18:00:00+08:00。"))
    baseline = serializers.ChoiceField(
        choices=Baseline.choices, required=False, help_text=_("对照原计划（第 1 版）还是现行计划；不写为现行计划。")
    )


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
    explanation = PlainTextField(
        required=False, allow_blank=True, max_length=500, help_text=_("对检查所提疑点的说明，有疑点时必填。")
    )
    reason = PlainTextField(required=False, allow_blank=True, max_length=500, help_text=_("修改的理由；负数时须写明。"))
    draft = TrueFalseField(required=False, help_text=_("true 时只存草稿，不报送。"))


class MonthLineSerializer(AnswerSerializer):
    """One month of the plan beside what was accepted for it; what is not known is null."""

    month = MonthField()
    scheduled = AmountField(allow_null=True, help_text=_("本月计划，万元。"))
    scheduled_to_date = AmountField(allow_null=True, help_text=_("时序：本年应完成累计，万元。"))
    invested = AmountField(allow_null=True, help_text=_("本月完成，万元。"))
    to_date = AmountField(allow_null=True, help_text=_("本年累计，万元；最后一个已认定的月份之后为 null。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率：本年累计÷年度计划。"))
    ahead_points = PointsField(source="ahead", allow_null=True)
    original_rate = RateField(allow_null=True, help_text=_("对照原计划的完成率：本年累计÷原年度计划。"))
    original_ahead_points = PointsField(
        source="original_ahead", allow_null=True, help_text=_("对照原计划超（正）欠（负）时序的百分点。")
    )
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


class ProjectYearSerializer(AnswerSerializer):
    project = serializers.CharField(source="project.code")
    project_name = serializers.CharField(source="project.name")
    year = YearField()
    as_of = serializers.DateTimeField(allow_null=True)
    baseline = serializers.ChoiceField(choices=Baseline.choices, help_text=_("以下各数所对照的计划。"))
    plan = AnnualPlanSerializer(allow_null=True, help_text=_("所对照的计划。"))
    original = AnnualPlanSerializer(allow_null=True, help_text=_("原计划：第 1 版，从不改动。"))
    months = MonthLineSerializer(many=True)


class RecordedSerializer(AnswerSerializer):
    """The month as it now stands."""

    report = ProgressReportSerializer()
    changed = serializers.BooleanField(help_text=_("false 表示与已有记录相同，未作修改。"))
    warnings = serializers.ListField(child=serializers.CharField(), help_text=_("值得核对之处；没有拒绝任何内容。"))
    allowed_actions = actions_field(workflow.STEPS)


class MonthSerializer(AnswerSerializer):
    """``in_force`` counts; ``open`` is on its way beside it; ``revisions`` is everything recorded, newest first."""

    project = serializers.CharField(source="project.code")
    year = YearField()
    month = MonthField()
    in_force = ProgressReportSerializer(allow_null=True, help_text=_("已认定、计入各项数字的。"))
    open = ProgressReportSerializer(allow_null=True, help_text=_("尚未认定的：草稿、已报送、已签审或已退回。"))
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
        return Response(
            ProjectYearSerializer(
                {**vars(found), "as_of": query.get("as_of"), "baseline": query.get("baseline", Baseline.CURRENT)}
            ).data
        )


class ProjectMonthView(StrictView):
    """One month of one project, by its natural key."""

    permission_classes = [ProgressRule]
    about = _("该月已认定的进度、尚未认定的填报和历次修订；尚未填报时为 404。")

    @extend_schema(operation_id="projects_month_retrieve", responses=MonthSerializer)
    def get(self, request, code, year, month):
        """The month in force, what is open beside it and every revision; 404 before anything was recorded."""
        project = visible_project(request.user, code)
        key = self.key(year, month)
        shown = ProgressReport.objects.shown_to(request.user).filter(project=project, **key)
        rows = list(shown.select_related("project", *ProgressReport.PEOPLE).order_by("-revision"))
        if not rows:
            raise Http404
        with_actions(rows, workflow.allowed(rows, by=request.user))
        return Response(MonthSerializer({"project": project, **key, **standing(rows), "revisions": rows}).data)

    @extend_schema(
        operation_id="projects_month_update",
        description=_(
            "填报一个月的进度并报送；draft 为 true 时只存草稿。报送后由发改统计局认定才计入各项数字。"
            "没有写的字段保持不变；重复提交相同内容不作修改（200）；首次填报为 201；"
            "已报送、已签审或已认定的月份，提交不同内容为 409（须先撤回、退回或退回更正）。"
        ),
        request=MonthRequestSerializer,
        responses={200: RecordedSerializer, 201: RecordedSerializer, **CONFLICT},
    )
    @transaction.atomic
    def put(self, request, code, year, month):
        """File the month. The same call again changes nothing; what is on its way or in force is not overwritten."""
        project = locked_project(request.user, code)
        require_reach(request.user, project, Action.REPORT)
        key = self.key(year, month)
        body = MonthRequestSerializer.checked(request.data)
        recorded = record_held(project=project, by=request.user, **key, **body)
        report = recorded.report
        name_people(report, request.user)
        allowed = workflow.allowed([report], by=request.user, held=True)
        with_actions([report], allowed)
        return Response(
            RecordedSerializer({**vars(recorded), "allowed_actions": allowed[report.pk]}).data,
            status=status.HTTP_201_CREATED if recorded.created else status.HTTP_200_OK,
        )

    @staticmethod
    def key(year: str, month: str) -> dict[str, Any]:
        return MonthKeySerializer.checked({"year": year, "month": month})


def standing(rows: list[ProgressReport]) -> dict[str, ProgressReport | None]:
    current = [row for row in rows if row.superseded_at is None]
    accepted = ProgressReport.Status.ACCEPTED
    return {
        "in_force": next((row for row in current if row.status == accepted), None),
        "open": next((row for row in current if row.status != accepted), None),
    }
