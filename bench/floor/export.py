"""The register as CSV; into a file first, as the site does."""

import csv
import io
import tempfile
from collections.abc import Iterator
from typing import Any

from .db import Database, spelled
from .reach import VIEW, Caller, Refused

COLUMNS = """p.code, p.name, p.aliases, a.code AS area, c.code AS category, c.name AS category_name,
  g.code AS programme, g.name AS programme_name, p.package_count, p.level, p.nature, p.stage, l.code AS lead_unit,
  l.name AS lead_unit_name, h.code AS host_unit, h.name AS host_unit_name, o.code AS owner, o.name AS owner_name,
  p.sponsor, p.service_officer, {day:p.planned_start} AS planned_start, {day:p.actual_start} AS actual_start,
  {day:p.planned_finish} AS planned_finish, {day:p.actual_finish} AS actual_finish, p.content, p.funding, p.location,
  {amount:p.total_investment} AS total_investment, p.in_statistics,
  CASE WHEN p.published THEN 'True' ELSE 'False' END AS published,
  {amount:m.plan} AS plan, {amount:m.scheduled} AS scheduled, {amount:m.done} AS done"""
TABLE = f"""
SELECT {COLUMNS}
FROM projects_project p JOIN projects_unit a ON a.id = p.area_id JOIN projects_category c ON c.id = p.category_id
LEFT JOIN projects_programme g ON g.id = p.programme_id LEFT JOIN projects_unit l ON l.id = p.lead_unit_id
LEFT JOIN projects_unit h ON h.id = p.host_unit_id LEFT JOIN projects_unit o ON o.id = p.owner_id
LEFT JOIN projects_projectmonth m ON m.project_id = p.id AND m.year = :year AND m.month = :month
ORDER BY p.code
"""
PART = 1 << 18


def export(db: Database, caller: Caller, asked: dict[str, str], _body: bytes) -> Iterator[bytes]:
    if caller.units(VIEW) is not None:
        raise Refused
    year, month = int(asked["year"]), int(asked.get("month", 12))
    sql = spelled(TABLE).replace(":year", str(year)).replace(":month", str(month))
    file: Any = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as it is being sent
    text = io.TextIOWrapper(file, "utf-8", newline="")
    writer = csv.writer(text)
    db.statements += 1
    db.cursor.execute(sql)
    writer.writerow([column[0] for column in db.cursor.description])
    writer.writerows(db.cursor)
    text.flush()
    text.detach()
    file.seek(0)
    return iter(lambda: file.read(PART), b"")
