"""Months to be filed and accepted, put back before each run so that every run writes the same."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from projects.models import AreaTotal, Light, MonthlyTotal, ProgrammeTotal, ProgressReport, Project, ProjectMonth
from projects.models.total import COLOURS

from .reference import NEXT_YEAR, PROGRAM, key_of
from .sql import execute, insert, literal, series

Requests = list[dict[str, Any]]
TOTALS: tuple[Any, ...] = (AreaTotal, MonthlyTotal, ProgrammeTotal)
# What an accepted month changes in them.
ADDED = (
    "done",
    "unplanned",
    "reports",
    "planned_reports",
    "reported",
    "plan_reported",
    "original_plan_reported",
    "newest",
    *COLOURS,
)


def put_back() -> None:
    """Nothing is filed for NEXT_YEAR, and its totals are what they were. The audit trail keeps growing, as it does."""
    with transaction.atomic():
        accepted = ProgressReport.objects.accepted().filter(year=NEXT_YEAR).exists()
        nothing_filed()
        for totals in TOTALS:
            table, kept = totals._meta.db_table, _kept(totals)
            execute(f"CREATE TABLE IF NOT EXISTS {kept} AS SELECT * FROM {table} WHERE year = {NEXT_YEAR}")
            if accepted:
                _put_totals_back(table, kept)


def nothing_filed() -> None:
    filed = ProgressReport.objects.filter(year=NEXT_YEAR).order_by().values("project")
    ProjectMonth.objects.filter(year=NEXT_YEAR, project__in=filed).update(done=None, last=0, light="")
    Light.objects.filter(year=NEXT_YEAR).delete()
    ProgressReport.objects.filter(year=NEXT_YEAR)._raw_delete(using="default")


def _put_totals_back(table: str, kept: str) -> None:
    """Only the rows that were touched: of a million projects there are too many to write anew before each run."""
    columns = ", ".join(f"{column} = k.{column}" for column in ADDED)
    moved = "t.done <> k.done OR t.unplanned <> k.unplanned OR t.reports <> k.reports"
    execute(f"UPDATE {table} AS t SET {columns} FROM {kept} AS k WHERE k.id = t.id AND ({moved})")
    execute(f"DELETE FROM {table} WHERE year = {NEXT_YEAR} AND id NOT IN (SELECT id FROM {kept})")


def forget_totals() -> None:
    """They are about to be counted anew."""
    nothing_filed()
    for totals in TOTALS:
        execute(f"DROP TABLE IF EXISTS {_kept(totals)}")


def _kept(totals: Any) -> str:
    return f"bench_{totals._meta.model_name}"


def months_to_file(count: int, *, path: str) -> Requests:
    """Each another project's, with an amount of its own; an explanation lets the checks pass."""
    put_back()
    codes = _codes(count)
    return [
        _request(
            "PUT",
            path.format(code=code),
            invested=f"{100 + position % 50}.5",
            physical_percent="12.50",
            explanation="已核对",
        )
        for position, code in enumerate(codes)
    ]


def months_to_accept(count: int, *, path: str) -> Requests:
    """Filed by somebody else beforehand."""
    put_back()
    filed = literal(datetime(NEXT_YEAR, 1, 20, 2, tzinfo=UTC))
    insert(
        ProgressReport,
        f"{series(count)} JOIN projects_project p ON p.id = (i - 1) % (SELECT count(*) FROM projects_project) + 1",
        project_id="p.id",
        year=str(NEXT_YEAR),
        month="1",
        status="'submitted'",
        invested="100 + i % 50",
        authors=literal([PROGRAM]),
        on_time="TRUE",
        **dict.fromkeys(("filed_at", "recorded_at", "submitted_at"), filed),
        **dict.fromkeys(("recorded_by_id", "submitted_by_id"), str(PROGRAM)),
    )
    keys = ProgressReport.objects.filter(year=NEXT_YEAR).order_by("project").values_list("pk", flat=True)
    return [_request("POST", path.format(pk=pk)) for pk in keys]


def _codes(count: int) -> list[str]:
    codes = list(Project.objects.order_by("pk").values_list("code", flat=True)[:count])
    if len(codes) < count:
        raise SystemExit(f"{count} months to write need as many projects; there are {len(codes)}: use --requests")
    return codes


def _request(method: str, path: str, **body: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key_of('bench-bureau')}"}
    return {"method": method, "path": path, "headers": headers, "body": json.dumps(body)}
