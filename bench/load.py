"""A bounded loader in a process of its own: each client sends its next request when the last answer is there.

Reads a plan (JSON) from standard input, one line for each measurement, and answers each with a line of figures. Sockets
are used bare and requests are put together beforehand, so that the loader's own share stays small.
"""

import json
import selectors
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any

END = b"\r\n\r\n"


@dataclass
class Client:
    """One connection, kept alive."""

    port: int
    connection: socket.socket | None = None
    received: bytearray = field(default_factory=bytearray)
    request: bytes = b""
    started: float = 0.0
    # What is still to come of the body; None until the headers are there, -1 in chunks.
    expected: int | None = None

    def connect(self, selector: selectors.BaseSelector) -> None:
        if self.connection:
            selector.unregister(self.connection)
            self.connection.close()
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(self.connection, selectors.EVENT_READ, self)

    def send(self, request: bytes) -> None:
        assert self.connection
        self.request = request
        self.received.clear()
        self.expected = None
        self.started = time.perf_counter()
        self.connection.sendall(request)

    def receive(self) -> bool | None:
        """True when the answer is complete, None when the server has closed the connection."""
        assert self.connection
        part = self.connection.recv(1 << 18)
        if not part:
            return None
        self.received += part
        if self.expected is None and END in self.received:
            self.expected = self._length()
        if self.expected == -1:
            return self.received.endswith(b"\r\n0" + END)
        return self.expected is not None and len(self.received) >= self.expected

    def _length(self) -> int:
        head, _end, _body = self.received.partition(END)
        for line in head.lower().split(b"\r\n"):
            name, _colon, value = line.partition(b":")
            if name == b"content-length":
                return len(head) + len(END) + int(value)
        # No body at all, or one in chunks.
        return -1 if b"chunked" in head.lower() else len(head) + len(END)

    def close(self) -> None:
        if self.connection:
            self.connection.close()

    @property
    def status(self) -> int:
        return int(self.received[9:12])


def measure(plan: dict[str, Any]) -> dict[str, Any]:
    """``requests`` are sent in turn, ``count`` of them; ``statuses`` are what may come back."""
    requests = [put_together(request) for request in plan["requests"]]
    run = Run(requests, plan["count"], plan["statuses"])
    clients = [Client(plan["port"]) for _n in range(min(plan["clients"], plan["count"]))]
    began = time.perf_counter()
    for client in clients:
        client.connect(run.selector)
        run.next(client)
    while run.waiting:
        for key, _event in run.selector.select():
            run.hear(key.data)
    elapsed = time.perf_counter() - began
    for client in clients:
        client.close()
    return {**summary(run.times, elapsed), "bytes": run.size // len(run.times), "wrong": run.wrong}


class Run:
    def __init__(self, requests: list[bytes], count: int, statuses: list[int]):
        self.requests, self.left, self.statuses = requests, iter(range(count)), statuses
        self.selector = selectors.DefaultSelector()
        self.waiting = self.size = 0
        self.times: list[float] = []
        self.wrong: dict[int, int] = {}

    def next(self, client: Client) -> None:
        number = next(self.left, None)
        if number is not None:
            client.send(self.requests[number % len(self.requests)])
            self.waiting += 1

    def hear(self, client: Client) -> None:
        done = client.receive()
        if done is None:
            # Between two requests a server may close what was kept alive: that request was never served.
            client.connect(self.selector)
            client.send(client.request)
        elif done:
            self.note(client)
            self.waiting -= 1
            self.next(client)

    def note(self, client: Client) -> None:
        self.times.append(time.perf_counter() - client.started)
        self.size += len(client.received)
        if client.status not in self.statuses:
            self.wrong[client.status] = self.wrong.get(client.status, 0) + 1


def put_together(request: dict[str, Any]) -> bytes:
    body = request.get("body", "").encode()
    headers = {"Host": "127.0.0.1", **request.get("headers", {})}
    if body:
        headers |= {"Content-Type": "application/json"}
    if body or request["method"] != "GET":
        headers |= {"Content-Length": str(len(body))}
    lines = [
        f"{request['method']} {request['path']} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + END + body


def summary(times: list[float], elapsed: float) -> dict[str, float]:
    """Milliseconds, and requests in a second."""
    ordered = sorted(times)
    found = {
        name: ordered[min(int(len(ordered) * share), len(ordered) - 1)] for name, share in (("p50", 0.5), ("p95", 0.95))
    }
    return {**{name: value * 1000 for name, value in found.items()}, "rps": len(times) / elapsed, "elapsed": elapsed}


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(measure(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
