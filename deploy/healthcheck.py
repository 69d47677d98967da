# ruff: noqa: INP001 (read by gunicorn and by container engines; not a package)
"""Exit 0 when the site answers on this machine: for container engines and for monitoring, past the proxy.

python deploy/healthcheck.py [http://127.0.0.1:8000/healthz]
"""

import os
import sys
import urllib.request

url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/healthz"
# As the proxy would ask: by a name that is allowed, and over https, or Django would redirect.
host = os.environ.get("ERQI_ALLOWED_HOSTS", "localhost").split(",")[0]
request = urllib.request.Request(url, headers={"Host": host, "X-Forwarded-Proto": "https"})  # noqa: S310
try:
    urllib.request.urlopen(request, timeout=4).close()  # noqa: S310 (the address is the caller's)
except OSError as error:
    sys.exit(f"{url}: {error}")
