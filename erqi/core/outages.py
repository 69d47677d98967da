"""A database that is away: told as such, with when to ask again, instead of as an error of ours."""

import sys
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .middleware import channel

RETRY_SECONDS = 2
TITLE = gettext_lazy("数据库暂不可用")
# SQLSTATE: the connection broke (class 08, also what a pool says), the server stops, crashed or starts (57P0x), has no
# connection left (53300), or takes no writes, being a replica (25006).
AWAY = ("08", "57P01", "57P02", "57P03", "53300", "25006")


def is_outage(exc: BaseException | None) -> bool:
    """PostgreSQL cannot be reached or asks to come again. SQLite is a file: its failures are never an outage."""
    cause: Any = getattr(exc, "__cause__", None)
    if not isinstance(exc, Error) or not hasattr(cause, "pgcode"):
        return isinstance(exc, InterfaceError)
    code = cause.pgcode
    # No code at all: there was nobody who could have given one.
    return code.startswith(AWAY) if code else isinstance(exc, OperationalError | InterfaceError)


def told() -> str:
    """Whether the last change was made, nobody can know who did not hear the answer."""
    return _("数据库暂不可用，请稍后重试。如刚才是在填报或修改，重试前请先查看是否已经生效。")


def server_error(request: HttpRequest) -> HttpResponse:
    """For pages, and for whatever fails before the API has the request."""
    away = is_outage(sys.exc_info()[1])
    status = 503 if away else 500
    if channel(request.path) == "api":
        response: HttpResponse = _problem(status)
    else:
        response = HttpResponse(loader.get_template(f"{status}.html").render(), status=status)
    if away:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def _problem(status: int) -> JsonResponse:
    code, title = ("unavailable", str(TITLE)) if status == 503 else ("internal_error", _("系统内部错误"))
    detail = told() if status == 503 else _("系统出错。请把时间告诉管理员。")
    body = {"type": f"urn:erqi:problem:{code}", "title": title, "status": status, "code": code, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
