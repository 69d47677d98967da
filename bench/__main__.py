"""How fast the site is, beside a floor of the same machine; see README.md.

python -m bench --projects 10000 --clients 1 8 --runs 3 --only list,detail
python -m bench growth | profile list | plans | report var/bench/*.json
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests import private_postgres

from .database import database
from .site import environment


def main() -> None:
    private_postgres.raise_on_signals()
    modes = {"run": run, "growth": growth, "answer": answer, "profile": profile, "plans": plans, "report": report}
    mode, arguments = (sys.argv[1], sys.argv[2:]) if sys.argv[1:2] and sys.argv[1] in modes else ("run", sys.argv[1:])
    modes[mode](arguments)


def parser(mode: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m bench {mode}")
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    return parser


@contextmanager
def django_on(kind: str, projects: int) -> Iterator[None]:
    with database(kind, projects) as address:
        os.environ.update(environment(address))
        import django

        django.setup()
        try:
            yield
        finally:
            django.db.connections.close_all()


def run(arguments: list[str]) -> None:
    options = parser("run")
    options.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--requests", type=int, default=300, help="of each run")
    options.add_argument("--only", default="", help="operations, separated by commas")
    options.add_argument("--quiet", action="store_true", help="one line for each operation only")
    asked = options.parse_args(arguments)
    with django_on(asked.database, asked.projects):
        from .bench import bench

        bench(asked)


def growth(arguments: list[str]) -> None:
    from .growth import growth

    growth(arguments)


def answer(arguments: list[str]) -> None:
    """The other end of ``growth``: answers go to what is standard output now, and all that is printed elsewhere."""
    options = parser("answer")
    options.add_argument("--requests", type=int, required=True)
    asked = options.parse_args(arguments)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with django_on(asked.database, asked.projects):
        from .bench import answer

        answer(asked, orders=sys.stdin, answers=answers)


def profile(arguments: list[str]) -> None:
    options = parser("profile")
    options.add_argument("operation")
    options.add_argument("--requests", type=int, default=200)
    options.add_argument("--rows", type=int, default=35)
    asked = options.parse_args(arguments)
    with django_on(asked.database, asked.projects):
        from .profiling import profile

        profile(asked)


def plans(arguments: list[str]) -> None:
    asked = parser("plans").parse_args(arguments)
    with django_on(asked.database, asked.projects):
        from .plans import show

        show(asked)


def report(arguments: list[str]) -> None:
    from .report import report

    report(arguments)


if __name__ == "__main__":
    main()
