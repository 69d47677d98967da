"""What must hold afterwards: each a sentence and whether it is so."""

import time
from pathlib import Path

from . import load
from .cluster import Cluster, ask, until
from .site import Site

Checks = dict[str, bool]

REPORTS = """
SELECT p.code, r.year, r.month, r.invested::text, r.status
FROM projects_progressreport r JOIN projects_project p ON p.id = r.project_id WHERE r.superseded_at IS NULL
"""
FILINGS = """
SELECT object_key, after::json->>'year', after::json->>'month' FROM core_auditevent
WHERE action = 'progress.submit' AND after <> ''
"""


def nothing_lost(directory: Path, done: load.Load) -> Checks:
    rows = ask(directory, REPORTS)
    held = {(code, year, month): (invested, status) for code, year, month, invested, status in rows}
    filings = [(code, int(year), int(month)) for code, year, month in ask(directory, FILINGS) if month]
    return {
        f"all {len(done.filed)} acknowledged filings are there, with their amount": all(
            held.get(key, ("",))[0] == invested for key, invested in done.filed.items()
        ),
        f"all {len(done.accepted)} acknowledged acceptances are there": all(
            held[key][1] == "accepted" for key in done.accepted
        ),
        "no month is there twice": len(rows) == len(held),
        "every acknowledged filing is in the audit trail, once": (
            len(filings) == len(set(filings)) and set(done.filed) <= set(filings)
        ),
    }


def commands_agree(site: Site) -> Checks:
    straight = {"ERQI_DATABASE_URL": site.cluster.standby.url, "ERQI_PGBOUNCER": "0"}
    found: Checks = {}
    for command in ("verify_audit", "verify_totals"):
        try:
            site.python("manage.py", command, **straight)
            found[f"manage.py {command}"] = True
        except RuntimeError as refused:
            found[f"manage.py {command}: {str(refused)[-200:]}"] = False
    return found


def own_writes_are_read(cluster: Cluster, port: int, people: dict) -> Checks:
    """While the replica stands still."""
    writer, other = (load.Client(port, token, "own") for token in (people["writers"][0], people["reviewer"]))
    path = f"/projects/{people['projects'][0]}/progress/2011/1/"
    ask(cluster.standby.directory, "SELECT pg_wal_replay_pause()")
    until(lambda: ask(cluster.standby.directory, "SELECT pg_get_wal_replay_pause_state()") == [("paused",)], "a pause")
    put = writer.ask("PUT", path, {"invested": "1", "explanation": "已核对"})[0]
    own, others = writer.ask("GET", path)[0], other.ask("GET", f"{path}")[0]
    ask(cluster.standby.directory, "SELECT pg_wal_replay_resume()")
    time.sleep(1)
    later = other.ask("GET", path)[0]
    return {
        "with the replica standing still, the writer reads what they wrote": (put, own) == (201, 200),
        "and another reader what the replica has": others == 404,
        "which it has when it goes on": later == 200,
    }


def limits_hold(cluster: Cluster) -> Checks:
    """Behind the pool, where nobody can ask for them when connecting."""
    if not cluster.pool:
        return {}
    shown = {name: ask(cluster.pool.directory, f"SHOW {name}", database="erqi")[0][0] for name in LIMITS}
    return {f"behind the pool {name} is {value}": value == LIMITS[name] for name, value in shown.items()}


LIMITS = {"statement_timeout": "3s", "idle_in_transaction_session_timeout": "3s", "synchronous_commit": "on"}
