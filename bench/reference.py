"""The few rows that the many point at: units, categories, programmes, accounts, periods, rules."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from erqi.accounts.models import ApiToken, Scope, User
from erqi.accounts.models.token import PREFIX, digest
from erqi.accounts.roles import Role
from erqi.core.models import Source
from projects.models import Category, Membership, Programme, ReportingPeriod, Unit
from projects.services.demo.lamps import RULES
from projects.services.demo.vocabulary import MARK, SUBJECTS

UNITS = 400
PROGRAMMES = 3
# The years of the plans; the first one's months are accepted, the second one's January is being filed.
YEAR, NEXT_YEAR = 2017, 2018
PROGRAM, BUREAU, CLERK = 1, 2, 3
DISTRICT = "bench-district-01"


@dataclass(frozen=True)
class Shape:
    """``districts`` of a city, each with ``UNITS`` bureaus and streets below it. ``months`` of YEAR are accepted."""

    projects: int
    districts: int
    months: range
    lit: range

    @classmethod
    def of(cls, projects: int) -> "Shape":
        districts = 1 if projects <= 10_000 else 4 if projects <= 100_000 else 16
        whole = projects <= 100_000
        return cls(
            projects, districts, range(1, 13) if whole else range(10, 13), range(1, 13) if whole else range(12, 13)
        )

    def told(self) -> str:
        return (
            f"{self.projects} projects led by {self.districts * UNITS} units in {self.districts} district(s); plans of "
            f"{YEAR} and {NEXT_YEAR}; {len(self.months)} months of accepted reports of {YEAR}"
        )

    # Primary keys: the city is 1, then its districts, then their units.
    def district(self, number: int) -> int:
        return 2 + number

    @property
    def first_unit(self) -> int:
        return 2 + self.districts


def create(shape: Shape) -> None:
    source = Source.objects.create(code="bench", title=f"{MARK}数据由程序生成，用于测速")
    Unit.objects.bulk_create(_units(shape, source), batch_size=2000)
    for order, code in enumerate(SUBJECTS, 1):
        category = Category.objects.create(pk=order, code=code, name=f"{MARK}类别{order}", order=order, source=source)
        Programme.objects.bulk_create(_programmes(category, source))
    ReportingPeriod.objects.bulk_create(_period(YEAR, month) for month in range(1, 13))
    ReportingPeriod.objects.create(year=NEXT_YEAR, month=1, opens=date(2018, 1, 15), due=date(2018, 1, 25))
    call_command("loaddata", *(str(settings.BASE_DIR / "fixtures" / name) for name in RULES), verbosity=0)
    _create_accounts(shape)


def _units(shape: Shape, source: Source) -> list[Unit]:
    area, street = Unit.Kind.AREA, Unit.Kind.STREET
    rows = [Unit(pk=1, code="bench-city", name=f"{MARK}市", kind=area, source=source)]
    for n in range(shape.districts):
        name = f"{MARK}{n + 1}区"
        rows.append(Unit(pk=shape.district(n), code=f"bench-district-{n + 1:02d}", name=name, kind=area, parent_id=1))
    for n in range(shape.districts * UNITS):
        kind, word = (Unit.Kind.BUREAU, "局") if n % 4 else (street, "街道")
        name, parent = f"{MARK}{n + 1}{word}", shape.district(n // UNITS)
        rows.append(
            Unit(pk=shape.first_unit + n, code=f"bench-unit-{n + 1:05d}", name=name, kind=kind, parent_id=parent)
        )
    for order, unit in enumerate(rows):
        unit.source, unit.order = source, order
        unit.fill_search_text()
    return rows


def _programmes(category: Category, source: Source) -> list[Programme]:
    first = (category.pk - 1) * PROGRAMMES
    return [
        Programme(
            pk=first + n, code=f"bench-{first + n}", name=f"{MARK}专项{first + n}", category=category, source=source
        )
        for n in range(1, PROGRAMMES + 1)
    ]


def _period(year: int, month: int) -> ReportingPeriod:
    return ReportingPeriod(year=year, month=month, opens=date(year, month, 15), due=date(year, month, 25))


def _create_accounts(shape: Shape) -> None:
    """The bureau's reviewer over everything, one unit's reporter, and the many others that a real site has."""
    names = {PROGRAM: "bench-program", BUREAU: "bench-bureau", CLERK: "bench-clerk"}
    others = {CLERK + n: f"bench-clerk-{n + 1}" for n in range(1, UNITS)}
    User.objects.bulk_create(
        User(pk=pk, username=name, display_name=f"{MARK}{pk}", password="!", is_active=pk != PROGRAM, is_staff=True)
        for pk, name in {**names, **others}.items()
    )
    Membership.objects.create(user_id=BUREAU, unit_id=1, role=Role.REVIEWER)
    Membership.objects.bulk_create(
        Membership(user_id=CLERK + n, unit_id=shape.first_unit + n, role=Role.REPORTER) for n in range(UNITS)
    )
    ApiToken.objects.bulk_create(
        ApiToken(
            user_id=pk, name="bench", prefix=PREFIX, scopes=" ".join(Scope.values), token_hash=digest(key_of(name))
        )
        for pk, name in {**names, **others}.items()
    )


def key_of(username: str) -> str:
    """No secret: it opens generated rows on this machine only."""
    return f"{PREFIX}{username}-key-for-the-bench"


def tokens_used_today() -> None:
    """Else the first request of a day would write it down."""
    ApiToken.objects.update(last_used_on=timezone.localdate())
