"""The pages of ``core.keyset`` over the API: forward only, by the address in ``next``."""

from collections.abc import Callable
from functools import lru_cache

from django.core.exceptions import ValidationError as Refused
from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.utils.urls import replace_query_param

from .. import keyset
from ..words import listed

DEFAULT_LIMIT, MAX_LIMIT = 50, 200


@lru_cache(200)
def order_of(model: type[Model], name: str, columns: tuple[str, ...]) -> keyset.Order:
    """Named after its rows, too: another list may sort by the same words and hold other things in their place."""
    keys = [keyset.Key.parse(text) for text in columns]
    alone = keyset.names_one_row(model, keys[-1].path)
    return keyset.Order(f"{model._meta.label} {name}", keys if alone else [*keys, keyset.Key("pk")])


class KeysetPagination(BasePagination):
    """``limit``, ``cursor`` and ``ordering`` (one of the view's ``orderings``; the first is the default).

    An ordering that does not end in what names one row ends in the primary key. ``count`` is exact up to 1,000.
    """

    parameters = ("limit", "cursor", "ordering")

    def paginate_queryset(self, queryset, request, view=None):
        self.request = request
        limit, order = self._limit(request), self._order(queryset.model, request, view)
        self.count, self.capped = keyset.counted(queryset)
        self.page = self._found(lambda cursor: order.page(queryset, limit=limit, cursor=cursor))
        return self.page.rows

    def _order(self, model: type[Model], request, view) -> keyset.Order:
        name = self._ordering(request, view)
        return order_of(model, name, view.orderings[name])

    def _found(self, find: Callable[[str | None], keyset.Page]) -> keyset.Page:
        try:
            return find(self.request.query_params.get("cursor"))
        except Refused as refused:
            raise ValidationError({"cursor": refused.messages}) from refused

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

    def next_link(self) -> str | None:
        after = self.page.after
        return after and replace_query_param(self.request.build_absolute_uri(), "cursor", after)

    def get_paginated_response(self, data):
        return Response(
            {
                "count": self.count,
                "count_capped": self.capped,
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


class KeyPagination(KeysetPagination):
    """The keys of a page and the count in one statement; what the rows say is read by their keys."""

    def keys(self, view) -> list[int]:
        """Of the page that ``view`` is asked for."""
        self.request = view.request
        limit, order = self._limit(view.request), self._order(view.model, view.request, view)
        pages = view.pages(order, limit)
        self.page = self._found(pages.page)
        found = self.page.rows[0].counted if self.page.rows else keyset.counted(pages.rows)[0] if self.asked else 0
        self.count, self.capped = min(found, keyset.COUNTED), found > keyset.COUNTED
        return [row.pk for row in self.page.rows]

    @property
    def asked(self) -> bool:
        """For a page other than the first: an empty one says nothing of the others."""
        return "cursor" in self.request.query_params


def _parameter(name: str, schema: dict) -> dict:
    return {"name": name, "in": "query", "required": False, "schema": schema}
