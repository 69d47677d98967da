"""`make test`: the whole suite on SQLite, then on PostgreSQL, and one closing line for each.

python -m tests.run -k progress     other arguments go to pytest
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.private_postgres import private_postgres, raise_on_signals

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Outcome:
    database: str
    exit_code: int
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def good(self) -> bool:
        return self.exit_code == 0 and self.failed == 0 and self.passed > 0

    def __str__(self) -> str:
        return f"{self.database}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count(database: str, exit_code: int, report: Path) -> Outcome:
    if not report.exists():
        # pytest itself broke off: that is a failure, however many tests it had run.
        return Outcome(database, exit_code or 1, failed=1)
    passed = failed = skipped = 0
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        failed += bool(kinds & {"failure", "error"})
        skipped += kinds & {"failure", "error", "skipped"} == {"skipped"}
        passed += not kinds & {"failure", "error", "skipped"}
    return Outcome(database, exit_code, passed, failed, skipped)


def run_suite(database: str, address: str, arguments: list[str]) -> Outcome:
    print(f"\n===== {database} =====", flush=True)
    # Everything temporary goes in here, so that nothing is left even when workers are killed half-way.
    with tempfile.TemporaryDirectory(prefix="erqi-test-", ignore_cleanup_errors=True) as directory:
        report = Path(directory) / "report.xml"
        # Two workers suit the two cores of a small machine; more would only wait for each other.
        command = [sys.executable, "-m", "pytest", "-n", "2", "-q", f"--junitxml={report}", *arguments]
        environment = {**os.environ, "ERQI_DATABASE_URL": address, "TMPDIR": directory}
        finished = subprocess.run(command, cwd=BASE_DIR, env=environment, check=False)
        return count(database, finished.returncode, report)


def on_sqlite(arguments: list[str]) -> Outcome:
    return run_suite("SQLite", "sqlite:///:memory:", arguments)


def on_postgresql(arguments: list[str]) -> Outcome:
    try:
        with private_postgres() as address:
            return run_suite("PostgreSQL", address, arguments)
    except (RuntimeError, OSError) as error:
        print(error, file=sys.stderr)
        return Outcome("PostgreSQL", 1, failed=1)


def main() -> int:
    raise_on_signals()
    outcomes = [on_sqlite(sys.argv[1:]), on_postgresql(sys.argv[1:])]
    print()
    for outcome in outcomes:
        print(outcome, flush=True)
    return 0 if all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
