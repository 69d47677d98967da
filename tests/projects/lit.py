"""Lights and rules with as little as it takes."""

from django.utils import timezone

from projects.models import Light, LightRuleSet, Project
from projects.services import totals


def rules() -> LightRuleSet:
    return LightRuleSet.objects.get_or_create(code="test", defaults={"name": "试行"})[0]


def light(project: Project, colour: str, month: int, *, year: int = 2017, running: int = 1, **attributes) -> Light:
    """The overall light of a month."""
    before = Light.objects.overall().filter(
        project=project, year=year if month > 1 else year - 1, month=month - 1 or 12
    )
    values = {"inputs": {"reason": "no_plan", "year": year}, "since_year": year, "since_month": month - running + 1}
    made = Light.objects.create(
        project=project,
        year=year,
        month=month,
        dimension="overall",
        colour=colour,
        rules=rules(),
        months_running=running,
        before=colour if running > 1 else before.values_list("colour", flat=True).first() or "",
        computed_at=timezone.now(),
        **{**values, **attributes},
    )
    totals.light([made])
    return made
