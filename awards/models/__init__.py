from .assessment import AssessmentDimension, AssessmentScheme, CommitmentLetter
from .commendation import Commendation, CommendationRecipient
from .honour import Honour, HonourClaim, HonourUnit

__all__ = [
    "AssessmentDimension",
    "AssessmentScheme",
    "Commendation",
    "CommendationRecipient",
    "CommitmentLetter",
    "Honour",
    "HonourClaim",
    "HonourUnit",
]
