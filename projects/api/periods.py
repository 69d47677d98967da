"""When months are filed: periods, who was given longer, and how strictly filings are checked."""

from typing import Any, cast

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.response import Response

from erqi.accounts.models import User
from erqi.accounts.permissions import CycleRule
from erqi.core.api.fields import CodeField, NumberField, PlainTextField, StrictDateField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from erqi.core.api.views import ID, ReadViewSet, StrictView
from erqi.core.exceptions import Conflict
from projects import filtersets
from projects.models import FilingCheck, PeriodExtension, ReportingPeriod, Unit
from projects.reports.deadlines import windows_of
from projects.services import checks
from projects.services.periods import grant_extension, save_period

from .verbs import CONFLICT

KEY = "[0-9]{4}-[0-9]{1,2}"
BY_KEY = OpenApiParameter(
    "period",
    OpenApiTypes.STR,
    OpenApiParameter.PATH,
    pattern=f"^{KEY}$",
    description=_("年-月，例如 2017-3 或 2017-03。"),
)


def period_by_key(key: str, rows=None) -> ReportingPeriod:
    year, month = key.split("-")
    return get_object_or_404(ReportingPeriod.objects.all() if rows is None else rows, year=year, month=month)


class ReportingPeriodSerializer(StrictModelSerializer):
    period = serializers.SerializerMethodField(help_text=_("年-月，地址中的编号。"))
    open_now = serializers.BooleanField(source="window.open", read_only=True, help_text=_("您今天能否报送。"))
    your_due = serializers.DateField(
        source="window.due",
        read_only=True,
        help_text=_("您的截止日，含所在单位及其上级获得的延期；任职于几个单位的取最晚。"),
    )
    your_locks = serializers.DateField(source="window.locks", read_only=True, allow_null=True)

    class Meta:
        model = ReportingPeriod
        fields = [
            "period",
            "year",
            "month",
            "opens",
            "due",
            "locks",
            "endorsed",
            "note",
            "open_now",
            "your_due",
            "your_locks",
        ]
        # The service asks, once.
        validators: list[Any] = []

    def get_fields(self):
        fields = super().get_fields()
        if self.instance is not None:
            fields["year"].read_only = fields["month"].read_only = True
        return fields

    def get_period(self, period) -> str:
        return f"{period.year}-{period.month:02d}"


@extend_schema_view(retrieve=extend_schema(parameters=[BY_KEY]))
class PeriodViewSet(ReadViewSet):
    permission_classes = [CycleRule]
    about = _("报送期：何时开放、截止、锁定，以及您现在能否报送。没有报送期的月份随时可报，不计是否按时。")
    queryset = ReportingPeriod.objects.all()
    lookup_url_kwarg = "period"
    lookup_value_regex = KEY
    serializer_class = ReportingPeriodSerializer
    filterset_class = filtersets.ReportingPeriodFilterSet
    orderings = {"-month": ("-year", "-month"), "month": ("year", "month")}

    def get_object(self):
        return period_by_key(self.kwargs["period"], self.get_queryset())

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        self.add_windows(page)
        return page

    def retrieve(self, request, *args, **kwargs):
        return Response(self.shown(self.get_object()))

    @extend_schema(
        description=_("新设一个月的报送期；已有为 409。"), responses={201: ReportingPeriodSerializer, **CONFLICT}
    )
    @transaction.atomic
    def create(self, request, *args, **kwargs):
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        period = ReportingPeriod(**serializer.validated_data)
        if ReportingPeriod.objects.filter(year=period.year, month=period.month).exists():
            message = gettext("%(period)s 的报送期已经建立，请用 PATCH 修改。")
            raise Conflict(message % {"period": period}, code="period_exists", how="patch")
        return Response(self.shown(save_period(period, by=request.user)), status=status.HTTP_201_CREATED)

    @extend_schema(description=_("修改报送期，只改所给的字段；已报送的月份是否按时随之重算。"), parameters=[BY_KEY])
    @transaction.atomic
    def partial_update(self, request, *args, **kwargs):
        period = period_by_key(self.kwargs["period"], ReportingPeriod.objects.select_for_update(no_key=True))
        serializer = self.get_serializer(period, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        for name, value in serializer.validated_data.items():
            setattr(period, name, value)
        return Response(self.shown(save_period(period, by=request.user)))

    def shown(self, period: ReportingPeriod) -> dict:
        self.add_windows([period])
        return self.get_serializer(period).data

    def add_windows(self, periods) -> None:
        windows = windows_of(cast(User, self.request.user), periods)
        for period in periods:
            period.window = windows[period.pk]


class PeriodExtensionSerializer(StrictModelSerializer):
    granted_by = DisplayField(allow_null=True)

    class Meta:
        model = PeriodExtension
        fields = ["id", "unit", "due", "reason", "granted_by", "granted_at"]
        read_only_fields = fields


class ExtensionRequestSerializer(StrictSerializer):
    unit = CodeField(queryset=Unit.objects.all(), help_text=_("单位编号；其下级单位同时延期。"))
    due = StrictDateField(help_text=_("延至该日，含当天，须晚于原截止日。"))
    reason = PlainTextField(max_length=300, help_text=_("理由，必填。"))


@extend_schema_view(list=extend_schema(parameters=[BY_KEY]), retrieve=extend_schema(parameters=[BY_KEY]))
class PeriodExtensionViewSet(ReadViewSet):
    permission_classes = [CycleRule]
    about = _("一个报送期内各单位的延期。")
    queryset = PeriodExtension.objects.select_related("unit", "granted_by")
    lookup_field = "pk"
    lookup_value_regex = ID
    serializer_class = PeriodExtensionSerializer
    filterset_class = filtersets.PeriodExtensionFilterSet
    orderings = {"unit": ("unit__order", "unit__code"), "-due": ("-due", "unit__code")}

    def get_queryset(self):
        return super().get_queryset().filter(period=period_by_key(self.kwargs["period"]))

    @extend_schema(
        description=_("给一个单位及其下级延期；该单位已有延期的，以新的为准（200）。是否按时随之重算。"),
        parameters=[BY_KEY],
        request=ExtensionRequestSerializer,
        responses={201: PeriodExtensionSerializer, 200: PeriodExtensionSerializer},
    )
    @transaction.atomic
    def create(self, request, *args, **kwargs):
        period = period_by_key(self.kwargs["period"], ReportingPeriod.objects.select_for_update(no_key=True))
        body = ExtensionRequestSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        known = period.extensions.filter(unit=body.validated_data["unit"]).exists()
        extension = grant_extension(period=period, by=request.user, **body.validated_data)
        answer = status.HTTP_200_OK if known else status.HTTP_201_CREATED
        return Response(self.get_serializer(extension).data, status=answer)


class FilingCheckSerializer(AnswerSerializer):
    code = serializers.ChoiceField(choices=FilingCheck.Code.choices)
    code_display = serializers.CharField()
    field = serializers.CharField(help_text=_("所看的栏目。"))
    severity = serializers.ChoiceField(choices=FilingCheck.Severity.choices)
    severity_display = serializers.CharField()
    threshold = NumberField(max_digits=8, decimal_places=2, allow_null=True, help_text=_("界限；不用界限的为 null。"))


class FilingChecksSerializer(AnswerSerializer):
    results = FilingCheckSerializer(many=True)


class FilingChecksView(StrictView):
    """What each check does when a month is filed today: as the bureau set it, or else by default."""

    permission_classes = [CycleRule]
    about = _("报送检查：每一项现在如何处理，界限是多少。")

    @extend_schema(responses=FilingChecksSerializer)
    def get(self, request):
        rules = checks.rules()
        found = [
            {
                "code": code,
                "code_display": FilingCheck.Code(code).label,
                "field": checks.CHECKS[code].field,
                "severity": rule.severity,
                "severity_display": FilingCheck.Severity(rule.severity).label,
                "threshold": rule.threshold,
            }
            for code, rule in rules.items()
        ]
        return Response(FilingChecksSerializer({"results": found}).data)
