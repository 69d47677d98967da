"""The parts of docker-compose.yml as plain processes: PostgreSQL, gunicorn and nginx with the very same files.

Everything listens on the loopback only or on a unix socket, and is gone afterwards.
"""

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests import private_postgres as postgres

BASE_DIR = Path(__file__).resolve().parents[2]
TEMPLATE = BASE_DIR / "deploy/nginx/templates/default.conf.template"
HOST = "erqi.example"
NEEDED = ("nginx", "curl", "openssl")

# Of the official image's nginx.conf only what our template needs around it.
NGINX_MAIN = """
daemon off;
pid {run}/nginx.pid;
error_log {run}/nginx-error.log;
worker_processes 1;
events {{}}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
    include {run}/default.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(happens: Callable[[], object], *, seconds: float, what: str) -> object:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := happens():
            return result
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Database:
    """A PostgreSQL that can be stopped and started again on the same data."""

    def __init__(self, directory: Path):
        self.directory, self.who = directory, postgres.identity()
        postgres.give_away(directory, self.who)
        self.programs = postgres.binaries(directory)
        postgres.create_cluster(self.programs, directory, self.who)
        self.url = f"postgres://erqi@/{directory}/postgres"
        self.start()

    def start(self) -> None:
        self.server = postgres.start_server(self.programs, self.directory, self.who)
        postgres.wait_until_ready(self.server, self.directory)

    def stop(self) -> None:
        postgres.stop_server(self.server)


class Stack:
    def __init__(self, directory: Path, database: Database):
        self.directory, self.database = directory, database
        self.http, self.https, self.upstream = free_port(), free_port(), free_port()
        self.cookies = directory / "cookies.txt"
        self.processes: list[subprocess.Popen] = []
        # As docker-compose.yml sets them, and nothing of this machine's.
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "DJANGO_SETTINGS_MODULE": "erqi.settings",
            "ERQI_VAR_DIR": str(directory / "var"),
            "ERQI_SECRET_KEY": secrets.token_urlsafe(50),
            "ERQI_DATABASE_URL": database.url,
            "ERQI_ALLOWED_HOSTS": HOST,
            "ERQI_HTTPS": "1",
            "ERQI_BEHIND_PROXY": "1",
            "WEB_CONCURRENCY": "1",
        }

    def prepare(self) -> None:
        """What the image's build and the service `setup` do."""
        (self.directory / "var" / "vendor").mkdir(parents=True)
        # Compressing what libraries bring takes half a minute and would prove nothing more.
        ignored = [f"--ignore={name}" for name in ("drf_spectacular_sidecar", "rest_framework", "vendor")]
        self.manage("collectstatic", "--no-input", *ignored)
        self.manage("migrate", "--no-input")
        self.manage("schedule_jobs")
        subprocess.run([BASE_DIR / "deploy/make-certificate.sh", HOST, self.directory / "certificates"], check=True)

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=BASE_DIR, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        config = ["--config", "deploy/gunicorn.conf.py", "--bind", f"127.0.0.1:{self.upstream}"]
        self.gunicorn = self._spawn(sys.executable, "-m", "gunicorn", *config, "erqi.wsgi:application")
        main = self.directory / "nginx.conf"
        main.write_text(NGINX_MAIN.format(run=self.directory))
        (self.directory / "default.conf").write_text(self._filled_in())
        self._spawn("nginx", "-p", self.directory, "-c", main, "-e", self.directory / "nginx-error.log")
        until(lambda: self.curl("/healthz").status == 200, seconds=20, what=f"a healthy site\n{self.logs()}")

    def _filled_in(self) -> str:
        """As the official image's envsubst does it: ${NAME} for the names in the environment, nothing else."""
        values = {
            "SITE_HOST": HOST,
            "SITE_AUTHORITY": f"{HOST}:{self.https}",
            "HTTP_LISTEN": f"127.0.0.1:{self.http}",
            "HTTPS_LISTEN": f"127.0.0.1:{self.https}",
            "UPSTREAM": f"127.0.0.1:{self.upstream}",
            "CERTIFICATES": str(self.directory / "certificates"),
        }
        return re.sub(r"\$\{([A-Z_]+)\}", lambda found: values[found[1]], TEMPLATE.read_text(encoding="utf-8"))

    def _spawn(self, *command) -> subprocess.Popen:
        with (self.directory / "output.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=BASE_DIR, env=self.environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def logs(self) -> str:
        names = ("output.log", "nginx-error.log")
        return "\n".join((self.directory / n).read_text() for n in names if (self.directory / n).exists())

    def workers(self) -> set[int]:
        master = self.gunicorn.pid
        return {int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()}

    def curl(self, path: str, *options: str | Path, secure: bool = True) -> "Answer":
        scheme, port = ("https", self.https) if secure else ("http", self.http)
        command = ["curl", "--silent", "--show-error", "--include", "--max-time", "10"]
        command += ["--cacert", str(self.directory / "certificates/site.crt"), "--noproxy", "*"]
        command += ["--resolve", f"{HOST}:{port}:127.0.0.1", "--cookie", str(self.cookies)]
        command += ["--cookie-jar", str(self.cookies), f"{scheme}://{HOST}:{port}{path}", *map(str, options)]
        return Answer(subprocess.run(command, capture_output=True, check=False))


class Answer:
    """The last response that curl printed; status 0 when there was none."""

    def __init__(self, done: subprocess.CompletedProcess):
        self.exit_code, self.raw = done.returncode, done.stdout
        head, _blank, self.body = self.raw.rpartition(b"HTTP/1.1 ")[2].partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[0]) if self.raw else 0
        self.headers = {name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines)}

    @property
    def text(self) -> str:
        return self.body.decode()


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Stack]:
    cluster = directory / "pg"
    cluster.mkdir()
    database = Database(cluster)
    stack = Stack(directory, database)
    try:
        stack.prepare()
        stack.start()
        yield stack
    finally:
        stack.stop()
        database.stop()
        shutil.rmtree(directory, ignore_errors=True)
