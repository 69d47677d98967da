"""The lights of the generated year, by the rules that ship with the system."""

from datetime import date

from django.conf import settings
from django.core.management import call_command

from projects.models import LightRuleSet
from projects.models.plan import MONTHS
from projects.services.lights import compute

RULES = ("180_lightruleset.yaml", "190_filingcheck.yaml")
# Beyond this many projects only the last months are lit: a year of lights would take longer than the demo itself.
WHOLE_YEAR_UP_TO, LAST_MONTHS = 1_000, 2


def light_up(year: int, *, projects: int) -> None:
    """As on the tenth of January after it, whenever the demo is generated."""
    if not LightRuleSet.objects.exists():
        call_command("loaddata", *(str(settings.BASE_DIR / "fixtures" / name) for name in RULES), verbosity=0)
    lit = MONTHS if projects <= WHOLE_YEAR_UP_TO else MONTHS[-LAST_MONTHS:]
    compute(months=[(year, month) for month in lit], today=date(year + 1, 1, 10))
