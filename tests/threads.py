"""People who act at the same moment: threads with connections of their own. Needs PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread
from typing import Any

from django.db import connection, transaction

from projects.models import Project


def at_once(project: Project, *calls: Callable[[], Any]) -> list[Any]:
    """What each call returned, or the exception that refused it, in the order given.

    The project is held until all of them wait for it, so that each set out before any other was through.
    """
    outcomes: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            outcomes[number] = call()
        except Exception as refused:  # noqa: BLE001 (whatever it is, the test shows it)
            outcomes[number] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=item) for item in enumerate(calls)]
    with transaction.atomic():
        Project.objects.locked(project.pk)
        for thread in threads:
            thread.start()
        assert any(_waiting() >= len(calls) or Event().wait(0.02) for _ in range(500)), outcomes
    for thread in threads:
        thread.join(60)
    return outcomes


def together(*calls: Callable[[], Any]) -> list[Any]:
    """The same where no project is held: all of them start at once."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return call()
        except Exception as refused:  # noqa: BLE001 (whatever it is, the test shows it)
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def refusals(outcomes: list[Any]) -> list[Exception]:
    return [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]
