"""One generated project: what it is, when it runs, what it costs. Each is drawn from its own number alone."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from projects.models import AnnualPlan, Project
from projects.models.choices import Level

from . import shapes
from .district import District
from .shapes import Shape
from .vocabulary import CONTENT, FUNDING, MARK, MEASURES, PHASES, PLACES, SUBJECTS, SURNAMES

YearClass = AnnualPlan.YearClass
Stage = Project.Stage
Nature = Project.Nature

# Where the five stand among every fifteen projects, mixed so that a small register has all of them.
CATEGORY_CYCLE = (
    "urbanization",
    "ecology",
    "industry",
    "infrastructure",
    "livelihood",
    "urbanization",
    "ecology",
    "industry",
    "infrastructure",
    "urbanization",
    "livelihood",
    "ecology",
    "industry",
    "infrastructure",
    "urbanization",
)
# Median total investment (万元) and the spread of its logarithm.
COST = {
    "ecology": (9_000, 1.1),
    "urbanization": (120_000, 0.9),
    "industry": (80_000, 1.0),
    "infrastructure": (24_000, 1.1),
    "livelihood": (7_000, 0.9),
}
# Per cent of the total spent before the year, and per cent of the rest planned for it.
SHARES = {
    YearClass.CONTINUED: ((15, 60), (25, 60)),
    YearClass.NEW_START: ((0, 2), (12, 40)),
    YearClass.PRELIMINARY: ((0, 1), (1, 5)),
    YearClass.COMPLETION: ((50, 85), (90, 100)),
}
# Days by which the start slips.
SLIPS = {"early": (-15, 5), "late": (20, 75), "very_late": (60, 120)}

# Rarities that every register has, at fixed places so that a small one has them too.
RARITY = 150
NEGATIVE, REMOVED = 7, 149
UNPLANNED_EVERY, UNPLANNED = 40, 17


@dataclass(frozen=True)
class Drawn:
    """A project with what its plan and its reports are made from (万元)."""

    number: int
    project: Project
    year_class: str
    shape: Shape
    opening: Decimal
    plan: Decimal
    first_month: int
    rng: Random

    @property
    def planned(self) -> bool:
        return self.number % UNPLANNED_EVERY != UNPLANNED

    @property
    def has_negative_month(self) -> bool:
        return self.number % RARITY == NEGATIVE


class Register:
    """Draws project after project; remembers the names it has given."""

    def __init__(self, district: District, *, seed: int, year: int):
        self.district, self.seed, self.year = district, seed, year
        self.names: Counter[str] = Counter()

    def draw(self, number: int) -> Drawn:
        rng = Random(f"erqi-demo {self.seed} {number}")  # noqa: S311
        category = CATEGORY_CYCLE[number % len(CATEGORY_CYCLE)]
        shape = shapes.CYCLE[position_in_category(number) % len(shapes.CYCLE)]
        year_class = _year_class(number, rng)
        total, opening, plan = _money(category, year_class, rng)
        project = self._described(number, category, rng)
        project.total_investment = total
        _date(project, year_class, shape, self.year, rng)
        _stage(project, number, year_class, shape, rng)
        project.fill_search_text()
        return Drawn(
            number=number,
            project=project,
            year_class=year_class,
            shape=shape,
            opening=opening,
            plan=plan,
            first_month=_first_month(project, year_class, self.year),
            rng=rng,
        )

    def _described(self, number: int, category: str, rng: Random) -> Project:
        district = self.district
        host = rng.choice(district.hosts)
        return Project(
            code=f"demo-{number + 1:05d}",
            name=self._name(category, rng),
            area=district.area,
            category=district.categories[category],
            programme=rng.choice(district.programmes[category]),
            level=rng.choices(Level.values, (1, 8, 25, 66))[0],
            nature=rng.choices(Nature.values, (70, 10, 12, 4, 2, 2))[0],
            # Some works are led by the street or town they stand in.
            lead_unit=host if rng.random() < 0.25 else rng.choice(district.leads(category)),
            host_unit=host,
            owner=rng.choice(district.enterprises) if rng.random() < 0.8 else None,
            sponsor=_person(rng),
            service_officer=_person(rng),
            contact_name=_person(rng),
            # No such number can be dialled.
            contact_phone=f"0000-{rng.randint(0, 9999999):07d}",
            content=CONTENT.format(n=rng.randint(2, 90), measure=rng.choice(MEASURES)),
            funding=rng.choice(FUNDING),
            location=host.name,
            in_statistics=rng.choices((True, False, None), (70, 20, 10))[0],
            published=rng.random() < 0.9,
            note=f"{MARK}数据，由程序生成。",
            source=district.source,
        )

    def _name(self, category: str, rng: Random) -> str:
        name = f"{MARK}·{rng.choice(PLACES)}{rng.choice(SUBJECTS[category])}"
        taken = self.names[name]
        self.names[name] += 1
        return name + (PHASES[taken] if taken < len(PHASES) else f"（{taken + 1}）")


def position_in_category(number: int) -> int:
    """How many projects of the same category come before project ``number``."""
    cycles, place = divmod(number, len(CATEGORY_CYCLE))
    category = CATEGORY_CYCLE[place]
    return cycles * CATEGORY_CYCLE.count(category) + CATEGORY_CYCLE[:place].count(category)


def _person(rng: Random) -> str:
    return f"{MARK}{rng.choice(SURNAMES)}某"


def _year_class(number: int, rng: Random) -> str:
    drawn = rng.choices(
        (YearClass.CONTINUED, YearClass.NEW_START, YearClass.PRELIMINARY, YearClass.COMPLETION), (48, 28, 10, 14)
    )[0]
    return YearClass.CONTINUED if number % RARITY == NEGATIVE else drawn


def _money(category: str, year_class: str, rng: Random) -> tuple[Decimal, Decimal, Decimal]:
    """(total investment, spent before the year, planned for the year), rounded as people round them."""
    median, spread = COST[category]
    cost = min(max(rng.lognormvariate(math.log(median), spread), 300), 3_000_000)
    total = Decimal(round(cost, -2 if cost >= 10_000 else -1).__trunc__())
    opening_share, plan_share = SHARES[YearClass(year_class)]
    opening = shapes.rounded(total * rng.randint(*opening_share) / 100, Decimal(1))
    plan = shapes.rounded((total - opening) * rng.randint(*plan_share) / 100, Decimal(1))
    return total, opening, max(plan, Decimal(1))


def _date(project: Project, year_class: str, shape: Shape, year: int, rng: Random) -> None:
    first, last = date(year, 1, 1), date(year, 12, 31)
    start, build = {
        YearClass.CONTINUED: (first - timedelta(rng.randint(150, 800)), rng.randint(1000, 1500)),
        YearClass.NEW_START: (first + timedelta(rng.randint(60, 230)), rng.randint(400, 1100)),
        YearClass.PRELIMINARY: (last + timedelta(rng.randint(30, 400)), rng.randint(400, 1100)),
        YearClass.COMPLETION: (first - timedelta(rng.randint(300, 900)), 0),
    }[YearClass(year_class)]
    project.planned_start = start
    project.planned_finish = (
        date(year, rng.randint(6, 12), 28) if year_class == YearClass.COMPLETION else start + timedelta(build)
    )
    actual = start + timedelta(rng.randint(*SLIPS.get(shape.name, (-10, 30))))
    if actual <= last and not (year_class == YearClass.NEW_START and shape.stops):
        project.actual_start = actual
    if year_class == YearClass.COMPLETION and not shape.late:
        project.actual_finish = min(project.planned_finish + timedelta(rng.randint(-20, 40)), last)


def _stage(project: Project, number: int, year_class: str, shape: Shape, rng: Random) -> None:
    if number % RARITY == REMOVED:
        project.stage = Stage.REMOVED
    elif shape.stops and rng.random() < 0.3:
        project.stage = Stage.SUSPENDED
    elif project.actual_finish:
        project.stage = rng.choice((Stage.COMPLETED, Stage.IN_USE))
    elif project.actual_start is None:
        project.stage = (
            Stage.RESERVE if year_class == YearClass.PRELIMINARY and rng.random() < 0.2 else Stage.PRELIMINARY
        )
    else:
        project.stage = Stage.STARTED if year_class == YearClass.NEW_START else Stage.CONSTRUCTION


def _first_month(project: Project, year_class: str, year: int) -> int:
    """Paper work costs money all year, building from its actual start; 13 where that never came."""
    if year_class == YearClass.PRELIMINARY:
        return 1
    if project.actual_start is None:
        return 13
    return project.actual_start.month if project.actual_start.year == year else 1
