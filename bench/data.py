"""The database brought to the rows that are measured, and kept there."""

import hashlib
import json
import time
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from projects.models import Project
from projects.services.lights import compute

from . import reference, rows, writes
from .database import BASE_DIR, KEPT, seconds_since
from .reference import YEAR, Shape
from .sql import execute

GENERATORS = ("rows.py", "reference.py", "sql.py")
# So many projects at the start of the register have lights as the site computes them; the others' are made up.
TRULY_LIT = 200


def prepare(kind: str, projects: int) -> Shape:
    """The database that settings name, brought up to date; generated anew only when the generator has changed."""
    shape, stamp = Shape.of(projects), KEPT / f"{kind}-{projects}" / "loaded.json"
    known = json.loads(stamp.read_text()) if stamp.exists() else {}
    if changed_since(known.get("migrations", {})):
        stamp.unlink()
        known = {}
        _start_over()
    without_limits()
    call_command("migrate", verbosity=0, interactive=False)
    now = {
        "generator": _digest(*(Path(__file__).parent / name for name in GENERATORS)),
        "migrations": _migrations(),
    }
    if known.get("generator") != now["generator"]:
        stamp.unlink(missing_ok=True)
        _load(shape)
    if known != now:
        _settle()
        stamp.write_text(json.dumps(now))
    reference.tokens_used_today()
    return shape


def _digest(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def _migrations() -> dict[str, str]:
    paths = [path for top in ("erqi", "projects", "awards") for path in BASE_DIR.glob(f"{top}/**/migrations/0*.py")]
    return {str(path.relative_to(BASE_DIR)): _digest(path) for path in sorted(paths)}


def changed_since(known: dict[str, str]) -> bool:
    """A migration that was applied is not what it was then, which happens while it is being written."""
    return not known.items() <= _migrations().items()


def _start_over() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    else:
        for path in Path(connection.settings_dict["NAME"]).parent.glob("bench.sqlite3*"):
            path.unlink()


def _load(shape: Shape) -> None:
    start = time.monotonic()
    print(f"生成 / generating {shape.told()}", flush=True)
    call_command("flush", verbosity=0, interactive=False)
    _without_checks()
    with transaction.atomic():
        rows.fill(shape)
    connection.close()
    print(f"… {seconds_since(start)}", flush=True)


def _without_checks() -> None:
    """Foreign keys hold by construction; looking each one up would take most of the time."""
    without_limits()
    postgres, sqlite = "SET session_replication_role = replica", "PRAGMA foreign_keys = OFF"
    execute(postgres if connection.vendor == "postgresql" else sqlite)


def without_limits() -> None:
    """Of the time that a statement, or the pause between two of them, may take."""
    if connection.vendor == "postgresql":
        execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")


def _settle() -> None:
    start = time.monotonic()
    without_limits()
    writes.forget_totals()
    derive()
    connection.close()
    without_limits()
    execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    print(f"统计 / totals and statistics: {seconds_since(start)}", flush=True)


def derive() -> None:
    """What follows from the rows: lights that pages explain, and totals."""
    first = Project.objects.order_by("pk").values_list("pk", flat=True)[:TRULY_LIT]
    compute(months=[(YEAR, 12)], projects=Project.objects.filter(pk__in=list(first)))
    rebuild_totals()


def rebuild_totals() -> None:
    call_command("verify_totals", rebuild=True, verbosity=0)
