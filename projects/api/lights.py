"""Lights with their reasons, the rule sets behind them, a trial of a rule set, and how many of each colour."""

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from erqi.accounts.permissions import CycleRule, ProjectRule
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from erqi.core.api.views import ID, QueryView, ReadViewSet
from projects import filtersets
from projects.models import Light, LightRuleSet, Project
from projects.reports import lights as words
from projects.services.light_trial import Trial, try_rules

from .serializers import MonthField, YearField

MOST_CHANGES = 200


class LightSerializer(StrictModelSerializer):
    rules = serializers.CharField(source="rules.code", read_only=True, help_text=_("亮灯规则的编号。"))
    rules_version = serializers.IntegerField(source="rules.version", read_only=True)
    why = serializers.SerializerMethodField(help_text=_("为什么是这个颜色。"))
    threshold_words = serializers.SerializerMethodField(help_text=_("所用的界限。"))
    remedy_words = serializers.SerializerMethodField(help_text=_("怎样转绿；绿灯为空。"))

    class Meta:
        model = Light
        fields = [
            "id",
            "project",
            "year",
            "month",
            "dimension",
            "colour",
            "worst",
            "why",
            "threshold_words",
            "remedy_words",
            "since_year",
            "since_month",
            "months_running",
            "rules",
            "rules_version",
            "inputs",
            "threshold",
            "remedy",
            "computed_at",
        ]

    def get_why(self, light) -> str:
        return words.why(light.inputs)

    def get_threshold_words(self, light) -> str:
        return words.threshold(light.dimension, light.threshold)

    def get_remedy_words(self, light) -> str:
        return words.remedy(light.remedy)


class LightViewSet(ReadViewSet):
    """What each rule version said of each project in each month."""

    permission_classes = [ProjectRule]
    about = _("项目每月的红黄绿灰灯：颜色、理由、界限、怎样转绿、始于何月。")
    lookup_field = "pk"
    lookup_value_regex = ID
    serializer_class = LightSerializer
    filterset_class = filtersets.LightFilterSet
    orderings = {
        "-month": ("-year", "-month", "project__code", "dimension"),
        "project": ("project__code", "-year", "-month", "dimension"),
        "-months_running": ("-months_running", "-year", "-month", "project__code", "dimension"),
    }

    def get_queryset(self):
        return Light.objects.visible_to(self.request.user).select_related("project", "rules")


class LightRuleSetSerializer(StrictModelSerializer):
    class Meta:
        model = LightRuleSet
        fields = [
            "code",
            "version",
            "name",
            "basis",
            "status",
            "put_in_force_at",
            "measure",
            "investment_yellow",
            "investment_red",
            "schedule_floor",
            "smallest_plan",
            "start_yellow",
            "start_red",
            "milestone_yellow",
            "milestone_red",
            "critical_red",
            "reporting_yellow",
            "reporting_red",
            "same_is_yellow",
        ]


class LightRuleSetViewSet(ReadViewSet):
    """Every version; what is empty is not judged."""

    permission_classes = [CycleRule]
    about = _("亮灯规则的各个版本；没有填界限的方面不判。")
    queryset = LightRuleSet.objects.all()
    serializer_class = LightRuleSetSerializer
    filterset_class = filtersets.LightRuleSetFilterSet
    orderings = {"code": ("code", "-version"), "-put_in_force_at": ("-put_in_force_at", "code", "-version")}

    def get_object(self):
        return rule_set(self.kwargs)


def rule_set(key: dict) -> LightRuleSet:
    return get_object_or_404(LightRuleSet, code=key["code"], version=key["version"])


class MonthQuerySerializer(StrictSerializer):
    year = YearField()
    month = MonthField()


class CountsQuerySerializer(MonthQuerySerializer):
    by = serializers.ChoiceField(choices=list(words.GROUPS), help_text=_("按类别或按责任单位。"))
    dimension = serializers.ChoiceField(
        choices=Light.Dimension.values, default=Light.Dimension.OVERALL.value, help_text=_("哪一方面的灯，默认总灯。")
    )


class LightColoursSerializer(AnswerSerializer):
    green = serializers.IntegerField()
    grey = serializers.IntegerField()
    yellow = serializers.IntegerField()
    red = serializers.IntegerField()


class DimensionTrialSerializer(AnswerSerializer):
    dimension = serializers.CharField()
    dimension_display = serializers.CharField()
    before = LightColoursSerializer(help_text=_("该月已亮的灯。"))
    after = LightColoursSerializer(help_text=_("按这套规则；全为 0 即规则不判这一方面，原有的灯会撤去。"))


class LightChangeSerializer(AnswerSerializer):
    project = serializers.CharField()
    project_name = serializers.CharField()
    dimension = serializers.CharField()
    dimension_display = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text=_("尚未亮灯时为 null。"))
    before_display = serializers.CharField(allow_null=True)
    after = serializers.CharField()
    after_display = serializers.CharField()
    why = serializers.CharField(help_text=_("按这套规则的理由。"))
    remedy_words = serializers.CharField()


class TrialSerializer(AnswerSerializer):
    rules = LightRuleSetSerializer()
    year = YearField()
    month = MonthField()
    projects = serializers.IntegerField(help_text=_("您可以查看的项目数。"))
    changed_projects = serializers.IntegerField()
    changed_lights = serializers.IntegerField()
    dimensions = DimensionTrialSerializer(many=True)
    changes = LightChangeSerializer(many=True, help_text=_("会变色的灯，最多列 200 盏。"))


class TrialView(QueryView):
    """What a rule set would say of a past month; nothing is stored."""

    permission_classes = [CycleRule]
    query_class = MonthQuerySerializer
    about = _("用一套规则试算某月，与该月已亮的灯对照；不保存任何结果。")

    @extend_schema(parameters=[MonthQuerySerializer], responses=TrialSerializer)
    def get(self, request, code, version):
        rules, query = rule_set({"code": code, "version": version}), self.query()
        trial = try_rules(rules, projects=Project.objects.visible_to(request.user), **query)
        return Response(TrialSerializer({**query, **shown(trial)}).data)


def shown(trial: Trial) -> dict:
    listed = trial.changes[:MOST_CHANGES]
    projects = Project.objects.in_bulk({change.project for change in listed})
    return {
        "rules": trial.rules,
        "projects": trial.projects,
        "changed_projects": trial.changed_projects,
        "changed_lights": len(trial.changes),
        "dimensions": [
            {
                "dimension": dimension.value,
                "dimension_display": dimension.label,
                "before": colours(trial.before.get(dimension.value, {})),
                "after": colours(trial.after.get(dimension.value, {})),
            }
            for dimension in Light.Dimension
            if dimension.value in trial.before or dimension.value in trial.after
        ],
        "changes": [change_shown(change, projects[change.project]) for change in listed],
    }


def change_shown(change, project: Project) -> dict:
    after = change.after
    return {
        "project": project.code,
        "project_name": project.name,
        "dimension": change.dimension,
        "dimension_display": Light.Dimension(change.dimension).label,
        "before": change.before,
        "before_display": change.before and Light.Colour(change.before).label,
        "after": after.colour,
        "after_display": Light.Colour(after.colour).label,
        "why": words.why(after.inputs),
        "remedy_words": words.remedy(after.remedy),
    }


def colours(counted) -> dict[str, int]:
    return {colour.value: counted.get(colour.value, 0) for colour in Light.ORDER}


class LightCountsGroupSerializer(LightColoursSerializer):
    """``code`` and ``name`` are null for projects that name no unit."""

    code = serializers.CharField(allow_null=True)
    name = DisplayField(allow_null=True)


class LightCountsSerializer(AnswerSerializer):
    year = YearField()
    month = MonthField()
    by = serializers.CharField()
    dimension = serializers.CharField()
    total = LightColoursSerializer()
    groups = LightCountsGroupSerializer(many=True)


class LightCountsView(QueryView):
    """How many lights of each colour."""

    permission_classes = [ProjectRule]
    query_class = CountsQuerySerializer
    about = _("某月各色灯的盏数，按类别或责任单位；只计您可以查看的项目。")

    @extend_schema(parameters=[CountsQuerySerializer], responses=LightCountsSerializer)
    def get(self, request):
        query = self.query()
        found = words.light_counts(projects=Project.objects.visible_to(request.user), **query)
        groups = [
            {"code": group.of and group.of.code, "name": group.of, **colours(group.colours)} for group in found.groups
        ]
        return Response(LightCountsSerializer({**query, "total": colours(found.total), "groups": groups}).data)
