from awards.models import (
    AssessmentDimension,
    AssessmentScheme,
    Commendation,
    CommendationRecipient,
    CommitmentLetter,
    Honour,
    HonourClaim,
    HonourUnit,
)
from erqi.core.api.fields import CodesField
from erqi.core.api.serializers import StrictModelSerializer
from projects.models import Unit

SOURCED = ["source", "quotes"]


class HonourClaimSerializer(StrictModelSerializer):
    class Meta:
        model = HonourClaim
        fields = ["kind", "scope", "value", "unit_of_measure", "words"]


class HonourUnitSerializer(StrictModelSerializer):
    class Meta:
        model = HonourUnit
        fields = ["unit", "part"]


class HonourSerializer(StrictModelSerializer):
    """``date_display`` is the date only as finely as it is known."""

    awarding_bodies = CodesField(queryset=Unit.objects.all())
    claims = HonourClaimSerializer(many=True)
    contributions = HonourUnitSerializer(many=True)

    class Meta:
        model = Honour
        fields = [
            "code",
            "title",
            "alias",
            "recipient",
            "same_event",
            "level",
            "level_basis",
            "awarding_bodies",
            "awarding_note",
            "awarded_on",
            "date_precision",
            "date_display",
            "claims",
            "contributions",
            "other_supporters",
            "note",
            *SOURCED,
        ]


class RecipientSerializer(StrictModelSerializer):
    class Meta:
        model = CommendationRecipient
        fields = ["unit"]


class CommendationSerializer(StrictModelSerializer):
    recipients = RecipientSerializer(many=True)

    class Meta:
        model = Commendation
        fields = [
            "code",
            "title",
            "year",
            "announced_on",
            "recipient_kind",
            "stated_count",
            "count_unit",
            "recipients",
            "note",
            *SOURCED,
        ]


class DimensionSerializer(StrictModelSerializer):
    class Meta:
        model = AssessmentDimension
        fields = ["number", "group", "name", "weight", "lead_unit", "note"]


class AssessmentSchemeSerializer(StrictModelSerializer):
    lead_units = CodesField(queryset=Unit.objects.all())
    dimensions = DimensionSerializer(many=True)

    class Meta:
        model = AssessmentScheme
        fields = [
            "code",
            "name",
            "owner",
            "assessed",
            "since_year",
            "frequency",
            "formula",
            "lead_units",
            "dimensions",
            "note",
            *SOURCED,
        ]


class CommitmentLetterSerializer(StrictModelSerializer):
    class Meta:
        model = CommitmentLetter
        fields = ["id", "unit", "year", "handed_in", "handed_in_on", "note", *SOURCED]
