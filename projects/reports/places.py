"""Where projects stand: by the place that the map shows, with the colours of a month's overall lights."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Case, Count, IntegerField, OuterRef, QuerySet, Subquery, Value, When

from projects.models import BoundaryMap, Light, Project, Unit
from projects.models.boundary import PLACE_KINDS

from .scope import within

# A project without a light in the month: nobody judged it. Not the same as a grey light.
UNLIT = ""
# From worst to best; what was not judged is said only where nothing else is known.
COLOURS = (*map(str, reversed(Light.ORDER)), UNLIT)


@dataclass(frozen=True)
class Place:
    """How many projects of each colour stand there; ``of`` is None for those that are nowhere on the map."""

    of: Unit | None
    colours: Counter[str] = field(default_factory=Counter)

    @property
    def projects(self) -> int:
        return self.colours.total()

    @property
    def worst(self) -> str | None:
        """The worst colour that shines there; None without a project."""
        return next((colour for colour in COLOURS if self.colours[colour]), None)


@dataclass(frozen=True)
class ByPlace:
    """Every project is counted once: in ``places``, as hosted by a unit ``off_map``, or as ``unhosted``.

    ``places`` are all that the map shows, those without a project too, in the units' own order.
    """

    places: list[Place]
    off_map: Place
    unhosted: Place

    @property
    def nowhere(self) -> Place:
        return Place(None, self.off_map.colours + self.unhosted.colours)

    @property
    def on_map(self) -> Place:
        return Place(None, sum((row.colours for row in self.places), Counter()))

    @property
    def total(self) -> Place:
        return Place(None, self.on_map.colours + self.nowhere.colours)


def place_units(sheet: BoundaryMap | None) -> QuerySet[Unit]:
    """What a map shows: the units with a shape on it; without a map, every street, town, committee and zone in use."""
    rows = Unit.objects.without_tree_fields().filter(kind__in=PLACE_KINDS).select_related("parent")
    return rows.filter(boundaries__map=sheet) if sheet else rows.filter(active=True)


def place_of_units(places: Iterable[int]) -> dict[int, int]:
    """Unit id → the place (unit id) that it stands in: itself, else the nearest above it that the map shows."""
    parents, shown = Unit.objects.parents(), set(places)
    found = {}
    for unit in parents:
        here, seen = unit, set()
        while here is not None and here not in shown and here not in seen:
            seen.add(here)
            here = parents.get(here)
        if here in shown:
            found[unit] = here
    return found


def projects_by_place(
    *, year: int, month: int, sheet: BoundaryMap | None, projects: QuerySet[Project] | None = None
) -> ByPlace:
    """A project stands in the place of its host unit (属地). Five statements, whatever the number of projects."""
    units = list(place_units(sheet))
    return arranged(units, place_of_units(unit.pk for unit in units), _counted(projects, year, month))


def arranged(
    units: Iterable[Unit], place_of: Mapping[int, int], counted: Iterable[tuple[int | None, str, int]]
) -> ByPlace:
    """From (host unit, colour, number of projects)."""
    colours: dict[int, Counter[str]] = {unit.pk: Counter() for unit in units}
    off_map, unhosted = Counter[str](), Counter[str]()
    for host, colour, number in counted:
        row = unhosted if host is None else colours[place_of[host]] if host in place_of else off_map
        row[colour] += number
    return ByPlace([Place(unit, colours[unit.pk]) for unit in units], Place(None, off_map), Place(None, unhosted))


def _counted(projects: QuerySet[Project] | None, year: int, month: int) -> Iterable[tuple[int | None, str, int]]:
    scope = Project.objects.all() if projects is None else projects
    unlit = Counter(dict(scope.order_by().values_list("host_unit").annotate(n=Count("pk"))))
    lights = within(Light.objects.overall().filter(year=year, month=month), projects)
    for host, colour, number in lights.values_list("project__host_unit", "colour").annotate(n=Count("pk")):
        unlit[host] -= number
        yield host, colour, number
    for host, number in unlit.items():
        yield host, UNLIT, number


def standing_in(projects: QuerySet[Project], place: Unit, sheet: BoundaryMap | None) -> QuerySet[Project]:
    place_of = place_of_units(place_units(sheet).values_list("pk", flat=True))
    return projects.filter(host_unit__in=[unit for unit, where in place_of.items() if where == place.pk])


def nowhere(projects: QuerySet[Project], sheet: BoundaryMap | None) -> QuerySet[Project]:
    """Without a host unit, or hosted by one that is not on the map."""
    return projects.exclude(host_unit__in=place_of_units(place_units(sheet).values_list("pk", flat=True)))


def worst_first(projects: QuerySet[Project], year: int, month: int) -> QuerySet[Project]:
    """With ``light``, the colour of the month's overall light, null where there is none."""
    lights = Light.objects.overall().filter(project=OuterRef("pk"), year=year, month=month).order_by()
    order = [When(light=colour, then=Value(rank)) for rank, colour in enumerate(COLOURS)]
    return projects.annotate(
        light=Subquery(lights.values("colour")),
        light_order=Case(*order, default=Value(len(COLOURS)), output_field=IntegerField()),
    ).order_by("light_order", "code")
