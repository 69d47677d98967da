"""Who reports on time, and whose plan was changed; of what the caller may see."""

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from erqi.accounts.permissions import ProjectRule
from erqi.core.api.fields import AmountField, CodeField, NumberField, PlainIntegerField, PointsField, RateField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import StrictSerializer
from erqi.core.api.views import QueryView
from projects.filtersets.base import LED_WITHIN
from projects.models import Category, Light, Unit
from projects.reports import rebaselined, timeliness
from projects.services.judging import investment_judge

from .serializers import MonthField, YearField
from .statistics import narrowed


class By(TextChoices):
    UNIT = "unit", _("责任单位")
    CATEGORY = "category", _("类别")
    MONTH = "month", _("月份")


class NarrowedSerializer(StrictSerializer):
    year = YearField()
    month = MonthField(help_text=_("1–12。"))
    category = CodeField(queryset=Category.objects.all(), required=False)
    unit = CodeField(queryset=Unit.objects.all(), required=False, help_text=LED_WITHIN)


class TimelinessQuerySerializer(NarrowedSerializer):
    from_month = MonthField(required=False, help_text=_("从该月到 month；不写则只看 month 一个月。"))
    by = serializers.ChoiceField(choices=By.choices, default=By.UNIT, help_text=_("按什么分组；不写为责任单位。"))
    level = PlainIntegerField(
        required=False,
        min_value=1,
        max_value=20,
        help_text=_("责任单位归到单位树的第几级（1 为最上一级）；不写则不归并。只用于 by=unit。"),
    )

    def validate(self, attrs):
        if attrs.get("from_month", 1) > attrs["month"]:
            raise serializers.ValidationError({"from_month": _("起始月份应不晚于 month。")})
        if "level" in attrs and attrs["by"] != By.UNIT:
            raise serializers.ValidationError({"level": _("只有按责任单位分组（by=unit）时才能归并。")})
        return attrs


def rate_field(words):
    return RateField(allow_null=True, help_text=words)


class TimelinessSerializer(AnswerSerializer):
    projects = serializers.IntegerField(help_text=_("应报项目数：有当年现行计划且未停缓建、未调出。"))
    due = serializers.IntegerField(help_text=_("到期应报（项目·月）：报送截止日（含延期）已过的。"))
    filed = serializers.IntegerField(help_text=_("其中已报送的；单位撤回的不算。"))
    on_time = serializers.IntegerField(help_text=_("其中首次报送不晚于截止日的。"))
    late = serializers.IntegerField(help_text=_("其中逾期才报送的：filed−on_time。"))
    overdue = serializers.IntegerField(help_text=_("逾期未报：due−filed。"))
    accepted = serializers.IntegerField(help_text=_("到期应报中已认定的。"))
    filed_rate = rate_field(_("报送率：filed÷due。"))
    on_time_rate = rate_field(_("按时率：on_time÷due。"))
    accepted_rate = rate_field(_("认定率，也是按项目数的覆盖率：accepted÷due。"))
    money_rate = rate_field(_("按投资的覆盖率：plan_accepted÷plan_due。"))
    plan_due = AmountField(help_text=_("到期应报各月所属项目的年度计划投资之和，万元。"))
    plan_accepted = AmountField(help_text=_("其中已认定各月的，万元。"))
    not_yet_due = serializers.IntegerField(help_text=_("截止日未过的（项目·月），不计入任何比率。"))
    filed_early = serializers.IntegerField(help_text=_("其中已报送的。"))
    undated = serializers.IntegerField(help_text=_("没有报送期的（项目·月）：既不算按时也不算逾期。"))
    undated_filed = serializers.IntegerField(help_text=_("其中已报送的。"))
    reports = serializers.IntegerField(help_text=_("所选各月首次填报已报送的份数，不论是否到期。"))
    returns = serializers.IntegerField(help_text=_("它们被退回的次数。"))
    returns_per_report = rate_field(_("每份退回次数：returns÷reports。"))
    passed = serializers.IntegerField(help_text=_("首次填报中已认定的份数。"))
    first_pass = serializers.IntegerField(help_text=_("其中从未退回的。"))
    first_pass_rate = rate_field(_("一次通过率：first_pass÷passed。"))
    review_mean = NumberField(
        max_digits=9, decimal_places=1, allow_null=True, help_text=_("从（最后一次）报送到认定的平均天数。")
    )
    review_median = NumberField(max_digits=9, decimal_places=1, allow_null=True, help_text=_("同上，中位数。"))
    newest_age = serializers.IntegerField(allow_null=True, help_text=_("最近一次认定距今天数：最新的项目。"))
    oldest_age = serializers.IntegerField(allow_null=True, help_text=_("同上：最久没有新数的项目。"))
    silent = serializers.IntegerField(help_text=_("当年至该月还没有任何认定数的项目。"))


class TimelinessGroupSerializer(AnswerSerializer):
    """By month, ``code`` and ``name`` are the month; both are null for projects that name no unit."""

    code = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    figures = TimelinessSerializer()

    def get_code(self, group) -> str | None:
        return None if group.of is None else str(getattr(group.of, "code", group.of))

    def get_name(self, group) -> str | None:
        return None if group.of is None else str(group.of)


class TimelinessReportSerializer(AnswerSerializer):
    year = YearField()
    from_month = MonthField()
    month = MonthField()
    today = serializers.DateField(help_text=_("判断是否到期所用的日期。"))
    by = serializers.ChoiceField(choices=By.choices)
    basis = serializers.CharField(help_text=_("口径。"))
    total = TimelinessSerializer()
    groups = TimelinessGroupSerializer(many=True)


class TimelinessView(QueryView):
    """Due, filed, on time, accepted, and how the review went, by unit, category or month."""

    permission_classes = [ProjectRule]
    query_class = TimelinessQuerySerializer
    about = _(
        "报送情况：应报、已报、按时、认定，一次通过率、退回次数、审核天数、覆盖率和数据新旧，按单位、类别或月份。"
    )

    @extend_schema(parameters=[TimelinessQuerySerializer], responses=TimelinessReportSerializer)
    def get(self, request):
        query = self.query()
        by = query.pop("by")
        found = timeliness(projects=narrowed(request.user, query), **query)
        groups = getattr(found, f"by_{by}")
        answer = {**vars(found), "by": by, "groups": groups, "basis": timeliness_basis()}
        return Response(TimelinessReportSerializer(answer).data)


def timeliness_basis() -> str:
    return gettext(
        "您可以查看的、有当年现行计划且未停缓建、未调出的项目；一个项目一个月计一次；截止日已过（含延期）才算到期，"
        "各率都除以到期应报；以首次报送为准，退回重报和更正不改变；没有报送期的月份不算按时也不算逾期。"
    )


class ChangeSerializer(AnswerSerializer):
    version = serializers.IntegerField(source="plan.version")
    before = AmountField(help_text=_("调整前年度计划投资，万元。"))
    after = AmountField(help_text=_("调整后，万元。"))
    rescheduled = serializers.BooleanField(help_text=_("月度安排是否改变。"))
    reason = serializers.CharField()
    asked_by = serializers.CharField(allow_null=True, help_text=_("申请人；没有申请而直接设定的为 null。"))
    asked_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True, help_text=_("审定人；没有申请的为设定人。"))
    at = serializers.DateTimeField(help_text=_("生效时间。"))


class AgainstSerializer(AnswerSerializer):
    plan = AmountField(help_text=_("年度计划投资，万元。"))
    scheduled = AmountField(help_text=_("时序：应完成累计，万元。"))
    done = AmountField(help_text=_("已认定的本年累计，万元。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率：done÷plan。"))
    ahead_points = PointsField(source="ahead", allow_null=True)


def colour_field(words):
    return serializers.ChoiceField(choices=Light.Colour.choices, allow_null=True, help_text=words)


class RebaselinedLineSerializer(AnswerSerializer):
    project = serializers.CharField(source="project.code")
    project_name = serializers.CharField(source="project.name")
    unit = serializers.CharField(source="project.lead_unit.code", allow_null=True, default=None)
    unit_name = serializers.CharField(source="project.lead_unit.name", allow_null=True, default=None)
    difference = AmountField(help_text=_("现行计划−原计划，万元；负数为调减。"))
    original = AgainstSerializer(help_text=_("对照原计划（第 1 版）。"))
    current = AgainstSerializer(help_text=_("对照现行计划。"))
    hidden_points = PointsField(allow_null=True, help_text=_("调整使超欠时序改变的百分点：对照现行−对照原计划。"))
    original_colour = colour_field(_("对照原计划应亮的投资灯；没有施行中的规则时为 null。"))
    current_colour = colour_field(_("对照现行计划的投资灯。"))
    changes = ChangeSerializer(many=True)


class ColoursSerializer(AnswerSerializer):
    original_red = serializers.IntegerField(help_text=_("全部有计划项目中，对照原计划应亮红灯的。"))
    original_yellow = serializers.IntegerField(help_text=_("对照原计划应亮黄灯的。"))
    current_red = serializers.IntegerField(help_text=_("对照现行计划亮红灯的。"))
    current_yellow = serializers.IntegerField(help_text=_("对照现行计划亮黄灯的。"))


class RebaselinedSerializer(AnswerSerializer):
    year = YearField()
    month = MonthField()
    basis = serializers.CharField(help_text=_("口径。"))
    lowered = AmountField(help_text=_("调减合计，万元，正数。"))
    lowered_count = serializers.IntegerField(help_text=_("调减的项目数。"))
    raised = AmountField(help_text=_("调增合计，万元。"))
    raised_count = serializers.IntegerField(help_text=_("调增的项目数。"))
    original = AgainstSerializer(help_text=_("全部有计划项目对照原计划。"))
    current = AgainstSerializer(help_text=_("全部有计划项目对照现行计划。"))
    colours = ColoursSerializer(allow_null=True, help_text=_("投资进度按施行中的亮灯规则；没有规则时为 null。"))
    projects = RebaselinedLineSerializer(source="lines", many=True)


class RebaselinedView(QueryView):
    """Plans that were changed: by whom, why, and how progress stands against the original."""

    permission_classes = [ProjectRule]
    query_class = NarrowedSerializer
    about = _("当年计划调整一览：原计划、现行计划、每次调整的人、时间和理由，以及对照两者的进度。")

    @extend_schema(parameters=[NarrowedSerializer], responses=RebaselinedSerializer)
    def get(self, request):
        query = self.query()
        projects = narrowed(request.user, query)
        found = rebaselined(projects=projects, judge=investment_judge(**query), **query)
        return Response(RebaselinedSerializer({**vars(found), "basis": rebaselined_basis()}).data)


def rebaselined_basis() -> str:
    return gettext(
        "您可以查看的项目；年度计划投资或月度安排改过的才列出，只改文字的不列；原计划为第 1 版，从不改动；"
        "进度只计已认定的 1 月至该月；灯色只判投资进度，该月未认定的为灰灯；金额单位万元。"
    )
