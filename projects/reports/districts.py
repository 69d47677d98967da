"""Units as they are compared by who has several districts before them."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import BigIntegerField, Case, F, Value, When

from projects.models import Unit


@dataclass(frozen=True)
class Districts:
    """Each district as one, with all that belongs to its units (``Project.under``); who stands in none, for itself.

    ``within``: district → it and everything below it, all as ids of units. No district stands below another.
    """

    within: Mapping[int, Set[int]]

    @classmethod
    def of(cls, areas: Iterable[Unit]) -> "Districts":
        """The innermost of the areas: a city, where there are districts of it, is not compared with them."""
        subtrees = Unit.objects.subtrees([area.pk for area in areas])
        innermost = {pk: below for pk, below in subtrees.items() if not (subtrees.keys() - {pk}) & below}
        return cls(innermost)

    def __len__(self) -> int:
        return len(self.within)

    def __contains__(self, unit: int) -> bool:
        return unit in self.within

    @property
    def units(self) -> Set[int]:
        """All that stand in one of them."""
        return self._district.keys()

    def district(self, unit: int) -> int | None:
        return self._district.get(unit)

    @cached_property
    def _district(self) -> dict[int, int]:
        return {unit: district for district, below in self.within.items() for unit in below}

    @property
    def column(self) -> Case:
        """In place of ``under``."""
        known = (When(under__among=below, then=Value(pk)) for pk, below in self.within.items())
        return Case(*known, default=F("under"), output_field=BigIntegerField())

    def taken(self, by_unit: Mapping[Any, Any]) -> dict[Any, Any]:
        """What can be added up, by ``under`` → the same by district."""
        found: dict[Any, Any] = {}
        for unit, own in by_unit.items():
            district = self._district.get(unit, unit)
            found[district] = found[district] + own if district in found else own
        return found
