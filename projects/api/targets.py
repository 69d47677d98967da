"""How the year's targets stand."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from erqi.accounts.permissions import PublishedRule
from erqi.core.api.fields import MomentField, NumberField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import StrictSerializer
from erqi.core.api.views import QueryView
from projects.models import Project
from projects.reports import State, standings

from .serializers import MonthField, TargetSerializer, YearField


class TargetsQuerySerializer(StrictSerializer):
    year = YearField()
    month = MonthField(help_text=_("系统计算的实际数：1 月至该月。"))
    as_of = MomentField(
        required=False,
        help_text=_("当时所知的计划和进度，例如 2017-06-30T18:00:00+08:00；判断日之后的填写数不计。"),
    )


class StandingSerializer(AnswerSerializer):
    target = TargetSerializer()
    actual = NumberField(
        max_digits=24, decimal_places=4, allow_null=True, help_text=_("实际数，单位同目标值；未掌握时为 null。")
    )
    actual_as_of = serializers.DateField(source="actual_on", allow_null=True, help_text=_("实际数截至。"))
    gap = NumberField(max_digits=24, decimal_places=4, allow_null=True, help_text=_("实际数−目标值。"))
    state = serializers.ChoiceField(choices=State.choices, help_text=_("按 judged_on 判断。"))
    state_display = serializers.CharField(source="state.label")
    judged_on = serializers.DateField(source="on", help_text=_("按哪一天判断是否逾期；期限当天不算。"))


class TargetStandingsSerializer(AnswerSerializer):
    year = YearField()
    month = MonthField()
    basis = serializers.CharField(help_text=_("口径。"))
    targets = StandingSerializer(many=True)


class TargetStandingsView(QueryView):
    """What was promised for the year beside what was done."""

    permission_classes = [PublishedRule]
    query_class = TargetsQuerySerializer
    about = _("年度目标与完成情况：实际数由登记数据算出，或人工填写；未掌握的不推断。")

    @extend_schema(parameters=[TargetsQuerySerializer], responses=TargetStandingsSerializer)
    def get(self, request):
        query = self.query()
        rows = standings(**query, counted=Project.objects.all_visible_to(request.user))
        return Response(TargetStandingsSerializer({**query, "basis": basis(), "targets": rows}).data)


def basis() -> str:
    return gettext(
        "系统计算的按全部登记项目，含专项之下的专项：完成投资为有年度计划的项目 1 月至该月已认定之和，"
        "开工、竣工按实际日期；您不能查看全部项目时为 null；其余为人工填写。没有写期限的按年底。"
    )
