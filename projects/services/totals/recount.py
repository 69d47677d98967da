"""Every total counted again from the rows: to prove that the totals are exact, or to make them so."""

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from erqi.accounts.models import User
from erqi.core.services import audit
from projects.models import Light, MonthlyTotal, ProjectMonth
from projects.models.total import TABLES, Total

from . import before, months
from .sums import NOTHING, Cells, Key, Measures, contribution, of_table
from .table import BATCH, IDLE_TIMEOUT, STATEMENT_TIMEOUT, in_order, unlimited


@dataclass(frozen=True)
class Difference:
    """Of one measure in one cell or of one project: what the rows say, and what the total says."""

    table: Any
    key: Key
    measure: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        names = before.KEY if self.table is Light else self.table.KEY
        cell = " ".join(f"{name}={value}" for name, value in zip(names, self.key, strict=True))
        what = f"{self.table.__name__} {cell}: {self.measure}"
        return f"{what} 应为 {self.expected}，实为 {self.found} / expected, found"


def differences() -> Iterator[Difference]:
    """Where totals and rows disagree, and what lights remember of the month before; all as of one moment.

    A missing row is a row of zeros.
    """
    with _one_moment():
        counted = contribution()
        for table in TABLES:
            yield from _differing(table, table._default_manager.all(), of_table(table, counted), NOTHING)
        for pks in months.batches():
            rows = ProjectMonth.objects.filter(project__in=pks)
            yield from _differing(ProjectMonth, rows, months.expected(pks), months.UNKNOWN)
            yield from (Difference(Light, key, "before", was, found) for key, was, found in before.wrong(pks))


def _differing(
    table: Any, kept: QuerySet, expected: MutableMapping[Any, Measures], nothing: Measures
) -> Iterator[Difference]:
    for row in kept.order_by().values_list(*table.KEY, *nothing).iterator():
        key, found = row[: len(table.KEY)], dict(zip(nothing, row[len(table.KEY) :], strict=True))
        yield from _compared(table, key, expected.pop(key, nothing), found)
    for key, measures in expected.items():
        yield from _compared(table, key, measures, nothing)


def _compared(table: Any, key: Key, expected: Measures, found: Measures) -> Iterator[Difference]:
    for name, value in expected.items():
        if found[name] != value:
            yield Difference(table, key, name, value, found[name])


@contextmanager
def _one_moment() -> Iterator[None]:
    """Writers go on meanwhile; within a transaction already begun, it is that one's moment."""
    begun = connection.in_atomic_block
    with _only_reading(), transaction.atomic():
        if connection.vendor == "postgresql" and not begun:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        unlimited(STATEMENT_TIMEOUT, IDLE_TIMEOUT)
        yield


@contextmanager
def _only_reading() -> Iterator[None]:
    """SQLite's transactions begin as writers (settings), and there is only one writer."""
    here: Any = connection
    if here.vendor != "sqlite":
        yield
        return
    # Known once it is connected.
    here.ensure_connection()
    usual, here.transaction_mode = here.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        here.transaction_mode = usual


def rebuild(*, by: User | None) -> int:
    """Write all totals anew; how many rows there are then.

    Months first, some projects at a time. For the others the event comes first: holding the end of the audit chain,
    nobody else adds to them, and whoever has changed rows without having committed adds the difference afterwards.
    """
    written = months.rewrite()
    with transaction.atomic():
        audit.record("totals.rebuild", MonthlyTotal(pk=0), by=by)
        return written + _rewrite_totals()


def rewrite() -> int:
    """``rebuild`` for a caller that holds the end of the audit chain, or that nobody else can be writing beside."""
    return months.rewrite() + _rewrite_totals()


def _rewrite_totals() -> int:
    unlimited(STATEMENT_TIMEOUT, IDLE_TIMEOUT)
    counted = contribution()
    return sum(_rewrite(table, of_table(table, counted)) for table in TABLES)


def _rewrite(table: type[Total], cells: Cells) -> int:
    fields: list[Any] = [table._meta.get_field(name) for name in table.KEY]
    columns = [field.attname for field in fields]
    rows = (table(**dict(zip(columns, key, strict=True)), **cells[key]) for key in in_order(cells))
    table._default_manager.all().delete()
    return len(table._default_manager.bulk_create(rows, batch_size=BATCH))
