from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from erqi.accounts.roles import Action
from erqi.core.api.fields import (
    AmountField,
    CodeField,
    CodesField,
    PhoneField,
    PlainIntegerField,
    PlainTextField,
    PointsField,
    RateField,
)
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from erqi.core.models import Source, SourceNote
from erqi.core.validators import approval_code
from projects.models import (
    AnnualPlan,
    ApprovalCode,
    Category,
    Programme,
    Project,
    PublishedFigure,
    Target,
    Unit,
    YearTheme,
)
from projects.models.choices import FIRST_YEAR, LAST_YEAR

from .reach import reaches

SOURCED = ["source", "quotes"]


class YearField(PlainIntegerField):
    def __init__(self, **kwargs):
        super().__init__(**{"min_value": FIRST_YEAR, "max_value": LAST_YEAR, **kwargs})


class MonthField(PlainIntegerField):
    def __init__(self, **kwargs):
        super().__init__(**{"min_value": 1, "max_value": 12, **kwargs})


class CategorySerializer(StrictModelSerializer):
    class Meta:
        model = Category
        fields = ["code", "name", "name_en", "heading", "scope", "objective", "order", "active", *SOURCED]


class ProgrammeSerializer(StrictModelSerializer):
    class Meta:
        model = Programme
        fields = [
            "code",
            "name",
            "name_en",
            "category",
            "parent",
            "stated_count",
            "count_unit",
            "stated_quantity",
            "quantity_unit",
            "quantity_of",
            "annual_plan",
            "annual_plan_qualifier",
            "stage_goal",
            "commitment",
            "deadline_text",
            "deadline",
            "note",
            "order",
            "active",
            *SOURCED,
        ]


class UnitSerializer(StrictModelSerializer):
    class Meta:
        model = Unit
        fields = [
            "code",
            "name",
            "full_name",
            "aliases",
            "kind",
            "parent",
            "peer_group",
            "uscc",
            "note",
            "order",
            "active",
            *SOURCED,
        ]


class ApprovalCodesField(serializers.ListField):
    """项目代码, in the shape of GB/T 40058-2021."""

    child = PlainTextField(max_length=24, validators=[approval_code])

    def __init__(self, **kwargs):
        super().__init__(max_length=20, **kwargs)

    def to_representation(self, data):
        return data if isinstance(data, list) else [row.code for row in data.all()]


class ProjectProgressSerializer(AnswerSerializer):
    """The project's own figures from January to the month, 万元; what is not known is null."""

    year = YearField()
    month = MonthField()
    plan = AmountField(allow_null=True, help_text=_("现行年度计划，万元。"))
    scheduled = AmountField(allow_null=True, help_text=_("时序：应完成累计，万元。"))
    done = AmountField(allow_null=True, help_text=_("已认定的本年累计，万元。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率：done÷plan。"))
    ahead_points = PointsField(source="ahead", allow_null=True)


class ProjectSerializer(StrictModelSerializer):
    code = PlainTextField(required=False, max_length=30, help_text=_("留空则自动编号；登记后不能修改。"))
    supporting_units = CodesField(queryset=Unit.objects.all(), required=False, help_text=_("单位编号。"))
    approval_codes = ApprovalCodesField(required=False)
    contact_phone = PhoneField(
        max_length=30, required=False, allow_blank=True, help_text=_("对无权修改该项目的人部分隐藏。")
    )
    may_change = serializers.BooleanField(read_only=True, help_text=_("您能否修改该项目。"))
    progress = ProjectProgressSerializer(
        read_only=True, allow_null=True, help_text=_("year 年 1 月至 month 月（不写为 12 月）；没有给 year 时为 null。")
    )

    class Meta:
        model = Project
        fields = [
            "code",
            "name",
            "aliases",
            "approval_codes",
            "area",
            "category",
            "programme",
            "parent",
            "package_count",
            "level",
            "nature",
            "stage",
            "goal",
            "commitment",
            "lead_unit",
            "host_unit",
            "supporting_units",
            "owner",
            "sponsor",
            "service_officer",
            "contact_name",
            "contact_phone",
            "planned_start",
            "actual_start",
            "planned_finish",
            "actual_finish",
            "content",
            "funding",
            "location",
            "total_investment",
            "in_statistics",
            "published",
            "note",
            *SOURCED,
            "may_change",
            "progress",
        ]
        read_only_fields = SOURCED
        extra_kwargs = {"total_investment": {"min_value": 0}}

    def get_fields(self):
        fields = super().get_fields()
        if self.instance is not None:
            fields["code"].read_only = True
        return fields

    def validate_approval_codes(self, codes):
        """Whose they are is not told: that project may be out of the caller's sight."""
        others = ApprovalCode.objects.filter(code__in=codes).exclude(project=self.instance)
        taken = set(others.values_list("code", flat=True))
        if taken:
            wrong = {
                str(position): [_("“%(code)s”已被其他项目使用。") % {"code": code}]
                for position, code in enumerate(codes)
                if code in taken
            }
            raise serializers.ValidationError(wrong, code="taken")
        return codes

    def validate_published(self, published):
        """What the public sees is decided by those who may also add the project."""
        project, user = self.instance, self.context["request"].user
        if project and published != project.published and not reaches(user, project, Action.ADD):
            raise serializers.ValidationError(_("是否对外公开由审核人决定。"), code="role_not_allowed")
        return published


class AnnualPlanSerializer(StrictModelSerializer):
    """A version of a year's plan as it was put in force."""

    schedule = serializers.SerializerMethodField(help_text=_("每月末应完成的本年累计，12 个数，万元。"))
    recorded_by = DisplayField(allow_null=True)

    class Meta:
        model = AnnualPlan
        fields = [
            "id",
            "project",
            "year",
            "version",
            "planned_investment",
            "opening_cumulative",
            "year_class",
            "objective",
            "linear",
            "schedule",
            "recorded_at",
            "superseded_at",
            "recorded_by",
            "reason",
        ]

    @extend_schema_field(serializers.ListField(child=AmountField()))
    def get_schedule(self, plan) -> list[str]:
        amount = AmountField()
        return [amount.to_representation(to_date) for to_date in plan.to_date.values()]


class PlanRequestSerializer(StrictSerializer):
    """The whole plan as it shall be; what is left out becomes empty."""

    # Held, so that whether it is in reach is asked of the row as it will be when the plan is written.
    project = CodeField(queryset=Project.objects.select_for_update(no_key=True))
    year = YearField()
    planned_investment = AmountField(min_value=0)
    opening_cumulative = AmountField(
        required=False, allow_null=True, min_value=0, help_text=_("截至上年底累计，万元。")
    )
    year_class = serializers.ChoiceField(choices=AnnualPlan.YearClass.choices, required=False, allow_blank=True)
    objective = PlainTextField(required=False, allow_blank=True, max_length=500)
    schedule = serializers.ListField(
        child=AmountField(min_value=0),
        required=False,
        allow_null=True,
        min_length=12,
        max_length=12,
        help_text=_("12 个月各月的计划投资（万元），合计等于年度计划；不给则按月均衡。"),
    )
    reason = PlainTextField(required=False, allow_blank=True, max_length=500, help_text=_("调整已有计划时必填。"))


ANNOUNCED = [
    "code",
    "year",
    "category",
    "programme",
    "value",
    "unit_of_measure",
    "qualifier",
    "commitment",
    "note",
    "order",
]


class TargetSerializer(StrictModelSerializer):
    """``actual`` is what was entered by hand; what the register counts is in ``/statistics/targets/``."""

    actual_by = DisplayField(allow_null=True)

    class Meta:
        model = Target
        fields = [
            "indicator",
            "indicator_en",
            *ANNOUNCED,
            "deadline_text",
            "deadline",
            "measure",
            "at_most",
            "actual",
            "actual_on",
            "actual_source",
            "actual_by",
            *SOURCED,
        ]


class PublishedFigureSerializer(StrictModelSerializer):
    class Meta:
        model = PublishedFigure
        fields = [
            "label",
            "label_en",
            "measure",
            *ANNOUNCED,
            "topic",
            "rank",
            "comparison_scope",
            "period_text",
            *SOURCED,
        ]


class YearThemeSerializer(StrictModelSerializer):
    class Meta:
        model = YearTheme
        fields = ["code", "year", "name", "set_by", "order", *SOURCED]


class SourceSerializer(StrictModelSerializer):
    class Meta:
        model = Source
        fields = ["code", "title", "kicker", "publisher", "published_on", "note"]


class SourceNoteSerializer(StrictModelSerializer):
    class Meta:
        model = SourceNote
        fields = ["code", "kind", "topic", "topic_en", "text", "text_en", "on_overview", "order", *SOURCED]
