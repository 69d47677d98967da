"""Projects by place: how many stand where, and how they are doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from erqi.accounts.roles import Area
from erqi.core.templatetags.lights import SHAPES
from erqi.core.words import listed
from erqi.dashboard import map_shapes
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects.models import BoundaryMap, Light, Project
from projects.models.choices import Gap
from projects.reports import places as reports
from projects.reports.places import COLOURS, UNLIT, Place

LISTED, LISTED_BESIDE_THE_MAP = 50, 15


@dataclass(frozen=True)
class Count:
    """How many projects of one colour; ``colour`` is "unlit" where there is no light."""

    colour: str
    label: str
    shape: str
    number: int
    rows: str


@dataclass(frozen=True)
class Line:
    """One row of the table: a place, what stands nowhere, or all. ``rows``: its projects in the register."""

    place: Place
    name: str
    counts: list[Count]
    rows: str
    # The map with this place chosen.
    href: str = ""

    @property
    def words(self) -> str:
        """For who hears it."""
        lit = [_("%(colour)s %(n)s 个") % {"colour": c.label, "n": c.number} for c in self.counts if c.number]
        if not lit:
            return _("没有项目")
        return _("%(n)s 个项目：%(lights)s") % {"n": self.place.projects, "lights": listed(lit)}


@dataclass(frozen=True)
class Lines:
    """Writes the lines of one page, all with the same colours."""

    rows: Rows
    colours: Sequence[str]

    def of_place(self, place: Place) -> Line:
        unit: Any = place.of
        href = self.rows.basis.to(reverse("dashboard:map"), place=unit.code) + "#place"
        return self.line(place, unit.name, href, place=unit.code)

    def line(self, place: Place, name: str, href: str = "", /, **where: str) -> Line:
        counts = [
            Count(
                colour or "unlit",
                str(Light.Colour(colour).label) if colour else _("没有亮灯"),
                SHAPES.get(colour, "–"),
                place.colours[colour],
                self.rows.projects(light=colour, **where) if colour else "",
            )
            for colour in self.colours
        ]
        return Line(place, name, counts, self.rows.projects(**where), href)


@page("dashboard/places.html", area=Area.PROJECT, about=("category", "unit"))
def view(request: HttpRequest, basis: Basis) -> dict[str, Any]:
    sheet = BoundaryMap.objects.in_use()
    found = reports.projects_by_place(**basis.period, sheet=sheet, projects=basis.projects)
    rows, colours = Rows(basis), colours_of(found.total)
    write = Lines(rows, colours)
    lines = [write.of_place(place) for place in found.places]
    chosen = chosen_line(request, lines)
    return {
        "found": found,
        "lines": lines,
        "nowhere": write.line(found.nowhere, _("不在图上"), on_map="false"),
        "total": write.line(found.total, _("合计")),
        "unlit": found.total.projects and not any(colours),
        "chosen": chosen,
        "standing": chosen and listed_there(chosen, basis, sheet),
        "unplaced": listed_projects(reports.nowhere(basis.projects, sheet), basis, LISTED),
        "fill_in": rows.of(Project, gap=Gap.HOST, **basis.period) if rows.may("change", Project) else "",
        **map_shapes.drawing(sheet, lines, chosen),
    }


def colours_of(total: Place) -> list[str]:
    """Four lights; "no light" only where there is such a project, and alone where no light shines at all."""
    if not any(total.colours[colour] for colour in COLOURS if colour):
        return [UNLIT]
    return [colour for colour in COLOURS if colour or total.colours[UNLIT]]


def chosen_line(request: HttpRequest, lines: list[Line]) -> Line | None:
    code = request.GET.get("place", "")
    found = next((line for line in lines if line.place.of and line.place.of.code == code), None)
    if code and not found:
        raise Http404
    return found


def listed_there(line: Line, basis: Basis, sheet: BoundaryMap | None) -> list[tuple[Project, str]]:
    unit: Any = line.place.of
    return listed_projects(reports.standing_in(basis.projects, unit, sheet), basis, LISTED_BESIDE_THE_MAP)


def listed_projects(projects: Any, basis: Basis, most: int) -> list[tuple[Project, str]]:
    """The worst of them, each with its light in a word."""
    found: Any = reports.worst_first(projects.with_names(), **basis.period)[:most]
    return [(project, str(Light.Colour(project.light).label) if project.light else "") for project in found]
