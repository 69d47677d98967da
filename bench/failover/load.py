"""Clients that write and read without a pause, and remember every answer."""

import contextlib
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

YEARS, MONTHS = range(2012, 2026), range(1, 13)
NO_ANSWER = 0


@dataclass(frozen=True)
class Answer:
    at: float
    kind: str
    status: int
    # A refusal that says what it is and when to come again.
    clean: bool

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Client:
    """``answers`` is everything that came back."""

    port: int
    token: str
    kind: str
    answers: list[Answer] = field(default_factory=list)

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        status, text, clean = NO_ANSWER, b"", False
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request(method, f"/api/v1{path}", json.dumps(body or {}), headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
            clean = status < 500 or (b'"urn:erqi:problem:' in text and bool(answer.headers["Retry-After"]))
        self.answers.append(Answer(time.monotonic(), self.kind, status, clean))
        return status, json.loads(text) if clean and text else {}


def amount(number: int, year: int, month: int) -> str:
    """One that no other month has (万元)."""
    return f"{number * 10000 + (year - 2000) * 100 + month}.0001"


@dataclass
class Writer:
    """Files month after month and has each accepted; asks the same again until it is acknowledged."""

    filing: Client
    accepting: Client
    months: Iterator[tuple[int, str, int, int]]
    filed: dict[tuple[str, int, int], str] = field(default_factory=dict)
    accepted: set[tuple[str, int, int]] = field(default_factory=set)

    def run(self, stopped: threading.Event) -> None:
        for number, code, year, month in self.months:
            invested = amount(number, year, month)
            path, body = f"/projects/{code}/progress/{year}/{month}/", {"invested": invested, "explanation": "已核对"}
            answer = self._until(stopped, lambda: self.filing.ask("PUT", path, body), {200, 201})  # noqa: B023
            if answer is None:
                return
            self.filed[code, year, month] = invested
            accept = f"/progress-reports/{answer['report']['id']}/accept/"
            # 409: the answer to an earlier try was lost, and the report is accepted already.
            if self._until(stopped, lambda: self.accepting.ask("POST", accept), {200, 409}) is None:  # noqa: B023
                return
            self.accepted.add((code, year, month))

    @staticmethod
    def _until(stopped: threading.Event, call: Callable[[], tuple[int, dict]], wanted: set[int]) -> dict | None:
        while not stopped.is_set():
            status, body = call()
            if status in wanted:
                return body
            if status not in {NO_ANSWER, 500, 502, 503, 504}:
                raise RuntimeError(f"{status} {body}")
            time.sleep(0.1)
        return None


@dataclass
class Reader:
    client: Client
    paths: list[str]

    def run(self, stopped: threading.Event) -> None:
        for path in itertools.cycle(self.paths):
            if stopped.is_set():
                return
            if self.client.ask("GET", path)[0] != 200:
                time.sleep(0.1)


class Load:
    def __init__(self, port: int, people: dict, readers: int):
        codes, count = people["projects"], len(people["writers"])
        self.writers = [
            Writer(
                Client(port, token, "write"),
                Client(port, people["reviewer"], "write"),
                ((n, codes[n], y, m) for n in range(index, len(codes), count) for y in YEARS for m in MONTHS),
            )
            for index, token in enumerate(people["writers"])
        ]
        paths = ["/projects/", f"/projects/{codes[0]}/", "/statistics/overview/?year=2017&month=3"]
        self.readers = [Reader(Client(port, people["reader"], "read"), paths) for _ in range(readers)]
        self.stopped = threading.Event()
        self.threads = [
            threading.Thread(target=each.run, args=[self.stopped], daemon=True)
            for each in (*self.writers, *self.readers)
        ]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(40)

    @property
    def answers(self) -> list[Answer]:
        clients = [client for writer in self.writers for client in (writer.filing, writer.accepting)]
        return [answer for client in (*clients, *(r.client for r in self.readers)) for answer in client.answers]

    @property
    def filed(self) -> dict[tuple[str, int, int], str]:
        return {key: value for writer in self.writers for key, value in writer.filed.items()}

    @property
    def accepted(self) -> set[tuple[str, int, int]]:
        return {key for writer in self.writers for key in writer.accepted}
