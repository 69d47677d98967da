"""A primary, a standby that streams from it, and a pool in front: as in docs/scale.md, on sockets of one directory."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

from tests import private_postgres as postgres

POOL = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
# As a server is that must survive its death: fsync, full_page_writes and synchronous_commit stay on.
SERVER = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "hot_standby_feedback": "on",
    "wal_receiver_status_interval": "1s",
    # A standby that has just lost its primary otherwise sleeps five seconds, and is not promoted meanwhile.
    "wal_retrieve_retry_interval": "500ms",
}
# The timeouts that a pool cannot be asked for by each connection; short, so that the proof need not wait.
ROLE = {"statement_timeout": "3s", "idle_in_transaction_session_timeout": "3s", "synchronous_commit": "on"}

POOL_SETTINGS = """
[databases]
erqi = host={host} port=5432 dbname=postgres user=erqi

[pgbouncer]
listen_addr =
unix_socket_dir = {directory}
listen_port = 5432
auth_type = trust
auth_file = {directory}/users
admin_users = erqi
pool_mode = transaction
max_client_conn = 200
default_pool_size = 16
server_login_retry = 1
server_connect_timeout = 2
query_wait_timeout = 10
logfile = {directory}/log
pidfile = {directory}/pid
"""


def ask(directory: Path, sql: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
    """One statement outside of a transaction, straight to a server or to a pool's console."""
    connection = psycopg2.connect(host=str(directory), user="erqi", dbname=database, connect_timeout=3)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def until(happens: Any, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Server:
    """One PostgreSQL; its directory holds data, socket and log."""

    def __init__(self, directory: Path, programs: Path):
        self.directory, self.programs, self.who = directory, programs, postgres.identity()
        directory.mkdir()
        postgres.give_away(directory, self.who)

    @property
    def url(self) -> str:
        return f"postgres://erqi@/{self.directory}/postgres"

    def create(self) -> None:
        postgres.create_cluster(self.programs, self.directory, self.who)

    def copy(self, primary: "Server") -> None:
        """A base copy that knows where to stream from (standby.signal, primary_conninfo)."""
        source = f"host={primary.directory} user=erqi application_name=standby"
        self.run("pg_basebackup", "-d", source, "-D", self.directory / "data", "-R", "-X", "stream", "-c", "fast")

    def run(self, program: str, *arguments: Any) -> str:
        command = [self.programs / program, *arguments]
        done = subprocess.run(
            command, cwd=self.directory, capture_output=True, text=True, check=False, timeout=120, **self.who
        )
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        settings = [f"--{name}={value}" for name, value in SERVER.items()]
        with (self.directory / "log").open("ab") as log:
            command = [self.programs / "postgres", "-D", self.directory / "data", "-k", self.directory, *settings]
            self.process = subprocess.Popen(
                command, cwd=self.directory, stdout=log, stderr=log, start_new_session=True, **self.who
            )
        postgres.wait_until_ready(self.process, self.directory)

    def signal(self, number: signal.Signals) -> None:
        """To every process: each backend leads a group of its own."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, number)

    def kill(self) -> None:
        """As a machine that loses its power."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def promote(self) -> None:
        self.run("pg_ctl", "promote", "-D", self.directory / "data")
        until(lambda: ask(self.directory, "SELECT NOT pg_is_in_recovery()")[0][0], "a promoted standby")

    def stop(self) -> None:
        if hasattr(self, "process"):
            postgres.stop_server(self.process)


class Pool:
    """pgbouncer in transaction mode; ``point_to`` is what an operator does after a promotion."""

    def __init__(self, directory: Path):
        self.directory, self.who = directory, postgres.identity()
        directory.mkdir()
        (directory / "users").write_text('"erqi" ""\n')
        (directory / "users").chmod(0o644)
        postgres.give_away(directory, self.who)

    @property
    def url(self) -> str:
        return f"postgres://erqi@/{self.directory}/erqi"

    def configure(self, server: Server) -> None:
        (self.directory / "ini").write_text(POOL_SETTINGS.format(host=server.directory, directory=self.directory))
        (self.directory / "ini").chmod(0o644)

    def start(self, server: Server) -> None:
        self.configure(server)
        output = (self.directory / "output").open("wb")
        self.process = subprocess.Popen(
            [str(POOL), self.directory / "ini"], cwd=self.directory, stdout=output, stderr=output, **self.who
        )
        until((self.directory / ".s.PGSQL.5432").exists, "pgbouncer")

    def point_to(self, server: Server) -> None:
        self.configure(server)
        for command in ("RELOAD", "RECONNECT"):
            ask(self.directory, command, database="pgbouncer")

    def stop(self) -> None:
        if hasattr(self, "process"):
            self.process.terminate()
            self.process.wait(timeout=10)


class Cluster:
    def __init__(self, directory: Path, *, pooled: bool):
        programs = postgres.binaries(directory)
        self.primary, self.standby = Server(directory / "a", programs), Server(directory / "b", programs)
        self.pool = Pool(directory / "pool") if pooled else None

    @property
    def url(self) -> str:
        """Where the site finds its database; without a pool libpq tries both for the one that takes writes."""
        if self.pool:
            return self.pool.url
        both = f"{self.primary.directory},{self.standby.directory}"
        return f"postgres://erqi@/postgres?host={both}&target_session_attrs=read-write"

    def start(self) -> None:
        self.primary.create()
        self.primary.start()
        for name, value in ROLE.items():
            ask(self.primary.directory, f"ALTER ROLE erqi SET {name} = '{value}'")
        self.standby.copy(self.primary)
        self.standby.start()
        # Only now: without a standby that streams, every commit would wait for it.
        ask(self.primary.directory, "ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        ask(self.primary.directory, "SELECT pg_reload_conf()")
        until(self.is_synchronous, "a synchronous standby")
        if self.pool:
            self.pool.start(self.primary)

    def is_synchronous(self) -> bool:
        return ask(self.primary.directory, "SELECT sync_state FROM pg_stat_replication") == [("sync",)]

    def stop(self) -> None:
        for part in (self.pool, self.standby, self.primary):
            if part:
                part.stop()


@contextlib.contextmanager
def running(*, pooled: bool = True) -> Iterator[tuple[Cluster, Path]]:
    # /tmp whatever TMPDIR says: a socket's path may have no more than about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="erqi-ha-", dir="/tmp"))
    directory.chmod(0o711)
    cluster = Cluster(directory, pooled=pooled and bool(POOL))
    try:
        cluster.start()
        yield cluster, directory
    finally:
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)
