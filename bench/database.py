"""A database of N generated projects that is kept between runs: PostgreSQL with everything on that a real one has on,
or a SQLite file."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from tests import private_postgres

BASE_DIR = Path(__file__).resolve().parent.parent
# The user that the server drops to must be able to look into it; else name another place.
KEPT = Path(os.environ.get("ERQI_BENCH_DIR", BASE_DIR / "var" / "bench"))
SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "random_page_cost": "1.1",
    "max_connections": "60",
    # One request, one core: what a site with many readers at once gets.
    "max_parallel_workers_per_gather": "0",
    "timezone": "Asia/Shanghai",
}
STOP_SECONDS = 60


@contextlib.contextmanager
def database(kind: str, projects: int) -> Iterator[str]:
    """Yields the address for ERQI_DATABASE_URL; what stands there is ``data.prepare``'s business."""
    directory = KEPT / f"{kind}-{projects}"
    directory.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        yield f"sqlite:///{directory / 'bench.sqlite3'}"
        return
    with kept_postgres(directory):
        yield f"postgres://erqi@/{directory}/postgres"


@contextlib.contextmanager
def kept_postgres(directory: Path) -> Iterator[None]:
    if answers(directory):
        # Somebody else's run has started it and will stop it.
        yield
        return
    server = start(directory)
    try:
        private_postgres.wait_until_ready(server, directory)
        yield
    finally:
        stop(server)


def answers(directory: Path) -> bool:
    with contextlib.suppress(psycopg2.OperationalError):
        psycopg2.connect(host=str(directory), user="erqi", dbname="postgres").close()
        return True
    return False


def start(directory: Path) -> subprocess.Popen[bytes]:
    who = private_postgres.identity()
    private_postgres.give_away(directory, who)
    programs = programs_for(directory)
    if not (directory / "data").exists():
        private_postgres.create_cluster(programs, directory, who)
    settings = [f"--{name}={value}" for name, value in SERVER_SETTINGS.items()]
    command: list[Any] = [programs / "postgres", "-D", directory / "data", "-k", directory, *settings]
    with (directory / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=directory, stdout=log, stderr=log, start_new_session=True, **who)


def programs_for(directory: Path) -> Path:
    copied = directory / "pginstall" / "bin"
    return copied if copied.exists() else private_postgres.binaries(directory)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Fast shutdown: connections are closed, everything is written."""
    server.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(timeout=STOP_SECONDS)
        return
    server.kill()
    server.wait()


def postmaster(kind: str, projects: int) -> int | None:
    """The process whose children do the database's work; SQLite has none."""
    file = KEPT / f"{kind}-{projects}" / "data" / "postmaster.pid"
    return int(file.read_text().split()[0]) if kind == "postgres" else None


def seconds_since(start: float) -> str:
    return f"{time.monotonic() - start:.1f} s"
