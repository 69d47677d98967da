"""The month's lights in words."""

from dataclasses import dataclass

from projects.models import Light, Project
from projects.reports import lights as words

DIMENSIONS = list(Light.Dimension)


@dataclass(frozen=True)
class Lamp:
    """A light with why it shines, by which limits, and the smallest step that would turn it green."""

    light: Light
    why: str
    limits: str
    remedy: str

    @property
    def since(self) -> str:
        return f"{self.light.since_year}-{self.light.since_month:02d}"

    @property
    def lasting(self) -> bool:
        """Longer than the month itself."""
        return self.light.months_running > 1


def lamps_of(project: Project, year: int, month: int) -> list[Lamp]:
    """The overall one first."""
    found = project.lights.filter(year=year, month=month).select_related("rules")
    return [
        Lamp(
            light,
            words.why(light.inputs),
            words.threshold(light.dimension, light.threshold),
            words.remedy(light.remedy),
        )
        for light in sorted(found, key=lambda light: DIMENSIONS.index(Light.Dimension(light.dimension)))
    ]
