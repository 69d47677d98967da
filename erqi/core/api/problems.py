"""Every refusal as problem details (RFC 9457): what is wrong, with which field, and how to go on.

``errors`` names fields by JSON pointer: ``/schedule/3`` is the fourth month, ``/year`` also a parameter of that name,
and the empty path the request as a whole.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import Error, IntegrityError, models
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from .. import outages
from ..context import current_origin
from ..exceptions import Conflict, Forbidden
from .parsers import TooLarge

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:erqi:problem:"

TITLES = {
    400: gettext_lazy("请求有误"),
    401: gettext_lazy("需要登录"),
    403: gettext_lazy("没有权限"),
    404: gettext_lazy("没有找到"),
    405: gettext_lazy("不支持这种操作"),
    406: gettext_lazy("不能提供这种格式"),
    409: gettext_lazy("与现有数据冲突"),
    411: gettext_lazy("缺少长度"),
    413: gettext_lazy("请求太大"),
    415: gettext_lazy("不支持这种格式"),
    429: gettext_lazy("请求太频繁"),
    500: gettext_lazy("系统内部错误"),
    503: gettext_lazy("系统正忙"),
}

# Others had the rows: a deadlock, a lock not to be had, a statement that waited too long, a read that a replica had to
# give up (SQLSTATE; SQLite's name).
BUSY = {"40P01", "55P03", "57014", "40001", "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT"}
RETRY_SECONDS = 1


@dataclass
class Problem:
    status: int
    code: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        body: dict[str, Any] = {
            "type": TYPE + self.code,
            "title": str(TITLES.get(self.status, TITLES[400])),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        return Response({**self.facts, **body}, status=self.status, headers=self.headers, content_type=MEDIA_TYPE)


def exception_handler(exc: Exception, context: dict) -> Response:
    set_rollback()
    answer = next((answer for kind, answer in ANSWERS if isinstance(exc, kind)), None)
    problem = answer(exc) if answer else None
    return (problem or _unexpected(exc, context)).response()


def _unexpected(exc: Exception, context: dict) -> Problem:
    """The log gets the traceback, the caller the number by which to find it."""
    request_id = current_origin().request_id
    logger.error("unexpected error in request %s: %s", request_id, context.get("request"), exc_info=exc)
    detail = _("系统出错，未作任何修改。请把请求号告诉管理员。")
    return Problem(500, "internal_error", detail, facts={"request_id": request_id})


def _not_found(_exc: Exception | None = None) -> Problem:
    # One answer for what does not exist and for what the caller may not see.
    return Problem(404, "not_found", _("没有这条记录，或您无权查看。"))


def _invalid(errors: list[dict[str, str]]) -> Problem:
    return Problem(400, "invalid", _("请按 errors 所列更正后重新提交。"), errors)


def _from_rest(exc: exceptions.APIException) -> Problem:
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(list(_flat(exc.get_full_details())))
    if exc.get_codes() == "not_found":
        return _not_found()
    headers = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    detail = _detail(exc)
    return Problem(exc.status_code, str(exc.get_codes()), detail, headers=headers)


def _detail(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.NotAuthenticated):
        return _("请登录，或在 Authorization 头中提供令牌：Bearer erqi_…")
    return str(exc.detail)


def _flat(details, path: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested details as a list of {path, code, message}."""
    if isinstance(details, dict) and set(details) == {"message", "code"} and isinstance(details["code"], str):
        yield {"path": path, "code": details["code"], "message": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _flat(inner, path if name in {"non_field_errors", "__all__"} else f"{path}/{pointer(name)}")
    else:
        for position, inner in enumerate(details):
            # Several messages on one field share its path; items of a list have places of their own.
            message = isinstance(inner, dict) and set(inner) == {"message", "code"}
            yield from _flat(inner, path if message else f"{path}/{position}")


def pointer(name) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _from_model(exc: DjangoValidationError) -> Problem:
    named = exc.error_dict if hasattr(exc, "error_dict") else {"__all__": exc.error_list}
    return _invalid(
        [
            {
                "path": "" if name == "__all__" else f"/{pointer(name)}",
                "code": error.code or "invalid",
                "message": "".join(error.messages),
            }
            for name, errors in named.items()
            for error in errors
        ]
    )


def _conflict(exc: Conflict) -> Problem:
    return Problem(409, exc.code, exc.message, facts=exc.facts)


def _integrity(exc: IntegrityError) -> Problem | None:
    """What the database refused, in the constraint's own words; None for what no caller can have caused."""
    text = str(exc)
    known = [(model, constraint) for model in apps.get_models() for constraint in model._meta.constraints]
    broken = [constraint for _model, constraint in known if constraint.name in text] or [
        constraint for model, constraint in known if text.endswith(": " + _columns(model, constraint))
    ]
    if len(broken) == 1:
        return Problem(409, broken[0].name, str(broken[0].violation_error_message or "") % {"name": broken[0].name})
    if "unique" in text.lower():
        return Problem(409, "duplicate", _("已有相同的记录，可能是别人刚刚提交的。请刷新后再试。"))
    return None


def _failed(exc: Error) -> Problem | None:
    """What the same request may well not meet again; None for a database that fails otherwise."""
    code = getattr(exc.__cause__, "pgcode", None) or getattr(exc.__cause__, "sqlite_errorname", None)
    if code in BUSY:
        logger.warning("database busy (%s) in request %s", code, current_origin().request_id)
        detail = _("别人正在修改同一批数据，本次未作任何修改。请稍后原样重试。")
        return Problem(503, "busy", detail, headers={"Retry-After": str(RETRY_SECONDS)})
    if outages.is_outage(exc):
        logger.error("database away (%s) in request %s: %s", code, current_origin().request_id, exc)
        return Problem(503, "unavailable", outages.told(), headers={"Retry-After": str(outages.RETRY_SECONDS)})
    return None


def _columns(model: type[models.Model], constraint: models.BaseConstraint) -> str:
    """How SQLite names a unique constraint: by its columns, where PostgreSQL gives the name."""
    by_name = {field.name: field.column for field in model._meta.concrete_fields}
    columns = [by_name[name] for name in getattr(constraint, "fields", ())]
    return ", ".join(f"{model._meta.db_table}.{column}" for column in columns) or constraint.name


ANSWERS: list[tuple[type[Exception], Callable[[Any], Problem | None]]] = [
    (Http404, _not_found),
    (Forbidden, lambda exc: Problem(403, exc.code, exc.message)),
    (PermissionDenied, lambda exc: _from_rest(exceptions.PermissionDenied())),
    (RequestDataTooBig, lambda exc: _from_rest(TooLarge())),
    (exceptions.APIException, _from_rest),
    (DjangoValidationError, _from_model),
    (Conflict, _conflict),
    (IntegrityError, _integrity),
    (Error, _failed),
]
