"""One month filed, one month accepted: locks, rows, the rollup and the chained audit event, in one transaction."""

import hashlib
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from .db import POSTGRES, Database
from .reach import REPORT, Caller, Refused
from .register import reaches

HOLD = " FOR NO KEY UPDATE" if POSTGRES else ""
PROJECT = f"""SELECT id, code, name, lead_unit_id, area_id, category_id, programme_id, stage FROM projects_project p
WHERE {{}} = $1{HOLD}"""
PERIOD = f"SELECT opens, due, locks, endorsed FROM projects_reportingperiod WHERE year = $1 AND month = $2{HOLD}"
STANDING = "SELECT id FROM projects_progressreport WHERE project_id = $1 AND year = $2 AND month = $3"
FILE = """
INSERT INTO projects_progressreport (project_id, year, month, revision, status, invested, physical_percent, note,
  explanation, reason, findings, authors, return_reason, return_fields, returns, copied_forward, recorded_at,
  recorded_by_id, filed_at, on_time, submitted_at, submitted_by_id)
VALUES ($1, $2, $3, 1, 'submitted', $4, $5, '', $6, '', '[]', $7, '', '[]', 0, FALSE, $8, $9, $8, FALSE, $8, $9)
RETURNING id
"""
WAITING = """SELECT id, project_id, year, month, revision, status, invested, submitted_by_id
FROM projects_progressreport WHERE id = $1"""
ACCEPT = "UPDATE projects_progressreport SET status = 'accepted', accepted_at = $2, accepted_by_id = $3 WHERE id = $1"
IN_FORCE = """UPDATE projects_progressreport SET superseded_at = $4 WHERE project_id = $1 AND year = $2 AND month = $3
  AND status = 'accepted' AND superseded_at IS NULL"""
PLAN = """SELECT planned_investment FROM projects_annualplan
WHERE project_id = $1 AND year = $2 AND superseded_at IS NULL"""
ADDED = """SET done = done + $5, unplanned = unplanned + $6, newest = $7,
  reports = reports + (CASE WHEN month = $4 THEN 1 ELSE 0 END),
  planned_reports = planned_reports + (CASE WHEN month = $4 THEN $8 ELSE 0 END),
  reported = reported + (CASE WHEN month = $4 THEN $8 ELSE 0 END)
WHERE category_id = $1 AND area_id = $2 AND year = $3 AND month >= $4"""
AREA_TOTAL = f"UPDATE projects_areatotal {ADDED}"
TOTAL = f"UPDATE projects_monthlytotal {ADDED} AND coalesce(lead_unit_id, 0) = $9"
PROGRAMME_TOTAL = (
    f"UPDATE projects_programmetotal {ADDED} AND coalesce(lead_unit_id, 0) = $9 AND coalesce(programme_id, 0) = $10"
)
HEAD = f"SELECT sequence, hash FROM core_audithead WHERE id = 1{HOLD}"
EVENT = """
INSERT INTO core_auditevent (sequence, at, actor, action, model, object_key, object_name, before, after, reason,
  channel, address, request_id, previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
MOVE = "UPDATE core_audithead SET sequence = $1, hash = $2 WHERE id = 1"


def in_transaction(write: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def written(db: Database, caller: Caller, asked: dict[str, str], body: bytes) -> dict[str, Any]:
        db.begin()
        try:
            answer = write(db, caller, asked, orjson.loads(body or b"{}"))
        except BaseException:
            db.rollback()
            raise
        db.commit()
        return answer

    return written


@in_transaction
def put_month(db: Database, caller: Caller, asked: dict[str, str], given: dict[str, str]) -> dict[str, Any]:
    project = _held(db, caller, "project_code", "p.code", asked["code"])
    year, month = int(asked["year"]), int(asked["month"])
    db.rows("period", PERIOD, year, month)
    if db.rows("standing", STANDING, project[0], year, month):
        raise Refused
    now = _now()
    values = (given["invested"], given["physical_percent"], given["explanation"], f"[{caller.pk}]", now, caller.pk)
    [[pk]] = db.rows("file", FILE, project[0], year, month, *values)
    told = {"year": year, "month": month, "revision": 1, "status": "submitted", "invested": given["invested"]}
    _record(db, caller, "progress.submit", project, told, reason=given["explanation"])
    report = {**told, "id": pk, "project": project[1], "project_name": project[2], "recorded_at": now}
    actions = ["withdraw", "return", "accept"]
    return {"report": report, "changed": True, "warnings": [], "allowed_actions": actions}


@in_transaction
def accept(db: Database, caller: Caller, asked: dict[str, str], _given: Any) -> dict[str, Any]:
    [found] = db.rows("waiting", WAITING, int(asked["pk"]))
    pk, project_key, year, month, revision, _status, invested, submitter = found
    project = _held(db, caller, "project_key_held", "p.id", project_key)
    db.rows("period", PERIOD, year, month)
    if submitter == caller.pk:
        raise Refused
    now = _now()
    db.run("supersede", IN_FORCE, project_key, year, month, now)
    db.run("accept", ACCEPT, pk, now, caller.pk)
    told = {"year": year, "month": month, "revision": revision, "status": "accepted", "invested": str(invested)}
    _record(db, caller, "progress.accept", project, told)
    _add_to_totals(db, project, year, month, Decimal(str(invested)), now)
    return {**told, "id": pk, "project": project[1], "project_name": project[2], "accepted_at": now}


def _held(db: Database, caller: Caller, name: str, column: str, value: Any) -> tuple:
    rows = db.rows(name, PROJECT.replace("{}", column), value)
    if not rows or not reaches(caller.units(REPORT), rows[0][3], rows[0][4]):
        raise Refused
    return rows[0]


def _add_to_totals(db: Database, project: tuple, year: int, month: int, invested: Decimal, now: str) -> None:
    planned = bool(db.rows("plan", PLAN, project[0], year))
    unit, programme = project[3] or 0, project[6] or 0
    done, unplanned = (invested, 0) if planned else (0, invested)
    added = (project[5], project[4], year, month, str(done), str(unplanned), now, int(planned))
    db.run("area_total", AREA_TOTAL, *added)
    db.run("total", TOTAL, *added, unit)
    db.run("programme_total", PROGRAMME_TOTAL, *added, unit, programme)


def _record(db: Database, caller: Caller, action: str, project: tuple, told: dict[str, Any], reason: str = "") -> None:
    [[sequence, previous]] = db.rows("head", HEAD)
    after = orjson.dumps({name: str(value) for name, value in told.items()}, option=orjson.OPT_SORT_KEYS).decode()
    at = datetime.now(UTC).isoformat(timespec="microseconds")
    who = (caller.username, action, "projects.project", project[1], project[2])
    event = (sequence + 1, at, *who, "", after, reason, "api", "127.0.0.1", uuid.uuid4().hex, previous)
    mark = hashlib.sha256(orjson.dumps([str(value) for value in event])).hexdigest()
    db.run("event", EVENT, *event, mark)
    db.run("move", MOVE, sequence + 1, mark)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + ("+00" if POSTGRES else "")
