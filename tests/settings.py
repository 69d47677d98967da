"""The project's own settings, with what makes tests quick and independent of this machine."""

import os
import tempfile
from pathlib import Path

# What a developer has exported or keeps in var/local.env must not decide what the tests see.
KEPT = {"ERQI_DATABASE_URL", "ERQI_REQUIRE_BROWSER"}
for _name in [name for name in os.environ if name.startswith("ERQI_") and name not in KEPT]:
    del os.environ[_name]

_root = Path(__file__).resolve().parent.parent
_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
# Both databases are tested at the same time, each with workers of the same names.
_engine = os.environ.get("ERQI_DATABASE_URL", "sqlite").partition(":")[0]
_var = _root / "var" / "test" / f"{_engine}-{_worker}"
_var.mkdir(parents=True, exist_ok=True)
os.environ["ERQI_VAR_DIR"] = str(_var)
os.environ["ERQI_SECRET_KEY"] = "only-for-tests-" + "0" * 50
os.environ["ERQI_ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"

from erqi.settings import *  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]  # `make check`

# Files straight from the source: no collectstatic before a test.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATICFILES_DIRS = [BASE_DIR / "erqi" / "static", ("vendor", _root / "var" / "vendor")]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STATIC_ROOT.mkdir(exist_ok=True)

_database = DATABASES["default"]
_database["CONN_MAX_AGE"] = 0
if _database["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of a live server then have connections of their own, as in life.
    _database["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / f"erqi-test-{os.getpid()}.sqlite3")}
    _database["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
