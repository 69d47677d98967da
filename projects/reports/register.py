"""The register as it is read: any number of projects with everything that is said of them, in one statement."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import CharField, F, OuterRef, SmallIntegerField

from erqi.accounts.roles import Action, Area
from erqi.core.keys import KeyList
from erqi.core.models.lean import lean_row
from erqi.core.models.listed import Listed
from erqi.core.models.reference import kept
from erqi.core.prepared import Param, Prepared
from projects.models import ApprovalCode, Category, Programme, Project, Unit
from projects.models.measured import progress_at

from .figures import rate


@dataclass(frozen=True)
class Named:
    """Another row, as far as it is shown."""

    code: str
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Progress:
    """A project's own figures from January to ``month``, in 万元; what is not known is None."""

    year: int
    month: int
    plan: Decimal | None
    scheduled: Decimal | None
    done: Decimal | None

    @property
    def rate(self) -> Decimal | None:
        """年度投资完成率: done ÷ plan, nothing accepted being nothing done."""
        return rate(self.done or Decimal(0), self.plan or Decimal(0))

    @property
    def ahead(self) -> Decimal | None:
        """超/欠时序 in percentage points."""
        if not self.plan or self.scheduled is None:
            return None
        return ((self.done or Decimal(0)) - self.scheduled) / self.plan * 100


@dataclass(frozen=True)
class Reader:
    """Whose eyes the rows are for: the units whose projects they see, and those whose projects they may change."""

    sees: Set[int]
    changes: Set[int]
    everything: bool = False
    year: int | None = None
    month: int = 12

    @classmethod
    def of(cls, user: Any, *, year: int | None = None, month: int = 12) -> "Reader":
        units = {action: Unit.objects.reached_by(user, Area.PROJECT, action) for action in (Action.VIEW, Action.CHANGE)}
        return cls(units[Action.VIEW], units[Action.CHANGE], user.is_superuser, year, month)


BaseRow: Any = lean_row(
    Project,
    category="categories",
    programme="programmes",
    area="units",
    lead_unit="units",
    host_unit="units",
    owner="units",
)


class RegisterRow(BaseRow):
    """One project as its ``reader`` sees it."""

    reader: Reader

    @property
    def source(self) -> Named | None:
        return Named(self.source_code, self.source_title) if self.source_code else None

    @property
    def parent(self) -> Named | None:
        """Out of sight reads as none."""
        seen = self.parent_code and self.reaches(self.reader.sees, self.parent_lead, self.parent_area)
        return Named(self.parent_code, self.parent_label) if seen else None

    @property
    def supporting_units(self) -> list[Unit]:
        units = [unit for pk in self.supporting if (unit := self.units.get(pk))]
        return sorted(units, key=lambda unit: (unit.order, unit.code))

    @property
    def approval_codes(self) -> list[str]:
        return self.codes

    @property
    def seen(self) -> bool:
        """Also of rows found by their keys: it may have moved to another unit since."""
        return self.reaches(self.reader.sees, self.lead_unit_id, self.area_id)

    @property
    def may_change(self) -> bool:
        return self.reaches(self.reader.changes, self.lead_unit_id, self.area_id)

    @property
    def progress(self) -> Progress | None:
        year, month = self.reader.year, self.reader.month
        return Progress(year, month, self.plan, self.scheduled, self.done) if year else None

    def reaches(self, units: Set[int], lead: int | None, area: int) -> bool:
        """``ProjectQuerySet.within``, of a row already read."""
        return self.reader.everything or (area if lead is None else lead) in units


# Read whatever is asked for: which project it is, and whose.
ALWAYS = {"id", "lead_unit_id", "area_id"}
# What is not a column of the same name: the name in the answer → the columns it is read from.
SOURCES = {
    "source": ("source_code", "source_title"),
    "parent": ("parent_code", "parent_label", "parent_lead", "parent_area"),
    "supporting_units": ("supporting",),
    "approval_codes": ("codes",),
    "may_change": ("lead_unit_id", "area_id"),
    "contact_phone": ("contact_phone", "lead_unit_id", "area_id"),
    "progress": ("plan", "scheduled", "done"),
}
COLUMNS = {column.name: column.attname for column in Project._meta.concrete_fields}
COMPUTED: dict[str, Any] = {
    "source_code": F("source__code"),
    "source_title": F("source__title"),
    "parent_code": F("parent__code"),
    "parent_label": F("parent__name"),
    "parent_lead": F("parent__lead_unit_id"),
    "parent_area": F("parent__area_id"),
    "supporting": Listed(Project.supporting_units.through.objects.filter(project=OuterRef("pk")), "unit_id"),
    "codes": Listed(ApprovalCode.objects.filter(project=OuterRef("pk")).order_by("code"), "code"),
}


def register_rows(keys: Sequence[int], names: frozenset[str], reader: Reader) -> list[RegisterRow]:
    """The projects with these keys, found among those that the reader sees, in their order, with what the ``names`` are
    read from.
    """
    statement = _by_keys(names, reader.year is not None)
    found = _made(statement.dicts(keys=keys, year=reader.year, month=reader.month), reader)
    rows = {row.id: row for row in found if row.seen}
    return [rows[key] for key in keys if key in rows]


def register_row(code: str, names: frozenset[str], reader: Reader) -> RegisterRow | None:
    """The project with this code, unless the reader does not see it."""
    rows = _made(_by_code(names).dicts(code=code), reader)
    return next((row for row in rows if row.seen), None)


def _made(found: Iterable[dict[str, Any]], reader: Reader) -> list[RegisterRow]:
    make = RegisterRow.maker(reader=reader, categories=kept(Category), programmes=kept(Programme), units=kept(Unit))
    return [make(values) for values in found]


@lru_cache(200)
def _by_keys(names: frozenset[str], with_progress: bool) -> Prepared:  # noqa: FBT001 - what it is kept by
    year, month = (Param(name, SmallIntegerField()) for name in ("year", "month"))
    chosen = Project.objects.filter(pk__among=Param("keys", KeyList())).order_by()
    progress = progress_at(month) if with_progress else {}
    rows = chosen.at(year, month) if with_progress else chosen
    return Prepared(lambda: rows.values(*_columns(names), **_computed(names, progress)))


@lru_cache(200)
def _by_code(names: frozenset[str]) -> Prepared:
    chosen = Project.objects.filter(code=Param("code", CharField())).order_by()
    return Prepared(lambda: chosen.values(*_columns(names), **_computed(names, {})))


def _columns(names: frozenset[str]) -> list[str]:
    return sorted(_needed(names) & set(COLUMNS.values()))


def _computed(names: frozenset[str], progress: dict[str, Any]) -> dict[str, Any]:
    found = COMPUTED | progress
    return {name: found[name] for name in sorted(_needed(names)) if name in found}


def _needed(names: frozenset[str]) -> set[str]:
    return {column for name in names for column in _columns_of(name)} | ALWAYS


def _columns_of(name: str) -> tuple[str, ...]:
    if name not in SOURCES and name not in COLUMNS:
        name = name.removesuffix("_display").removesuffix("_name")
    return SOURCES.get(name) or (COLUMNS[name],)
