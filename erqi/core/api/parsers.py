"""JSON as it was meant: no silent loss (duplicate keys, floats), nothing that could exhaust the server."""

import json
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 20
# Longer integers are not amounts; as Decimal they reach the field, which says so.
MAX_INT_CHARACTERS = 40


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"

    def __init__(self):
        super().__init__(_("请求体超过 10 MiB，请分批提交。"))


class StrictJSONParser(BaseParser):
    """UTF-8 JSON objects. Fractions arrive as ``Decimal`` and integers as ``int``, exactly as written."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        value = self._load(self._text(stream))
        if not isinstance(value, dict):
            raise ParseError(_('请求体应为 JSON 对象，例如 {"invested": "1234.5"}。'), code="not_an_object")
        _check(value, MAX_DEPTH)
        return value

    @staticmethod
    def _text(stream) -> str:
        # One byte more than allowed tells the difference, whatever Content-Length claims.
        content = stream.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise TooLarge
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ParseError(
                _("请求体不是有效的 UTF-8（第 %(n)s 字节）。") % {"n": error.start + 1}, code="not_utf8"
            ) from error

    @staticmethod
    def _load(text: str):
        try:
            return json.loads(
                text,
                parse_float=_fraction,
                parse_int=lambda digits: int(digits) if len(digits) <= MAX_INT_CHARACTERS else Decimal(digits),
                parse_constant=_refuse_constant,
                object_pairs_hook=_unique,
            )
        except RecursionError as error:
            raise _too_deep() from error
        except json.JSONDecodeError as error:
            where = {"line": error.lineno, "column": error.colno}
            raise ParseError(_("请求体不是有效的 JSON（第 %(line)s 行第 %(column)s 列）。") % where) from error


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        # An exponent that not even Decimal can hold; which field it was for is known there.
        return Decimal("Infinity")


def _refuse_constant(name: str):
    raise ParseError(_("JSON 中没有 %(name)s；没有数值请写 null 或不写。") % {"name": name}, code="not_json")


def _unique(pairs: list) -> dict:
    found: dict = {}
    for key, value in pairs:
        if key in found:
            _check(key, depth=1)
            raise ValidationError({key: [_("同一字段写了两次，请只保留一个。")]}, code="duplicate_key")
        found[key] = value
    return found


def _check(value, depth: int) -> None:
    """Bounded nesting, and no half of a surrogate pair: neither a database nor an answer can hold one."""
    if not depth:
        raise _too_deep()
    if isinstance(value, dict):
        _check(list(value), depth)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        raise ParseError(_("请求体中有不完整的 Unicode 字符（单独的代理项）。"), code="lone_surrogate")


def _too_deep() -> ParseError:
    return ParseError(_("JSON 嵌套超过 %(n)s 层。") % {"n": MAX_DEPTH}, code="too_deep")
