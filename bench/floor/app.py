"""The bare WSGI application: an address, a function."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from . import export, register, statistics, writing, year
from .db import database
from .reach import Refused, caller

CODE = r"(?P<code>[-A-Za-z0-9_]+)"
ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", r"/api/v1/projects/", register.listed),
    ("GET", r"/api/v1/projects/export/", export.export),
    ("GET", rf"/api/v1/projects/{CODE}/", register.detail),
    ("GET", rf"/api/v1/projects/{CODE}/progress/", year.year),
    ("GET", r"/api/v1/statistics/overview/", statistics.overview),
    ("GET", r"/api/v1/statistics/months/", statistics.months),
    ("PUT", rf"/api/v1/projects/{CODE}/progress/(?P<year>\d+)/(?P<month>\d+)/", writing.put_month),
    ("POST", r"/api/v1/progress-reports/(?P<pk>\d+)/accept/", writing.accept),
]
STATUSES = {"GET": "200 OK", "POST": "200 OK", "PUT": "201 Created"}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    db = database()
    db.statements = 0
    if environ["PATH_INFO"] == "/healthz":
        return sent({}, 0, "200 OK", start_response)
    answer, asked = route(environ)
    if answer is None:
        return sent({}, 0, "501 Not Implemented", start_response)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        found = answer(db, caller(db, environ["HTTP_AUTHORIZATION"]), asked, body)
    except Refused:
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]
    return sent(found, db.statements, STATUSES[environ["REQUEST_METHOD"]], start_response)


def sent(found: Any, statements: int, status: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [("X-Statements", str(statements))]
    if not isinstance(found, dict):
        start_response(status, [("Content-Type", "text/csv; charset=utf-8"), *headers])
        return found
    written = orjson.dumps(found)
    headers += [("Content-Type", "application/json"), ("Content-Length", str(len(written)))]
    start_response(status, headers)
    return [written]


def route(environ: dict[str, Any]) -> tuple[Callable[..., Any] | None, dict[str, str]]:
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    for verb, pattern, answer in ROUTES:
        found = re.fullmatch(pattern, path) if verb == method else None
        if found:
            return answer, dict(parse_qsl(environ["QUERY_STRING"])) | found.groupdict()
    return None, {}
