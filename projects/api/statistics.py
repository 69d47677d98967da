"""Totals of what the caller may see."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from erqi.accounts.permissions import ProjectRule
from erqi.core.api.fields import AmountField, CodeField, MomentField, NumberField, PointsField, RateField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import StrictSerializer
from erqi.core.api.views import QueryView
from projects.filtersets.base import LED_WITHIN
from projects.models import Category, Project, Unit
from projects.models.choices import Baseline
from projects.reports import months_by_category, overview, published_against_registered

from .serializers import MonthField, PublishedFigureSerializer, YearField


class OverviewQuerySerializer(StrictSerializer):
    year = YearField()
    month = MonthField(help_text=_("1 月至该月。"))
    as_of = MomentField(
        required=False,
        help_text=_("当时所知的计划和进度，例如 2017-06-30T18:00:00+08:00；项目数、类别、责任单位和阶段始终按现在。"),
    )
    baseline = serializers.ChoiceField(
        choices=Baseline.choices, required=False, help_text=_("对照原计划（第 1 版）还是现行计划；不写为现行计划。")
    )
    category = CodeField(queryset=Category.objects.all(), required=False)
    unit = CodeField(queryset=Unit.objects.all(), required=False, help_text=LED_WITHIN)


class FiguresSerializer(AnswerSerializer):
    projects = serializers.IntegerField(help_text=_("项目数。"))
    planned_projects = serializers.IntegerField(help_text=_("其中有本年计划的。"))
    plan = AmountField(help_text=_("年度计划投资，万元。"))
    scheduled = AmountField(help_text=_("时序：应完成累计，万元。"))
    done = AmountField(help_text=_("有计划的项目已认定的本年累计，万元。"))
    unplanned = AmountField(help_text=_("没有本年计划的项目完成的投资，万元；不计入任何比率。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率：done÷plan。"))
    scheduled_rate = RateField(allow_null=True, help_text=_("时序进度：scheduled÷plan。"))
    ahead_points = PointsField(source="ahead", allow_null=True)
    reports_due = serializers.IntegerField(source="due", help_text=_("该月应报项目数。"))
    reports_in = serializers.IntegerField(source="in_", help_text=_("其中已认定的。"))


class GroupSerializer(AnswerSerializer):
    """``code`` and ``name`` are null for projects that name no unit."""

    code = serializers.CharField(source="of.code", allow_null=True, default=None)
    name = serializers.CharField(source="of", allow_null=True)
    figures = FiguresSerializer()


class OverviewSerializer(AnswerSerializer):
    year = YearField()
    month = MonthField()
    as_of = serializers.DateTimeField(allow_null=True)
    baseline = serializers.ChoiceField(choices=Baseline.choices, help_text=_("计划、时序和比率所对照的计划。"))
    basis = serializers.CharField(help_text=_("口径。"))
    newest = serializers.DateTimeField(allow_null=True, help_text=_("所含最新一条进度的认定时间。"))
    total = FiguresSerializer()
    by_category = GroupSerializer(many=True)
    by_unit = GroupSerializer(many=True)


class MonthsQuerySerializer(OverviewQuerySerializer):
    month = MonthField(default=12, help_text=_("完成数计到该月，其后各月为 null；不写为 12。"))


class CourseLineSerializer(AnswerSerializer):
    month = MonthField()
    scheduled = AmountField(allow_null=True, help_text=_("本月计划，万元；没有计划时为 null。"))
    scheduled_to_date = AmountField(allow_null=True, help_text=_("时序：应完成累计，万元。"))
    invested = AmountField(allow_null=True, help_text=_("有计划的项目本月完成，万元；尚无认定时为 null。"))
    to_date = AmountField(allow_null=True, help_text=_("本年累计，万元。"))
    rate = RateField(allow_null=True, help_text=_("年度投资完成率：本年累计÷年度计划。"))
    ahead_points = PointsField(source="ahead", allow_null=True)


class CategoryMonthsSerializer(AnswerSerializer):
    code = serializers.CharField(source="of.code")
    name = serializers.CharField(source="of")
    months = CourseLineSerializer(many=True)


class MonthsSerializer(AnswerSerializer):
    year = YearField()
    month = MonthField()
    as_of = serializers.DateTimeField(allow_null=True)
    baseline = serializers.ChoiceField(choices=Baseline.choices, help_text=_("计划、时序和比率所对照的计划。"))
    basis = serializers.CharField(help_text=_("口径。"))
    total = CourseLineSerializer(many=True)
    by_category = CategoryMonthsSerializer(many=True)


class PublishedQuerySerializer(StrictSerializer):
    year = YearField()
    as_of = MomentField(
        required=False,
        help_text=_("当时所知的计划，例如 2017-06-30T18:00:00+08:00；项目数、总投资和类别始终按现在。"),
    )


class ComparisonSerializer(AnswerSerializer):
    published = PublishedFigureSerializer()
    registered = NumberField(
        max_digits=24, decimal_places=4, allow_null=True, help_text=_("登记数，单位同公布数；全无登记时为 null。")
    )
    gap = NumberField(max_digits=24, decimal_places=4, allow_null=True, help_text=_("登记数−公布数。"))


class PublishedSerializer(AnswerSerializer):
    year = YearField()
    basis = serializers.CharField(help_text=_("口径。"))
    figures = ComparisonSerializer(many=True)


class OverviewView(QueryView):
    """Totals, by category and by lead unit, from January to a month."""

    permission_classes = [ProjectRule]
    query_class = OverviewQuerySerializer
    about = _("1 月至某月的合计、分类别、分责任单位：计划、时序、完成、完成率、超欠时序、应报与已报。")

    @extend_schema(parameters=[OverviewQuerySerializer], responses=OverviewSerializer)
    def get(self, request):
        query = self.query()
        projects = narrowed(request.user, query)
        found = overview(projects=projects, **query)
        return Response(OverviewSerializer({**vars(found), "basis": basis()}).data)


def narrowed(user, query: dict[str, Any]) -> QuerySet[Project]:
    """The projects that ``user`` sees, of the category and unit in ``query``, which are taken out of it."""
    projects: Any = Project.objects.visible_to(user)
    if "category" in query:
        projects = projects.filter(category=query.pop("category"))
    if "unit" in query:
        projects = projects.within(Unit.objects.subtree_ids([query.pop("unit").pk]))
    return projects


def basis() -> str:
    return gettext(
        "您可以查看的项目；只计已认定的月度进度；完成率=有计划项目的本年累计÷年度计划投资；金额单位万元；"
        "as_of 只及计划和进度，项目数、类别、责任单位和阶段按现在。"
    )


class MonthsView(QueryView):
    """The year month by month, in total and by category."""

    permission_classes = [ProjectRule]
    query_class = MonthsQuerySerializer
    about = _("全年分月：合计与分类别的计划、时序、完成、累计和完成率。")

    @extend_schema(parameters=[MonthsQuerySerializer], responses=MonthsSerializer)
    def get(self, request):
        query = {"as_of": None, "baseline": Baseline.CURRENT, **self.query()}
        projects = narrowed(request.user, query)
        found = months_by_category(projects=projects, **query)
        return Response(MonthsSerializer({**query, **vars(found), "basis": basis()}).data)


class PublishedView(QueryView):
    """What was announced for the year beside what the register holds; nothing is forced to agree."""

    permission_classes = [ProjectRule]
    query_class = PublishedQuerySerializer
    about = _("公布数与登记数对照；差额只作提示，不强求一致。")

    @extend_schema(parameters=[PublishedQuerySerializer], responses=PublishedSerializer)
    def get(self, request):
        query = self.query()
        rows = published_against_registered(projects=Project.objects.visible_to(request.user), **query)
        return Response(PublishedSerializer({**query, "basis": published_basis(), "figures": rows}).data)


def published_basis() -> str:
    return gettext(
        "公布数按原文，登记数按您可以查看的项目合计；两者口径可能不同，差额只作提示；"
        "as_of 只及计划，项目数、总投资和类别按现在。"
    )
