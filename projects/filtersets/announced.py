"""What was announced, and where it stands."""

import django_filters
from django.utils.translation import gettext_lazy as _

from erqi.core.filtersets import CodeFilter, DateFilter, TrueFalseFilter
from erqi.core.models import Source, SourceNote
from projects.models import Category, Programme, PublishedFigure, Target, YearTheme
from projects.models.choices import Commitment

from .base import YearFilter


class AnnouncedFilterSet(django_filters.FilterSet):
    year = YearFilter()
    category = CodeFilter(queryset=Category.objects.all())
    programme = CodeFilter(queryset=Programme.objects.all())
    commitment = django_filters.ChoiceFilter(choices=Commitment.choices)


class TargetFilterSet(AnnouncedFilterSet):
    measure = django_filters.ChoiceFilter(choices=Target.Measure.choices, help_text=_("由系统计算的。"))
    deadline_before = DateFilter(field_name="deadline", lookup_expr="lt", help_text=_("期限早于该日，不含该日。"))

    class Meta:
        model = Target
        fields = ["year", "category", "programme", "commitment", "measure"]


class PublishedFigureFilterSet(AnnouncedFilterSet):
    measure = django_filters.ChoiceFilter(choices=PublishedFigure.Measure.choices)

    class Meta:
        model = PublishedFigure
        fields = ["year", "category", "programme", "commitment", "measure"]


class YearThemeFilterSet(django_filters.FilterSet):
    year = YearFilter()

    class Meta:
        model = YearTheme
        fields = ["year"]


class SourceFilterSet(django_filters.FilterSet):
    published_from = DateFilter(field_name="published_on", lookup_expr="gte", help_text=_("发布于该日或以后。"))

    class Meta:
        model = Source
        fields = ["published_from"]


class SourceNoteFilterSet(django_filters.FilterSet):
    source = CodeFilter(queryset=Source.objects.all())
    kind = django_filters.ChoiceFilter(choices=SourceNote.Kind.choices)
    on_overview = TrueFalseFilter()

    class Meta:
        model = SourceNote
        fields = ["source", "kind", "on_overview"]
