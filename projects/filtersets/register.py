"""Categories, programmes, units and projects."""

import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import CodeFilter, SearchFilter, TrueFalseFilter
from projects.models import AnnualPlan, Category, Programme, Project, Unit
from projects.models.choices import Commitment, Level

from .base import LED_WITHIN, YearFilter, visible_projects


class CategoryFilterSet(django_filters.FilterSet):
    active = TrueFalseFilter()

    class Meta:
        model = Category
        fields = ["active"]


class ProgrammeFilterSet(django_filters.FilterSet):
    category = CodeFilter(queryset=Category.objects.all())
    parent = CodeFilter(queryset=Programme.objects.all())
    active = TrueFalseFilter()

    class Meta:
        model = Programme
        fields = ["category", "parent", "active"]


class UnitFilterSet(django_filters.FilterSet):
    search = SearchFilter()
    kind = django_filters.ChoiceFilter(choices=Unit.Kind.choices)
    parent = CodeFilter(queryset=Unit.objects.all())
    within = CodeFilter(queryset=Unit.objects.all(), method="in_subtree", help_text=_("该单位及其所有下级。"))
    active = TrueFalseFilter()

    class Meta:
        model = Unit
        fields = ["search", "kind", "parent", "within", "active"]

    def in_subtree(self, rows, _name, unit):
        return rows.filter(pk__in=Unit.objects.subtree_ids([unit.pk]))


class ProjectFilterSet(django_filters.FilterSet):
    search = SearchFilter()
    category = CodeFilter(queryset=Category.objects.all())
    programme = CodeFilter(queryset=Programme.objects.all())
    unit = CodeFilter(queryset=Unit.objects.all(), method="led_within", help_text=LED_WITHIN)
    lead_unit = CodeFilter(queryset=Unit.objects.all(), help_text=_("责任单位，不含下级。"))
    host_unit = CodeFilter(queryset=Unit.objects.all())
    owner = CodeFilter(queryset=Unit.objects.all())
    area = CodeFilter(queryset=Unit.objects.all())
    parent = CodeFilter(queryset=visible_projects)
    level = django_filters.ChoiceFilter(choices=Level.choices)
    nature = django_filters.ChoiceFilter(choices=Project.Nature.choices)
    stage = django_filters.ChoiceFilter(choices=Project.Stage.choices)
    commitment = django_filters.ChoiceFilter(choices=Commitment.choices)
    approval_code = django_filters.CharFilter(field_name="approval_codes__code", max_length=24)
    in_statistics = TrueFalseFilter()
    published = TrueFalseFilter()
    planned_in = YearFilter(method="with_plan", help_text=_("该年度有现行计划的项目。"))

    class Meta:
        model = Project
        fields = ["search", "category", "programme", "unit", "lead_unit", "host_unit", "owner", "area", "parent"]

    def led_within(self, rows, _name, unit):
        return rows.within(Unit.objects.subtree_ids([unit.pk]))

    def with_plan(self, rows, _name, year):
        return rows.filter(pk__in=AnnualPlan.objects.current().filter(year=year).values("project"))
