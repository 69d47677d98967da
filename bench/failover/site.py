"""The real site under gunicorn, as deploy/ starts it."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from .cluster import Cluster, until

BASE_DIR = Path(__file__).resolve().parents[2]


class Site:
    def __init__(self, cluster: Cluster, directory: Path, *, workers: int = 2):
        self.cluster, self.directory = cluster, directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "DJANGO_SETTINGS_MODULE": "erqi.settings",
            "ERQI_SECRET_KEY": secrets.token_urlsafe(50),
            "ERQI_VAR_DIR": str(directory / "var"),
            "ERQI_DATABASE_URL": cluster.url,
            "ERQI_PGBOUNCER": "1" if cluster.pool else "0",
            "ERQI_REPLICA_URL": cluster.standby.url,
            "WEB_CONCURRENCY": str(workers),
        }

    def python(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=BASE_DIR,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def prepare(self) -> None:
        """Straight to the primary, as docs/scale.md asks of migrations."""
        straight = {"ERQI_DATABASE_URL": self.cluster.primary.url, "ERQI_PGBOUNCER": "0"}
        self.python("manage.py", "migrate", "--no-input", ERQI_STATEMENT_TIMEOUT_SECONDS="0", **straight)

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
        command += ["--bind", f"127.0.0.1:{self.port}", "erqi.wsgi:application"]
        with (self.directory / "site.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=BASE_DIR, env=self.environment, stdout=log, stderr=log)
        try:
            until(self.is_healthy, "a healthy site")
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)

    def is_healthy(self) -> bool:
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=4).status == 200
        return False
