# ruff: noqa: INP001 (read by gunicorn and by container engines; not a package)
"""gunicorn, wherever the site is served: docker-compose.yml, scripts/serve.py, or a service on a bare machine.

The command line wins over this file (--bind, --workers). WEB_CONCURRENCY is gunicorn's own name for the workers.
"""

import os
from pathlib import Path

bind = "127.0.0.1:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4

# A request has PostgreSQL's statement timeout to end by itself; a worker that is stuck is replaced.
timeout = 60
graceful_timeout = 30

# Heartbeats of the workers are files; on a disk that stalls, healthy workers would be killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn makes its own names there)

# nginx writes the access log, with the request id.
accesslog = None
errorlog = "-"
loglevel = "warning"
