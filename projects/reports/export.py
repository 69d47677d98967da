"""The whole register as a table: one statement, read and written row by row however many there are."""

from typing import Any, NamedTuple

from django.db.models import DateField, DecimalField, QuerySet, TextField
from django.db.models.functions import Cast

from erqi.core.exports import AmountText
from projects.models import Project
from projects.models.measured import progress_at

# The heading → the column.
COLUMNS: dict[str, str] = {
    "code": "code",
    "name": "name",
    "aliases": "aliases",
    "area": "area__code",
    "category": "category__code",
    "category_name": "category__name",
    "programme": "programme__code",
    "programme_name": "programme__name",
    "package_count": "package_count",
    "level": "level",
    "nature": "nature",
    "stage": "stage",
    "lead_unit": "lead_unit__code",
    "lead_unit_name": "lead_unit__name",
    "host_unit": "host_unit__code",
    "host_unit_name": "host_unit__name",
    "owner": "owner__code",
    "owner_name": "owner__name",
    "sponsor": "sponsor",
    "service_officer": "service_officer",
    "planned_start": "planned_start",
    "actual_start": "actual_start",
    "planned_finish": "planned_finish",
    "actual_finish": "actual_finish",
    "content": "content",
    "funding": "funding",
    "location": "location",
    "total_investment": "total_investment",
    "in_statistics": "in_statistics",
    "published": "published",
}
PROGRESS = ("plan", "scheduled", "done")


class Table(NamedTuple):
    headings: list[str]
    rows: QuerySet[Any, tuple]


def register_table(projects: Any, *, year: int | None = None, month: int = 12) -> Table:
    """With a year also its plan in force, what that expects by the month's end, and what was accepted from January to
    that month (万元); empty where nothing is known.
    """
    progress: dict[str, Any] = {}
    if year:
        found, projects = progress_at(month), projects.at(year, month)
        progress = {name: AmountText(found[name]) for name in PROGRESS}
    return Table(
        [*COLUMNS, *progress], projects.order_by("code").values_list(*map(_shown, COLUMNS.values()), *progress.values())
    )


def _shown(column: str) -> Any:
    """Days and amounts as text: made by the database, they need not become objects first."""
    field: Any = None if "__" in column else Project._meta.get_field(column)
    if isinstance(field, DecimalField):
        return AmountText(column)
    return Cast(column, TextField()) if isinstance(field, DateField) else column
