"""Rows as a spreadsheet that Excel and WPS open as they are. A header says the unit; amounts stay exact."""

import csv
import io
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO
from urllib.parse import quote

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.models import Func, QuerySet, TextField
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from .numbers import AMOUNT_PLACES, trimmed

BOM = "\ufeff"
CHUNK = 2000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet reads as the start of a formula; the full-width forms are converted by Chinese editions.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# In lines of CSV, where a cell begins after a comma, a line's end or a quotation mark: what may begin like a formula.
MAYBE_FORMULA = re.compile(r'[,"\n]\s*[-=+@＝＋－＠]')
AMOUNT = re.compile(rf"-?\d+\.\d{{{AMOUNT_PLACES}}}")


@dataclass(frozen=True)
class Column:
    header: str
    value: Callable[[Any], Any]


def as_text(value: str) -> str:
    """Text that a spreadsheet will show rather than run."""
    return f"'{value}" if value.lstrip().startswith(FORMULA_STARTS) else value


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return Decimal(trimmed(value))
    return value if isinstance(value, int) else as_text(str(value))


def _rows(columns: list[Column], rows: Iterable) -> Iterator[list]:
    yield [str(column.header) for column in columns]
    for row in rows:
        yield [_cell(column.value(row)) for column in columns]


class _Echo:
    """A file that hands back what is written, for csv.writer."""

    def write(self, text: str) -> str:
        return text


def csv_response(name: str, columns: list[Column], rows: Iterable) -> HttpResponseBase:
    writer = csv.writer(_Echo())
    lines = (writer.writerow(row) for row in _rows(columns, rows))
    response = StreamingHttpResponse(_with_bom(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
    return response


def table_file(headings: Sequence[str], rows: QuerySet[Any, tuple]) -> BinaryIO:
    """A CSV of any length, complete before a byte of it is sent: the database is not kept waiting for a slow line, and
    what breaks off does so as an error instead of half a table. Neither side holds the rows in memory.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    file.write(_lines([headings]).encode())
    for chunk in chunks(rows):
        file.write(_guarded(chunk).encode())
    file.seek(0)
    return file


def _guarded(rows: list[tuple]) -> str:
    """Looking at each cell costs more than all the rest of a table; most chunks have nothing to look at."""
    lines = _lines(rows)
    return _lines(map(_safe, row) for row in rows) if MAYBE_FORMULA.search(f"\n{lines}") else lines


def _lines(rows: Iterable[Iterable]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _safe(value: Any) -> Any:
    return as_text(value) if type(value) is str and not AMOUNT.fullmatch(value) else value


class AmountText(Func):
    """An amount as a table shows it, with the yuan and null as null: written by the database, which is quicker."""

    arity = 1
    template = f"(%(expressions)s)::numeric(24, {AMOUNT_PLACES})::text"

    def __init__(self, expression: Any):
        super().__init__(expression, output_field=TextField())

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, Any]:
        # SQLite drops the noughts, and prints null as nought; the literal goes through two rounds of %.
        shown = f"CASE WHEN amount IS NOT NULL THEN printf('%%%%.{AMOUNT_PLACES}f', amount) END"
        template = f"(SELECT {shown} FROM (SELECT %(expressions)s AS amount))"  # noqa: S608 (nothing from outside)
        return self.as_sql(compiler, connection, template=template)


def chunks(rows: QuerySet[Any, tuple]) -> Iterator[list[tuple]]:
    """Through a cursor of the server's own in a transaction of its own, which a connection pool keeps together;
    SQLite reads row by row anyway, and a transaction would keep others from writing.
    """
    connection = connections[rows.db]
    compiler = rows.query.get_compiler(rows.db)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        # The conditions contradict each other: nothing has to be asked.
        return
    converters = compiler.get_converters([column[0] for column in compiler.select])
    together = transaction.atomic(using=rows.db) if connection.vendor == "postgresql" else nullcontext()
    with together, connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while found := cursor.fetchmany(CHUNK):
            yield list(compiler.apply_converters(found, converters)) if converters else found


def _with_bom(lines: Iterable[str]) -> Iterator[str]:
    yield BOM
    yield from lines


def xlsx_response(name: str, columns: list[Column], rows: Iterable) -> HttpResponseBase:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:31])
    sheet.freeze_panes = "A2"
    for row in _rows(columns, rows):
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", cell) if isinstance(cell, str) else cell for cell in row])
    file = tempfile.TemporaryFile()  # noqa: SIM115 - FileResponse closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


FORMATS = {"csv": csv_response, "xlsx": xlsx_response}
