"""How many changes a second the audit trail takes: python -m bench.failover.chain

Every change locks the chain's head until its transaction ends, so this is the ceiling of all writes together. Measured
with pgbench: lock the head, append an event of 600 bytes, move the head, commit; and the same with 16 heads, as if each
district had its own.
"""

import re
import sys
from pathlib import Path

from .cluster import Cluster, ask, running, until

SECONDS, CLIENTS = 5, (1, 4, 16)
TABLES = """
CREATE TABLE chain_head (chain int PRIMARY KEY, sequence bigint NOT NULL, hash varchar(64) NOT NULL);
INSERT INTO chain_head SELECT n, 0, repeat('0', 64) FROM generate_series(1, 16) AS n;
CREATE TABLE chain_event (
    id bigserial PRIMARY KEY, chain int NOT NULL, sequence bigint NOT NULL, at text, actor text, model text,
    object_key text, after text, previous_hash varchar(64), hash varchar(64) UNIQUE, UNIQUE (chain, sequence)
);
CREATE INDEX ON chain_event (model, object_key, sequence);
CREATE INDEX ON chain_event (actor, sequence);
"""
CHANGE = r"""
\set chain random(1, :chains)
BEGIN;
SELECT sequence, hash FROM chain_head WHERE chain = :chain FOR NO KEY UPDATE \gset
INSERT INTO chain_event (chain, sequence, at, actor, model, object_key, after, previous_hash, hash)
VALUES (:chain, :sequence + 1, now()::text, 'user' || :client_id, 'projects.project', 'P' || :sequence,
    repeat('x', 400), ':hash', md5(random()::text) || md5(random()::text));
UPDATE chain_head SET sequence = :sequence + 1 WHERE chain = :chain;
COMMIT;
"""


def rate(cluster: Cluster, script: Path, *, chains: int, clients: int) -> tuple[float, float]:
    """Changes a second, and milliseconds of one."""
    server = cluster.primary
    fixed = ["-n", "-f", script, "-D", f"chains={chains}", "-c", str(clients), "-j", "2", "-T", str(SECONDS)]
    told = server.run("pgbench", *fixed, "-h", server.directory, "-U", "erqi", "postgres")
    found = [re.search(pattern, told) for pattern in (r"tps = ([\d.]+)", r"latency average = ([\d.]+)")]
    return float(found[0][1]), float(found[1][1])


def main() -> int:
    with running(pooled=False) as (cluster, directory):
        ask(cluster.primary.directory, TABLES)
        script = directory / "change.sql"
        script.write_text(CHANGE)
        script.chmod(0o644)
        for synchronous in (True, False):
            names = "standby" if synchronous else ""
            ask(cluster.primary.directory, f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            ask(cluster.primary.directory, "SELECT pg_reload_conf()")
            until(lambda wanted=synchronous: cluster.is_synchronous() == wanted, "a reload")
            for chains in (1, 16):
                for clients in CLIENTS:
                    changes, wait = rate(cluster, script, chains=chains, clients=clients)
                    where = "with a synchronous standby" if synchronous else "alone"
                    print(
                        f"{where}, {chains:2} chains, {clients:2} clients: {changes:6.0f}/s, {wait:5.1f} ms", flush=True
                    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
