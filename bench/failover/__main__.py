"""Kills the primary under load and goes on with the standby: python -m bench.failover [--runs 3] [--json FILE].

Prints how long nothing succeeded and what was refused meanwhile, and proves that no acknowledged write was lost. The
operator is a script here that acts at once: add the time that yours takes to notice.
"""

import argparse
import collections
import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.private_postgres import raise_on_signals

from . import proof
from .cluster import POOL, Cluster, ask, running
from .load import Answer, Load
from .site import Site

AUDIT_BYTES = "SELECT pg_total_relation_size('core_auditevent') / count(*) FROM core_auditevent"


def outage(answers: list[Answer], kind: str, killed: float) -> float:
    """Seconds from the last success before the kill to the first after it."""
    good = [answer.at for answer in answers if answer.kind == kind and answer.good]
    return min(at for at in good if at > killed + 0.2) - max(at for at in good if at <= killed + 0.2)


def fail_over(cluster: Cluster) -> dict[str, float]:
    """What an operator does, and when each step was through, in seconds."""
    killed = time.monotonic()
    cluster.primary.kill()
    cluster.standby.promote()
    promoted = time.monotonic()
    if cluster.pool:
        cluster.pool.point_to(cluster.standby)
    return {"killed": killed, "promoted": promoted - killed, "repointed": time.monotonic() - killed}


def figures(load: Load, steps: dict[str, float]) -> dict[str, Any]:
    answers = load.answers
    failed = [answer for answer in answers if answer.status >= 500 or not answer.status]
    by_status = collections.Counter(str(answer.status or "no answer") for answer in failed)
    written = [answer.at for answer in answers if answer.kind == "write" and answer.at < steps["killed"]]
    return {
        "promoted": steps["promoted"],
        "repointed": steps["repointed"],
        "no_write": outage(answers, "write", steps["killed"]),
        "no_read": outage(answers, "read", steps["killed"]),
        "requests": len(answers),
        "failed": dict(by_status),
        "failed_unclean": sum(not answer.clean for answer in failed),
        "writes_per_second": len(written) / (steps["killed"] - min(written)),
    }


def run_once(seconds: float, writers: int, readers: int, *, pooled: bool) -> tuple[dict[str, Any], proof.Checks]:
    with running(pooled=pooled) as (cluster, directory):
        site = Site(cluster, directory)
        site.prepare()
        people = json.loads(site.python("-m", "bench.failover.seed", str(writers), "150"))
        checks = proof.limits_hold(cluster)
        with site.serving():
            checks |= proof.own_writes_are_read(cluster, site.port, people)
            load = Load(site.port, people, readers)
            load.start()
            time.sleep(seconds)
            steps = fail_over(cluster)
            time.sleep(seconds)
            load.stop()
        checks |= proof.nothing_lost(cluster.standby.directory, load) | proof.commands_agree(site)
        [[size]] = ask(cluster.standby.directory, AUDIT_BYTES)
        return {**figures(load, steps), "audit_event_bytes": size}, checks


def show(number: int, found: dict[str, Any], checks: proof.Checks) -> None:
    print(
        f"\nrun {number}: promoted after {found['promoted']:.2f} s, repointed after {found['repointed']:.2f} s; "
        f"no write for {found['no_write']:.2f} s, no read for {found['no_read']:.2f} s;\n"
        f"  {found['writes_per_second']:.0f} writes/s before; {found['requests']} requests, "
        f"failed {found['failed']} ({found['failed_unclean']} without problem details);\n"
        f"  {found['audit_event_bytes']} bytes for each event of the audit trail"
    )
    for sentence, holds in checks.items():
        print(f"  {'ok  ' if holds else 'FAIL'} {sentence}", flush=True)


def main() -> int:
    raise_on_signals()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="load before and after the kill")
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--without-pool", action="store_true", help="libpq itself looks for the primary")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    pooled = bool(POOL) and not given.without_pool
    print("pgbouncer: transaction" if pooled else "没有连接池 / without a pool (apt-get install pgbouncer)", flush=True)
    runs = []
    for number in range(1, given.runs + 1):
        found, checks = run_once(given.seconds, given.writers, given.readers, pooled=pooled)
        show(number, found, checks)
        runs.append({**found, "checks": checks})
    if given.json:
        given.json.write_text(json.dumps(runs, ensure_ascii=False, indent=1) + "\n")
    return 0 if all(all(run["checks"].values()) for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
