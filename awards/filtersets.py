"""One FilterSet per model, used by the API, the pages and the exports."""

import django_filters
from django.utils.translation import gettext_lazy as _

from awards.models import AssessmentScheme, Commendation, CommitmentLetter, Honour, HonourClaim
from erqi.core.filtersets import CodeFilter, SearchFilter, TrueFalseFilter
from projects.filtersets import YearFilter
from projects.models import Unit
from projects.models.choices import Level


class HonourFilterSet(django_filters.FilterSet):
    search = SearchFilter()
    year = YearFilter(field_name="awarded_on", lookup_expr="year", help_text=_("授予年份。"))
    level = django_filters.ChoiceFilter(choices=Level.choices)
    recipient = CodeFilter(queryset=Unit.objects.all())
    unit = CodeFilter(
        field_name="contributions__unit",
        queryset=Unit.objects.all(),
        help_text=_("牵头或配合的单位。"),
    )
    claim = django_filters.ChoiceFilter(
        field_name="claims__kind", choices=HonourClaim.Kind.choices, distinct=True, help_text=_("亮点类型。")
    )

    class Meta:
        model = Honour
        fields = ["search", "year", "level", "recipient", "unit", "claim"]


class CommendationFilterSet(django_filters.FilterSet):
    year = YearFilter()
    recipient_kind = django_filters.ChoiceFilter(choices=Commendation.RecipientKind.choices)
    unit = CodeFilter(field_name="recipients__unit", queryset=Unit.objects.all(), help_text=_("受表彰单位。"))

    class Meta:
        model = Commendation
        fields = ["year", "recipient_kind", "unit"]


class AssessmentSchemeFilterSet(django_filters.FilterSet):
    owner = CodeFilter(queryset=Unit.objects.all())

    class Meta:
        model = AssessmentScheme
        fields = ["owner"]


class CommitmentLetterFilterSet(django_filters.FilterSet):
    year = YearFilter()
    unit = CodeFilter(queryset=Unit.objects.all())
    handed_in = TrueFalseFilter()

    class Meta:
        model = CommitmentLetter
        fields = ["year", "unit", "handed_in"]
