"""Keyset pagination: page 1,000 costs what page 1 costs, and rows added meanwhile shift nothing."""

import json
from operator import attrgetter
from typing import NamedTuple

from django.core import signing
from django.db.models import F, Q
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.utils.urls import replace_query_param

from ..words import listed

DEFAULT_LIMIT, MAX_LIMIT = 50, 200
COUNTED = 1000
SALT = "erqi.cursor"


class CursorSerializer(signing.JSONSerializer):
    """Dates and decimals as text; the database compares them as what they are.

    str() keeps a moment's microseconds; DjangoJSONEncoder cuts them, and rows of one millisecond would be skipped.
    """

    def dumps(self, obj):
        return json.dumps(obj, separators=(",", ":"), default=str).encode()


class Key(NamedTuple):
    """One column of the order; unknown values come last in either direction."""

    path: str
    descending: bool

    @classmethod
    def parse(cls, text: str) -> "Key":
        return cls(text.removeprefix("-"), text.startswith("-"))

    def ordering(self):
        column = F(self.path)
        return column.desc(nulls_last=True) if self.descending else column.asc(nulls_last=True)

    def same(self, value) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value) -> Q | None:
        if value is None:
            return None
        return Q(**{f"{self.path}__{'lt' if self.descending else 'gt'}": value}) | self.same(None)


def beyond(keys: list[Key], values: list) -> Q:
    """Rows after the one with ``values``: beyond it in one column and equal in all columns before that."""
    found, equal = Q(pk__in=[]), Q()
    for key, value in zip(keys, values, strict=True):
        further = key.beyond(value)
        if further is not None:
            found |= equal & further
        equal &= key.same(value)
    return found


class KeysetPagination(BasePagination):
    """``limit``, ``cursor`` and ``ordering`` (one of the view's ``orderings``; the first is the default).

    Each ordering is made unique by the primary key. ``count`` is exact up to 1,000.
    """

    parameters = ("limit", "cursor", "ordering")

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        self.limit = self._limit(request)
        self.ordering = self._ordering(request, view)
        self.keys = [*map(Key.parse, view.orderings[self.ordering]), Key("pk", descending=False)]
        self.counted = queryset.order_by().values("pk")[: COUNTED + 1].count()
        rows = queryset.order_by(*(key.ordering() for key in self.keys))
        after = self._after(request)
        if after:
            rows = rows.filter(beyond(self.keys, after))
        # One more than the page tells whether there is another.
        page = list(rows[: self.limit + 1])
        self.more = len(page) > self.limit
        self.page = page[: self.limit]
        return self.page

    @staticmethod
    def _limit(request) -> int:
        given = request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not (given.isascii() and given.isdigit() and len(given) < 5 and 1 <= int(given) <= MAX_LIMIT):
            raise ValidationError({"limit": [_("每页 1–%(n)s 条。") % {"n": MAX_LIMIT}]})
        return int(given)

    @staticmethod
    def _ordering(request, view) -> str:
        given = request.query_params.get("ordering", next(iter(view.orderings)))
        if given not in view.orderings:
            names = listed(view.orderings)
            raise ValidationError({"ordering": [_("不能这样排序。可用：%(names)s。") % {"names": names}]})
        return given

    def _after(self, request) -> list | None:
        cursor = request.query_params.get("cursor")
        if cursor is None:
            return None
        try:
            ordering, *values = signing.loads(cursor, salt=SALT, serializer=CursorSerializer)
        except (signing.BadSignature, ValueError, UnicodeError):
            ordering, values = None, []
        if ordering != self.ordering:
            raise ValidationError({"cursor": [_("游标无效，或来自另一种排序。请从第一页重新读取。")]})
        return values

    def next_link(self) -> str | None:
        if not self.more:
            return None
        values = [attrgetter(key.path.replace("__", "."))(self.page[-1]) for key in self.keys]
        cursor = signing.dumps([self.ordering, *values], salt=SALT, serializer=CursorSerializer)
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response(self, data):
        return Response(
            {
                "count": min(self.counted, COUNTED),
                "count_capped": self.counted > COUNTED,
                "next": self.next_link(),
                "results": data,
            }
        )

    def get_paginated_response_schema(self, schema):
        return {
            "type": "object",
            "required": ["count", "count_capped", "next", "results"],
            "properties": {
                "count": {"type": "integer", "description": _("条数，最多数到 1000。")},
                "count_capped": {"type": "boolean", "description": _("true 表示实际多于 1000 条。")},
                "next": {"type": ["string", "null"], "format": "uri", "description": _("下一页；没有时为 null。")},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view):
        return [
            _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
            _parameter("cursor", {"type": "string", "description": _("取自上一页的 next。")}),
            _parameter("ordering", {"type": "string", "enum": list(view.orderings)}),
        ]


def _parameter(name: str, schema: dict) -> dict:
    return {"name": name, "in": "query", "required": False, "schema": schema}
