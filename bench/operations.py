"""What is measured: each operation's requests, and what must be put right before they are sent."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from projects.models import Category

from . import writes
from .reference import DISTRICT, NEXT_YEAR, UNITS, YEAR, Shape, key_of
from .site import Server

API = "/api/v1"
NARROW = "code,name,category,category_name,lead_unit,lead_unit_name,progress"
FIGURES: dict[str, Any] = {"year": YEAR, "month": 12, "fields": NARROW}
SAMPLES = 50
Requests = list[dict[str, Any]]


@dataclass
class World:
    """Who asks whom for what."""

    shape: Shape
    session: str = ""
    # Deep cursors, one for each server: each understands only its own.
    cursors: dict[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> list[str]:
        """The same projects in each run, all over the register."""
        chosen = random.Random(20171231).sample(range(1, self.shape.projects + 1), SAMPLES)
        return [f"B{number:07d}" for number in chosen]

    @property
    def category(self) -> str:
        return Category.objects.order_by("pk").values_list("code", flat=True)[0]


@dataclass(frozen=True)
class Operation:
    """``floor``: answered by the floor too. ``share`` of the usual number of requests is sent. ``writes`` is given how
    many requests will come, and returns them from a database put back to where it was."""

    name: str
    about: str
    requests: Callable[[World, Server], Requests] | None = None
    floor: bool = True
    share: float = 1.0
    statuses: tuple[int, ...] = (200,)
    writes: Callable[[int], Requests] | None = None
    # The etag of which operation's answer is sent along.
    conditional: str = ""
    # Whole answers differ by what only one of them knows.
    compared: bool = True


def get(path: str, *, who: str = "bench-bureau", **query: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key_of(who)}"}
    return {"method": "GET", "path": path + (f"?{urlencode(query)}" if query else ""), "headers": headers}


def page(path: str, world: World) -> dict[str, Any]:
    return {
        "method": "GET",
        "path": path,
        "headers": {"Cookie": f"sessionid={world.session}", "Accept-Language": "zh-hans"},
    }


def _list(**query: Any) -> Callable[[World, Server], Requests]:
    def requests(world: World, _server: Server) -> Requests:
        return [get(f"{API}/projects/", **{"limit": 50, **query})]

    return requests


def _usual(world: World, _server: Server) -> Requests:
    return [get(f"{API}/projects/", **usual(world))]


def usual(world: World) -> dict[str, Any]:
    """A district's projects of one category, the largest investment first, each with its plan and what was done."""
    return {"limit": 50, "category": world.category, "unit": DISTRICT, "ordering": "-total_investment", **FIGURES}


def _new(world: World, _server: Server) -> Requests:
    """Of one unit after another: more questions than the site remembers."""
    asked = {"limit": 50, "ordering": "-total_investment", **FIGURES}
    units = [f"bench-unit-{number:05d}" for number in range(1, UNITS + 1)]
    return [get(f"{API}/projects/", **{**asked, "unit": unit, "month": month}) for month in (12, 11) for unit in units]


def _deep(world: World, server: Server) -> Requests:
    asked = {"limit": 50, "ordering": "-total_investment", "cursor": world.cursors[server.name], **FIGURES}
    return [get(f"{API}/projects/", **asked)]


def _details(world: World, _server: Server) -> Requests:
    return [get(f"{API}/projects/{code}/") for code in world.codes]


def _years(world: World, _server: Server) -> Requests:
    return [get(f"{API}/projects/{code}/progress/", year=YEAR) for code in world.codes]


def _statistics(world: World, _server: Server) -> Requests:
    return [get(f"{API}/statistics/overview/", year=YEAR, month=12, unit=DISTRICT)]


def _months(world: World, _server: Server) -> Requests:
    return [get(f"{API}/statistics/months/", year=YEAR)]


def _export(world: World, _server: Server) -> Requests:
    return [get(f"{API}/projects/export/", year=YEAR)]


def _front(world: World, _server: Server) -> Requests:
    return [page(f"/?year={YEAR}&month=12", world)]


def _pages(world: World, _server: Server) -> Requests:
    return [page(f"/projects/B{number:07d}/?year={YEAR}&month=12", world) for number in range(1, SAMPLES + 1)]


def _puts(count: int) -> Requests:
    return writes.months_to_file(count, path=f"{API}/projects/{{code}}/progress/{NEXT_YEAR}/1/")


def _accepts(count: int) -> Requests:
    return writes.months_to_accept(count, path=f"{API}/progress-reports/{{pk}}/accept/")


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("list", "50 of a district's projects of a category with plan and done, largest first", _usual),
        Operation("list-new", "a unit's projects, largest first: a question not asked lately", _new),
        Operation("list-deep", "page 1,000 (or the last but few) of all, largest first", _deep),
        Operation("list-all", "the first 50 of all, with plan and done", _list(**FIGURES)),
        Operation("list-whole", "the first 50 of all, every column", _list()),
        Operation("list-clerk", "the same 50 as one unit's reporter sees them", _list(who="bench-clerk", **FIGURES)),
        Operation("search", "by initials of a name", _list(search="qhsdgy", **FIGURES)),
        Operation("detail", "one project, every column", _details),
        Operation("progress", "a project's year, month by month", _years),
        Operation("statistics", "a district's totals, by category and by unit", _statistics),
        Operation("months", "totals month by month", _months),
        Operation("put", "file one month", writes=_puts, statuses=(201,), compared=False),
        Operation("accept", "accept one month", writes=_accepts, compared=False),
        Operation("export", "the register as CSV", _export, share=0.02),
        Operation("list-304", "the list again, unchanged", _usual, floor=False, statuses=(304,), conditional="list"),
        Operation(
            "detail-304", "the project again, unchanged", _details, floor=False, statuses=(304,), conditional="detail"
        ),
        Operation(
            "statistics-304",
            "totals again, unchanged",
            _statistics,
            floor=False,
            statuses=(304,),
            conditional="statistics",
        ),
        Operation("page-overview", "the overview page", _front, floor=False, share=0.25),
        Operation("page-project", "a project's page", _pages, floor=False, share=0.25),
    )
}
# Without the deep page, which needs a server to find it, and the export, which reads everything by intent.
HOT = (
    "list",
    "list-new",
    "list-all",
    "list-whole",
    "list-clerk",
    "search",
    "detail",
    "progress",
    "statistics",
    "months",
    "put",
    "accept",
)
