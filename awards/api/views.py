from awards import filtersets
from awards.models import AssessmentScheme, Commendation, CommitmentLetter, Honour
from erqi.accounts.permissions import AwardRule
from erqi.core.api.views import ID, ReadViewSet

from . import serializers


class HonourViewSet(ReadViewSet):
    permission_classes = [AwardRule]
    queryset = Honour.objects.with_contributors().select_related("recipient", "same_event", "source")
    serializer_class = serializers.HonourSerializer
    filterset_class = filtersets.HonourFilterSet
    orderings = {"-awarded_on": ("-awarded_on", "order", "code"), "code": ("code",)}


class CommendationViewSet(ReadViewSet):
    permission_classes = [AwardRule]
    queryset = Commendation.objects.select_related("source").prefetch_related("recipients__unit")
    serializer_class = serializers.CommendationSerializer
    filterset_class = filtersets.CommendationFilterSet
    orderings = {"-year": ("-year", "order", "code"), "code": ("code",)}


class AssessmentSchemeViewSet(ReadViewSet):
    permission_classes = [AwardRule]
    queryset = AssessmentScheme.objects.select_related("owner", "source").prefetch_related(
        "lead_units", "dimensions__lead_unit"
    )
    serializer_class = serializers.AssessmentSchemeSerializer
    filterset_class = filtersets.AssessmentSchemeFilterSet


class CommitmentLetterViewSet(ReadViewSet):
    permission_classes = [AwardRule]
    lookup_field = "pk"
    lookup_value_regex = ID
    queryset = CommitmentLetter.objects.select_related("unit", "source")
    serializer_class = serializers.CommitmentLetterSerializer
    filterset_class = filtersets.CommitmentLetterFilterSet
    orderings = {"-year": ("-year", "unit__order", "unit__code"), "unit": ("unit__code", "-year")}
