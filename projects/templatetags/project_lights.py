from django import template

from projects.models import Light, Project
from projects.reports import lights as words

register = template.Library()
DIMENSIONS = list(Light.Dimension)


@register.inclusion_tag("admin/projects/project/lights.html")
def lights_of(project: Project):
    """The project's newest lights, each with why and what would turn it green; the overall one first."""
    newest = project.lights.order_by("-year", "-month").select_related("rules")[: len(DIMENSIONS)]
    rows = [light for light in newest if (light.year, light.month) == (newest[0].year, newest[0].month)]
    rows.sort(key=lambda light: DIMENSIONS.index(Light.Dimension(light.dimension)))
    return {
        "lines": [
            {
                "light": light,
                "why": words.why(light.inputs),
                "limits": words.threshold(light.dimension, light.threshold),
                "remedy": words.remedy(light.remedy),
            }
            for light in rows
        ]
    }
