from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import FilterSet
from rest_framework import mixins
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from ..keyset import Order, Pages
from ..models.reference import ReferenceVersion
from ..words import listed
from .conditional import ConditionalView
from .filters import check_parameters
from .pagination import KeyPagination, KeysetPagination
from .reading import AnswerSerializer, readers

CODE = "[-A-Za-z0-9_]+"
ID = "[0-9]{1,18}"


ABOUT_THE_PAGE = {*KeyPagination.parameters, "fields"}
# So many questions are remembered; some more, and all are put anew.
QUESTIONS = 200
_questions: dict[Hashable, Pages] = {}


def remembered(question: Hashable, put: Callable[[], Pages]) -> Pages:
    found = _questions.get(question)
    if found is None:
        found = put()
        if len(_questions) >= QUESTIONS:
            _questions.clear()
        _questions[question] = found
    return found


class LengthRequired(APIException):
    status_code = 411
    default_code = "length_required"
    default_detail = gettext_lazy("请用 Content-Length 说明请求体的长度，不支持分块传输。")


class StrictView(ConditionalView):
    """Refuses query parameters that the operation does not know, before it does anything.

    ``about`` is what the documentation says of it, for people; without it, the name of its rows.
    """

    # OPTIONS would tell nothing that the schema does not.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    about: str | Promise = ""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.headers.get("Transfer-Encoding"):
            # WSGI would hand over an empty body, and an empty body is not what was sent.
            raise LengthRequired
        check_parameters(request.query_params, self.query_parameters())

    def query_parameters(self) -> list[str]:
        return []


class QueryView(StrictView):
    """A view whose query parameters are declared by a serializer, ``query_class``."""

    query_class: type[Serializer]

    def query_parameters(self):
        return list(self.query_class().fields)

    def query(self) -> dict:
        serializer = self.query_class(data=self.request.query_params.dict(), context={"request": self.request})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class ReadViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, StrictView, GenericViewSet):
    """A filtered, paged list and single rows by code.

    ``orderings`` declares what a list may be sorted by: the name in the address and the columns it means.
    """

    lookup_field = "code"
    lookup_value_regex = CODE
    filterset_class: type[FilterSet] | None = None
    pagination_class = KeysetPagination
    orderings: dict[str, tuple[str, ...]] = {"code": ("code",)}
    # The actions (roles.Action) that a verb asks for; set where the verb is declared.
    needs: tuple[str, ...] = ()

    def query_parameters(self):
        if self.action not in ("list", "export"):
            return []
        filters = self.filterset_class.base_filters if self.filterset_class else {}
        return [*filters, *(self.pagination_class.parameters if self.action == "list" else ())]


class LeanViewSet(ReadViewSet):
    """A page is found by keys and read by one prepared statement (``core.prepared``), without model instances.

    ``fields=`` names what is wanted; the rest is neither read nor sent.
    """

    pagination_class = KeyPagination
    paginator: KeyPagination
    serializer_class: type[AnswerSerializer]
    model: type[Model]
    # Parameters that mean the same as long as no reference row changes: a list that names no others is the same
    # question each time, and put into SQL once.
    settled: frozenset[str] = frozenset()

    def query_parameters(self):
        return [*super().query_parameters(), *(["fields"] if self.action in ("list", "retrieve") else [])]

    def read(self, keys: Sequence[int], names: frozenset[str]) -> Sequence:
        """The rows with these keys, in their order, with what the named fields of the serializer are read from."""
        raise NotImplementedError

    def read_one(self, code: str, names: frozenset[str]) -> Any:
        """The row with this code; None also where the caller does not see it."""
        raise NotImplementedError

    @cached_property
    def wanted(self) -> frozenset[str] | None:
        """The names in ``fields``; None for all."""
        given = self.request.query_params.get("fields") if self.action in ("list", "retrieve") else None
        if given is None:
            return None
        known = [name for name, _read in readers(self.serializer_class)]
        names = [name.strip() for name in given.split(",")]
        if unknown := [name for name in names if name not in known]:
            words = {"unknown": listed(unknown), "names": listed(known)}
            raise ValidationError({"fields": [_("没有这些字段：%(unknown)s。可用：%(names)s。") % words]})
        return frozenset(names)

    def retrieve(self, request, *args, **kwargs):
        return Response(self.answer(kwargs[self.lookup_field]))

    def answer(self, code: str) -> Any:
        row = self.read_one(code, self.names)
        if row is None:
            raise NotFound
        return self.serializer_class(row, only=self.wanted).data

    @property
    def names(self) -> frozenset[str]:
        return self.wanted or frozenset(name for name, _read in readers(self.serializer_class))

    def list(self, request, *args, **kwargs):
        rows = self.read(self.paginator.keys(self), self.names)
        return self.get_paginated_response(self.serializer_class(rows, many=True, only=self.wanted).data)

    def pages(self, order: Order, limit: int) -> Pages:
        """The list that is asked for."""
        question = self.question()
        if question is None:
            return self._pages(order, limit)
        return remembered((question, order.name, limit), lambda: self._pages(order, limit))

    def _pages(self, order: Order, limit: int) -> Pages:
        return Pages(self.filter_queryset(self.get_queryset()), order, limit=limit)

    def question(self) -> Hashable | None:
        """Which rows are asked for, the same only while the answer is found in the same way; None: it may not be."""
        asked, version = self.request.query_params, ReferenceVersion.current()
        chosen = {name: value for name, value in asked.items() if name not in ABOUT_THE_PAGE}
        if not version or not chosen.keys() <= self.settled:
            return None
        return type(self), version, self.scope(), tuple(sorted(chosen.items()))

    def scope(self) -> Hashable:
        """What ``get_queryset`` depends on: whose rows are looked at."""
        raise NotImplementedError


class NoSuchEndpoint(StrictView):
    """Everything under /api/ that is nothing else: problem details instead of a page."""

    schema = None

    def initial(self, request, *args, **kwargs):
        self.perform_authentication(request)
        raise NotFound(_("没有这个接口。地址都以“/”结尾，清单见 /api/v1/schema/。"), code="no_such_endpoint")
