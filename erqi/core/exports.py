"""Rows as a spreadsheet that Excel and WPS open as they are. A header says the unit; amounts stay exact."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from .numbers import trimmed

BOM = "\ufeff"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a spreadsheet reads as the start of a formula; the full-width forms are converted by Chinese editions.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


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
