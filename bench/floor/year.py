"""A project's year: plan, schedule and twelve months."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .db import POSTGRES, Database
from .reach import VIEW, Caller, Refused
from .register import reaches

PROJECT = "SELECT id, code, name, lead_unit_id, area_id FROM projects_project WHERE code = $1"
PLANS = """
SELECT a.id, a.version, {amount:a.planned_investment}, {amount:a.opening_cumulative}, a.year_class, a.objective,
  a.linear,
  {moment:a.recorded_at}, {moment:a.superseded_at}, a.reason, coalesce(nullif(u.display_name, ''), u.username),
  s.month, {amount:s.to_date}
FROM projects_annualplan a LEFT JOIN accounts_user u ON u.id = a.recorded_by_id
LEFT JOIN projects_scheduledmonth s ON s.plan_id = a.id
WHERE a.project_id = $1 AND a.year = $2 AND (a.version = 1 OR a.superseded_at IS NULL) ORDER BY a.version, s.month
"""
REPORTS = """
SELECT r.month, {amount:r.invested}, {percent:r.physical_percent}, r.note, r.revision, {moment:r.accepted_at}
FROM projects_progressreport r
WHERE r.project_id = $1 AND r.year = $2 AND r.status = 'accepted' AND r.superseded_at IS NULL ORDER BY r.month
"""
CLASSES = {"preliminary": "前期", "new_start": "新开工", "continued": "续建", "completion": "竣工"}
ZERO = Decimal(0)


def year(db: Database, caller: Caller, asked: dict[str, str], _body: bytes) -> dict[str, Any]:
    rows = db.rows("project_key", PROJECT, asked["code"])
    if not rows or not reaches(caller.units(VIEW), rows[0][3], rows[0][4]):
        raise Refused
    pk, code, name, *_where = rows[0]
    number = int(asked["year"])
    plans = _plans(db.rows("plans", PLANS, pk, number), (code, name), number)
    reports = {row[0]: row for row in db.rows("year_reports", REPORTS, pk, number)}
    chosen, original = (plans[-1], plans[0]) if plans else (None, None)
    answer = {"project": code, "project_name": name, "year": number, "as_of": None, "baseline": "current"}
    return {**answer, "plan": chosen, "original": original, "months": _months(chosen, original, reports)}


def _plans(rows: list[tuple], project: tuple[str, str], number: int) -> list[dict[str, Any]]:
    plans: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row[0] not in plans:
            plans[row[0]] = _plan(row, project, number)
        if row[11] is not None:
            plans[row[0]]["schedule"].append(row[12])
    return list(plans.values())


def _plan(row: tuple, project: tuple[str, str], number: int) -> dict[str, Any]:
    pk, version, planned, opening, year_class, objective, linear, recorded, superseded, reason, by = row[:11]
    return {
        "id": pk,
        "project": project[0],
        "project_name": project[1],
        "year": number,
        "version": version,
        "planned_investment": planned,
        "opening_cumulative": opening,
        "year_class": year_class,
        "year_class_display": CLASSES.get(year_class, ""),
        "objective": objective,
        "linear": bool(linear),
        "schedule": [],
        "recorded_at": moment(recorded),
        "superseded_at": moment(superseded),
        "recorded_by": by,
        "reason": reason,
    }


def moment(text: str | None) -> str | None:
    """2017-01-05T10:00:00+08:00, with its microseconds where there are any."""
    if text is None:
        return None
    if not POSTGRES:
        from datetime import UTC, datetime
        from zoneinfo import ZoneInfo

        return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(ZoneInfo("Asia/Shanghai")).isoformat()
    return text.removesuffix(".000000") + "+08:00"


def _months(chosen: Any, original: Any, reports: dict[int, tuple]) -> list[dict[str, Any]]:
    last, to_date, lines = max(reports, default=0), ZERO, []
    for month in range(1, 13):
        report = reports.get(month)
        to_date += Decimal(report[1]) if report else ZERO
        known = to_date if month <= last else None
        rate, ahead = _against(chosen, month, known)
        first_rate, first_ahead = _against(original, month, known)
        due = Decimal(chosen["schedule"][month - 1]) if chosen else None
        before = Decimal(chosen["schedule"][month - 2]) if chosen and month > 1 else ZERO
        lines.append(
            {
                "month": month,
                "scheduled": None if due is None else f"{due - before:.4f}",
                "scheduled_to_date": None if due is None else f"{due:.4f}",
                "invested": report[1] if report else None,
                "to_date": None if known is None else f"{known:.4f}",
                "rate": rate,
                "ahead_points": ahead,
                "original_rate": first_rate,
                "original_ahead_points": first_ahead,
                "physical_percent": report[2] if report else None,
                "note": report[3] if report else "",
                "status": "accepted" if report else None,
                "status_display": "已认定" if report else None,
                "revision": report[4] if report else None,
                "accepted_at": moment(report[5]) if report else None,
            }
        )
    return lines


def _against(plan: dict[str, Any] | None, month: int, to_date: Decimal | None) -> tuple[str | None, str | None]:
    if plan is None or to_date is None or not (amount := Decimal(plan["planned_investment"])):
        return None, None
    ahead = (to_date - Decimal(plan["schedule"][month - 1])) / amount * 100
    return rounded(to_date / amount, "0.000001"), rounded(ahead, "0.0001")


def rounded(value: Decimal, step: str) -> str:
    return f"{value.quantize(Decimal(step), ROUND_HALF_UP):f}"
