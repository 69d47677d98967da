"""The real site and the floor as processes: gunicorn with the deployed settings, on a loopback port."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from .database import BASE_DIR

WORKERS = 2
START_SECONDS = 30


@dataclass
class Server:
    """``name`` in the tables; ``process`` is gunicorn's master, its children do the work."""

    name: str
    port: int
    process: psutil.Process

    def workers(self) -> list[psutil.Process]:
        return self.process.children()


@contextlib.contextmanager
def served(name: str, application: str) -> Iterator[Server]:
    port = free_port()
    options = [f"--bind=127.0.0.1:{port}", f"--workers={WORKERS}", "--config=deploy/gunicorn.conf.py"]
    command = [sys.executable, "-m", "gunicorn", application, *options]
    master = subprocess.Popen(command, cwd=BASE_DIR)
    try:
        wait_for(port, master)
        yield Server(name, port, psutil.Process(master.pid))
    finally:
        master.terminate()
        master.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int, master: subprocess.Popen[bytes]) -> None:
    """Until a worker answers, whatever it says."""
    deadline = time.monotonic() + START_SECONDS
    while master.poll() is None and time.monotonic() < deadline:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS) as probe,
        ):
            probe.sendall(b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            if probe.recv(1):
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")


def environment(address: str) -> dict[str, str]:
    """Production settings; nothing here is a secret of anybody's."""
    return {
        "DJANGO_SETTINGS_MODULE": "erqi.settings",
        "ERQI_SECRET_KEY": "bench-" + "0" * 50,
        "ERQI_DATABASE_URL": address,
        "ERQI_DEBUG": "0",
        "ERQI_DEMO": "1",
        "ERQI_HTTPS": "0",
        "ERQI_ALLOWED_HOSTS": "127.0.0.1",
        "PATH": os.environ["PATH"],
    }
