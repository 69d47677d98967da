"""Months on their way to being accepted: lists for those who review, and the verbs of ``services.workflow``."""

from typing import Any, cast

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from erqi.accounts.models import User
from erqi.accounts.permissions import ProgressRule
from erqi.core.api.fields import PlainTextField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from projects import filtersets
from projects.models import ProgressReport
from projects.services import checks, workflow

from .verbs import ReasonSerializer, VerbViewSet, actions_field, verb, with_actions


class FindingSerializer(AnswerSerializer):
    """What a check found when the month was submitted, in the reader's language."""

    code = serializers.CharField()
    message = serializers.SerializerMethodField()
    facts = serializers.DictField(child=serializers.CharField(), help_text=_("检查所依据的数字，万元。"))

    def get_message(self, finding: dict[str, Any]) -> str:
        return checks.message(finding["code"], finding["facts"])


class ProgressReportSerializer(StrictModelSerializer):
    recorded_by = DisplayField(allow_null=True, help_text=_("填报人：最后改动内容的人。"))
    submitted_by = DisplayField(allow_null=True)
    endorsed_by = DisplayField(allow_null=True)
    returned_by = DisplayField(allow_null=True)
    accepted_by = DisplayField(allow_null=True)
    findings = FindingSerializer(many=True, read_only=True)
    return_fields = serializers.ListField(
        child=serializers.ChoiceField(choices=ProgressReport.Field.choices), read_only=True
    )
    allowed_actions = actions_field(workflow.STEPS)

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
            "explanation",
            "findings",
            "copied_forward",
            "recorded_at",
            "recorded_by",
            "filed_at",
            "on_time",
            "submitted_at",
            "submitted_by",
            "endorsed_at",
            "endorsed_by",
            "returns",
            "returned_at",
            "returned_by",
            "return_reason",
            "return_fields",
            "accepted_at",
            "accepted_by",
            "superseded_at",
            "allowed_actions",
        ]
        read_only_fields = fields


class SubmitSerializer(StrictSerializer):
    explanation = PlainTextField(
        required=False, allow_blank=True, max_length=500, help_text=_("对检查所提疑点的说明；不给则用已有的。")
    )


class ReturnSerializer(ReasonSerializer):
    # Declared fields leave the class's namespace, so this does not hide Serializer.fields.
    fields = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(choices=ProgressReport.Field.choices),
        required=False,
        max_length=len(ProgressReport.Field),
        help_text=_("所指的栏目，可不填。"),
    )


class ProgressReportViewSet(VerbViewSet):
    """Every revision of every month; without ``as_of`` and ``history`` what is in force now, and what is open.

    A draft is shown to those who may report on its project, what was submitted also to those who decide it.
    """

    permission_classes = [ProgressRule]
    about = _("月度进度；默认列出有效的记录和可以看到的未认定记录。")
    serializer_class = ProgressReportSerializer
    filterset_class = filtersets.ProgressReportFilterSet
    allowed = staticmethod(workflow.allowed)
    orderings = {
        "project": ("project__code", "-year", "-month", "-revision"),
        "-month": ("-year", "-month", "project__code", "-revision"),
        "-accepted_at": ("-accepted_at",),
        "submitted_at": ("submitted_at",),
        "-submitted_at": ("-submitted_at",),
        "-filed_at": ("-filed_at",),
    }

    def get_queryset(self) -> QuerySet[ProgressReport]:
        return ProgressReport.objects.shown_to(self.request.user).select_related("project", *ProgressReport.PEOPLE)

    def taken(self, row: ProgressReport) -> dict:
        with_actions([row], workflow.allowed([row], by=cast(User, self.request.user), held=True))
        return self.get_serializer(row).data

    @verb(
        workflow.SUBMIT,
        _("报送：交单位负责人签审或发改统计局审核。检查不通过时为 400，须说明的写 explanation。"),
        body=SubmitSerializer,
        answers=ProgressReportSerializer,
    )
    def submit(self, request: Request, pk: str) -> Response:
        return self.take(workflow.submit, body=SubmitSerializer)

    @verb(workflow.WITHDRAW, _("撤回：签审、认定或退回以前可以取回修改。"), answers=ProgressReportSerializer)
    def withdraw(self, request: Request, pk: str) -> Response:
        return self.take(workflow.withdraw)

    @verb(workflow.ENDORSE, _("签审：单位负责人签字，不能签自己填报的。"), answers=ProgressReportSerializer)
    def endorse(self, request: Request, pk: str) -> Response:
        return self.take(workflow.endorse)

    @verb(
        workflow.ACCEPT,
        _("认定：从此计入各项数字，原有效记录保留为修订。不能认定自己填报、报送或签审的。"),
        answers=ProgressReportSerializer,
    )
    def accept(self, request: Request, pk: str) -> Response:
        return self.take(workflow.accept)

    @verb(
        workflow.RETURN,
        _("退回：写明理由，并可指出栏目；单位修改后重新报送。"),
        body=ReturnSerializer,
        answers=ProgressReportSerializer,
    )
    def return_report(self, request: Request, pk: str) -> Response:
        return self.take(workflow.return_report, body=ReturnSerializer)

    @verb(
        workflow.REOPEN,
        _("退回更正：已认定的月份由单位更正。回答是新的一次修订（201），原记录在更正被认定以前继续有效。"),
        body=ReasonSerializer,
        answers=ProgressReportSerializer,
        status=201,
    )
    def reopen(self, request: Request, pk: str) -> Response:
        return self.take(workflow.reopen, body=ReasonSerializer, status=201)

    @verb(
        workflow.DISMISS,
        _("撤销更正：不需要的更正，写明理由；该月仍以有效的记录为准。"),
        body=ReasonSerializer,
        answers=ProgressReportSerializer,
    )
    def dismiss(self, request: Request, pk: str) -> Response:
        return self.take(workflow.dismiss, body=ReasonSerializer)
