"""The loader hears every answer to its end, and says what should not have come."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.load import measure


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/chunks":
            # The first part ends as a last one would, but for what stands before it.
            self._chunked([b"1,0\r\n", b"2,0\r\n"])
        else:
            self.send_response(404 if self.path == "/none" else 200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

    def _chunked(self, parts):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in [*parts, b""]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.flush()

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def get(path: str) -> dict:
    return {"method": "GET", "path": path}


@pytest.mark.parametrize("clients", [1, 4])
def test_as_many_requests_as_asked_are_sent_and_answered(port, clients):
    found = measure(
        {"port": port, "requests": [get("/"), get("/chunks")], "count": 9, "clients": clients, "statuses": [200]}
    )
    assert found["wrong"] == {}
    assert 0 < found["p50"] <= found["p95"]


def test_an_answer_nobody_wanted_is_counted(port):
    found = measure({"port": port, "requests": [get("/"), get("/none")], "count": 4, "clients": 1, "statuses": [200]})
    assert found["wrong"] == {404: 2}


def test_an_answer_in_chunks_is_whole(port):
    once = measure({"port": port, "requests": [get("/chunks")], "count": 1, "clients": 1, "statuses": [200]})
    assert (
        once["bytes"]
        == measure({"port": port, "requests": [get("/chunks")], "count": 5, "clients": 1, "statuses": [200]})["bytes"]
    )
