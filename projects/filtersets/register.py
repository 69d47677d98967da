"""Categories, programmes and units."""

import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import CodeFilter, SearchFilter, TrueFalseFilter
from projects.models import Category, Programme, Unit


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
