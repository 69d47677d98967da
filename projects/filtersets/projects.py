"""Projects: by what they are, and by how they stand in a month."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import ChoicesFilter, CodeFilter, MomentFilter, SearchFilter, TrueFalseFilter
from projects import reports
from projects.models import AnnualPlan, BoundaryMap, Category, Light, Programme, Project, Unit
from projects.models.choices import Baseline, Commitment, Gap, Level
from projects.reports import places

from .base import LED_WITHIN, MonthFilter, YearFilter, visible_projects


@dataclass(frozen=True)
class Standing:
    """The month, and the plan, by which projects are told apart."""

    year: int
    month: int
    baseline: str
    as_of: datetime | None


class ProjectFilterSet(django_filters.FilterSet):
    """``year``, ``month``, ``baseline`` and ``as_of`` choose no rows: they say of when the others speak.

    Each names itself: a name that django-filter finds stays in the language of whoever asked for it first.
    """

    search = SearchFilter(label=_("搜索"))
    category = CodeFilter(label=_("类别"), queryset=Category.objects.all())
    programme = CodeFilter(label=_("专项"), queryset=Programme.objects.all(), help_text=_("专项，不含下级专项。"))
    programme_within = CodeFilter(
        label=_("专项（含下级）"),
        queryset=Programme.objects.all(),
        method="of_programme",
        help_text=_("该专项及其所有下级专项的项目。"),
    )
    unit = CodeFilter(
        label=_("责任单位（含下级）"), queryset=Unit.objects.all(), method="led_within", help_text=LED_WITHIN
    )
    lead_unit = CodeFilter(label=_("责任单位"), queryset=Unit.objects.all(), help_text=_("责任单位，不含下级。"))
    host_unit = CodeFilter(label=_("属地单位"), queryset=Unit.objects.all())
    supporting_unit = CodeFilter(label=_("配合单位"), field_name="supporting_units", queryset=Unit.objects.all())
    owner = CodeFilter(label=_("建设单位"), queryset=Unit.objects.all())
    place = CodeFilter(
        label=_("地图上的位置"),
        queryset=Unit.objects.all(),
        method="of_place",
        help_text=_("属地单位为该单位，或其下级而自身不在图上。"),
    )
    on_map = TrueFalseFilter(
        label=_("在图上"), method="of_map", help_text=_("false：没有属地单位，或属地单位及其上级都不在图上。")
    )
    area = CodeFilter(label=_("行政区"), queryset=Unit.objects.all())
    parent = CodeFilter(label=_("所属打捆项目"), queryset=visible_projects)
    level = django_filters.ChoiceFilter(label=_("级别"), choices=Level.choices)
    nature = django_filters.ChoiceFilter(label=_("建设性质"), choices=Project.Nature.choices)
    stage = django_filters.ChoiceFilter(label=_("阶段"), choices=Project.Stage.choices)
    commitment = django_filters.ChoiceFilter(label=_("承诺用语"), choices=Commitment.choices)
    approval_code = django_filters.CharFilter(label=_("项目代码"), field_name="approval_codes__code", max_length=24)
    in_statistics = TrueFalseFilter(label=_("已入统"))
    published = TrueFalseFilter(label=_("对外公开"))
    planned_in = YearFilter(label=_("有计划的年度"), method="with_plan", help_text=_("该年度有现行计划的项目。"))
    light = ChoicesFilter(
        label=_("亮灯"),
        choices=Light.Colour.choices,
        method="of_light",
        help_text=_("year 年 month 月的总灯；一种或几种，用逗号分开：red,yellow。可选 green、yellow、red、grey。"),
    )
    gap = django_filters.ChoiceFilter(
        label=_("待补"),
        choices=Gap.choices,
        method="of_gap",
        help_text=_(
            "plan：year 年没有年度计划；report：year 年 month 月应报，但单位还没有提交；"
            "unit：没有责任单位；host：没有属地单位。"
        ),
    )
    year_class = django_filters.ChoiceFilter(
        label=_("年度类型"),
        choices=AnnualPlan.YearClass.choices,
        method="of_class",
        help_text=_("year 年的计划上的年度类型。"),
    )
    behind = TrueFalseFilter(
        label=_("欠时序"),
        method="of_schedule",
        help_text=_("true：累计完成少于计划到 year 年 month 月应完成的；false：其余的，包括没有年度计划的。"),
    )
    year = YearFilter(
        label=_("年度"),
        method="of_when",
        help_text=_("light、gap、year_class、behind 所指的年度；不填则为最近有数据的年度。"),
    )
    month = MonthFilter(
        label=_("截至月份"),
        method="of_when",
        help_text=_(
            "light、gap、behind 所指的月份；不填则为该年度至少半数应报项目已认定的最近一个月，以您可见的项目为准。"
        ),
    )
    baseline = django_filters.ChoiceFilter(
        label=_("对照"),
        choices=Baseline.choices,
        method="of_when",
        help_text=_("year_class、behind 对照现行计划（current，默认）还是原计划（original）。"),
    )
    as_of = MomentFilter(
        label=_("按当时掌握"),
        method="of_when",
        help_text=_("year_class、behind 按那一时刻掌握的计划和进度，例如 2017-06-30T18:00:00+08:00；其余按现在。"),
    )

    class Meta:
        model = Project
        fields = ["search", "category", "programme", "unit", "lead_unit", "host_unit", "owner", "area", "parent"]

    def __init__(self, *args, standing: Standing | None = None, **kwargs):
        """``standing``: what ``year``, ``month``, ``baseline`` and ``as_of`` mean, where a page has settled it."""
        super().__init__(*args, **kwargs)
        if standing:
            self.standing = standing

    @cached_property
    def standing(self) -> Standing:
        asked = self.form.cleaned_data
        year, as_of = asked.get("year") or reports.newest_year(reports.years_with_figures()), asked.get("as_of")
        month = asked.get("month") or reports.latest_month(year, projects=visible_projects(self.request), as_of=as_of)
        return Standing(year, month, asked.get("baseline") or Baseline.CURRENT, as_of)

    def led_within(self, rows, _name, unit):
        return rows.within(Unit.objects.subtree_ids([unit.pk]))

    def of_programme(self, rows, _name, programme):
        return rows.filter(programme__in=Programme.objects.subtree_ids([programme.pk]))

    def with_plan(self, rows, _name, year):
        return rows.filter(pk__in=AnnualPlan.objects.current().filter(year=year).values("project"))

    def of_light(self, rows, _name, colours):
        return rows.lit(colours, self.standing.year, self.standing.month) if colours else rows

    def of_gap(self, rows, _name, gap):
        return rows.with_gap(gap, self.standing.year, self.standing.month)

    def of_place(self, rows, _name, place):
        return places.standing_in(rows, place, BoundaryMap.objects.in_use())

    def of_map(self, rows, _name, shown):
        elsewhere = places.nowhere(rows, BoundaryMap.objects.in_use())
        return rows.exclude(pk__in=elsewhere.order_by().values("pk")) if shown else elsewhere

    def of_class(self, rows, _name, year_class):
        when = self.standing
        return rows.of_class(year_class, when.year, when.baseline, when.as_of)

    def of_schedule(self, rows, _name, behind):
        when = self.standing
        late = rows.behind(when.year, when.month, when.baseline, when.as_of)
        return late if behind else rows.exclude(pk__in=late.order_by().values("pk"))

    def of_when(self, rows, _name, _value):
        return rows
