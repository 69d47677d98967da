"""`make test`: the whole suite on SQLite, what asks a database on PostgreSQL too, and one closing line for each.

python -m tests.run -k progress     other arguments go to pytest
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.private_postgres import private_postgres, raise_on_signals

BASE_DIR = Path(__file__).resolve().parent.parent
# At least two for each database: while one waits for a browser or is starting, another has the core. Each begins with
# its part of the files, which make their rows once, and whoever is through first takes over from another.
WORKERS = ["-n", str(max(2, (os.cpu_count() or 2) // 2)), "--dist", "worksteal"]


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


@dataclass(frozen=True)
class Suite:
    """A pytest that is under way."""

    database: str
    process: subprocess.Popen[bytes]
    report: Path
    output: Path

    def outcome(self) -> Outcome:
        exit_code = self.process.wait()
        if self.output.exists():
            print(f"\n===== {self.database} =====\n{self.output.read_text(errors='replace')}", flush=True)
        return count(self.database, exit_code, self.report)


@contextmanager
def started(database: str, address: str, arguments: list[str], *, live: bool) -> Iterator[Suite]:
    """What it says is kept until it is through, unless ``live``: nobody reads two that talk at once."""
    # Everything temporary goes in here, so that nothing is left even when workers are killed half-way.
    with tempfile.TemporaryDirectory(prefix="erqi-test-", ignore_cleanup_errors=True) as directory:
        report, output = Path(directory) / "report.xml", Path(directory) / "output"
        command = [sys.executable, "-m", "pytest", *WORKERS, "-q", "--durations=25", f"--junitxml={report}", *arguments]
        environment = {**os.environ, "ERQI_DATABASE_URL": address, "TMPDIR": directory}
        with nullcontext() if live else output.open("wb") as file:
            process = subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=file, stderr=file)
        try:
            yield Suite(database, process, report, output)
        finally:
            process.kill()
            process.wait()


def on_both(arguments: list[str]) -> list[Outcome]:
    with ExitStack() as stack:
        print("\n===== SQLite; PostgreSQL at the same time, shown afterwards =====", flush=True)
        sqlite = stack.enter_context(started("SQLite", "sqlite:///:memory:", arguments, live=True))
        try:
            address = stack.enter_context(private_postgres())
        except (RuntimeError, OSError) as error:
            print(error, file=sys.stderr)
            return [sqlite.outcome(), Outcome("PostgreSQL", 1, failed=1)]
        another = ["--another-database", *arguments]
        postgresql = stack.enter_context(started("PostgreSQL", address, another, live=False))
        return [sqlite.outcome(), postgresql.outcome()]


def main() -> int:
    raise_on_signals()
    outcomes = on_both(sys.argv[1:])
    print()
    for outcome in outcomes:
        print(outcome, flush=True)
    return 0 if all(outcome.good for outcome in outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
