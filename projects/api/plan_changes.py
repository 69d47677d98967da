"""Asking for a year's plan and deciding it: the verbs of ``services.plan_changes``."""

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from erqi.accounts.permissions import PlanChangeRule
from erqi.accounts.roles import Action
from erqi.core.api.fields import AmountField, PlainTextField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from erqi.core.exceptions import Conflict
from projects import filtersets
from projects.models import PlanChange
from projects.services import plan_changes

from .reach import require_reach
from .serializers import PlanRequestSerializer
from .verbs import CONFLICT, ReasonSerializer, VerbViewSet, actions_field, verb


class PlanBriefSerializer(AnswerSerializer):
    """A version of the plan, enough to compare; the whole of it is at /annual-plans/{id}/."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    planned_investment = AmountField()


class PlanChangeSerializer(StrictModelSerializer):
    basis = PlanBriefSerializer(allow_null=True, help_text=_("申请时的现行计划；当年还没有计划时为 null。"))
    result = PlanBriefSerializer(allow_null=True, help_text=_("同意后形成的计划。"))
    schedule = serializers.ListField(
        child=AmountField(), allow_null=True, help_text=_("12 个月各月的计划投资，万元；null 为按月均衡。")
    )
    requested_by = DisplayField(allow_null=True)
    decided_by = DisplayField(allow_null=True)
    allowed_actions = actions_field(plan_changes.STEPS)

    class Meta:
        model = PlanChange
        fields = [
            "id",
            "project",
            "year",
            "status",
            "basis",
            "planned_investment",
            "opening_cumulative",
            "year_class",
            "objective",
            "schedule",
            "reason",
            "requested_at",
            "requested_by",
            "decided_at",
            "decided_by",
            "decision_note",
            "result",
            "allowed_actions",
        ]
        read_only_fields = fields


class ApproveSerializer(StrictSerializer):
    note = PlainTextField(required=False, allow_blank=True, max_length=500, help_text=_("审定意见，可不填。"))


class PlanChangeViewSet(VerbViewSet):
    """Requests for a plan, waiting and decided."""

    permission_classes = [PlanChangeRule]
    about = _("年度计划的申请与调整，及其审定。")
    serializer_class = PlanChangeSerializer
    filterset_class = filtersets.PlanChangeFilterSet
    allowed = staticmethod(plan_changes.allowed)
    orderings = {
        "-requested_at": ("-requested_at",),
        "requested_at": ("requested_at",),
        "project": ("project__code", "-year", "-requested_at"),
        "-decided_at": ("-decided_at",),
    }

    def get_queryset(self):
        rows = PlanChange.objects.visible_to(self.request.user)
        return rows.select_related("project", "basis", "result", "requested_by", "decided_by")

    @extend_schema(
        description=_(
            "申请一个项目的年度计划，或申请调整现行计划（须写明理由）；审定同意后才生效。"
            "新的申请为 201；同样的申请已在待审为 200；另一份申请待审、或与现行计划相同为 409。"
        ),
        request=PlanRequestSerializer,
        responses={201: PlanChangeSerializer, 200: PlanChangeSerializer, **CONFLICT},
    )
    @transaction.atomic
    def create(self, request, *args, **kwargs):
        body = PlanRequestSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        require_reach(request.user, body.validated_data["project"], Action.REPORT)
        requested = plan_changes.request_plan(by=request.user, **body.validated_data)
        if requested.change is None:
            message = gettext("所申请的与现行的年度计划相同，无须申请。")
            raise Conflict(message, code="plan_unchanged", how="none_needed")
        return Response(self.shown(requested.change), status=201 if requested.changed else 200)

    @verb(
        plan_changes.APPROVE,
        _("同意：成为年度计划的新版本，此前的版本保留。不能审定自己提出的申请。"),
        body=ApproveSerializer,
        answers=PlanChangeSerializer,
    )
    def approve(self, request, pk):
        return self.take(plan_changes.approve, body=ApproveSerializer)

    @verb(
        plan_changes.REJECT, _("不同意：写明理由，现行计划不变。"), body=ReasonSerializer, answers=PlanChangeSerializer
    )
    def reject(self, request, pk):
        return self.take(plan_changes.reject, body=ReasonSerializer)

    @verb(plan_changes.WITHDRAW, _("撤回：审定以前可以撤回申请。"), answers=PlanChangeSerializer)
    def withdraw(self, request, pk):
        return self.take(plan_changes.withdraw)
