"""``POST /things/1/accept/``: steps of a table (``services.steps``) as operations, ``allowed_actions`` on rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from erqi.core.api.fields import PlainTextField
from erqi.core.api.reading import AnswerSerializer
from erqi.core.api.serializers import StrictSerializer
from erqi.core.api.views import ID, ReadViewSet
from projects.services.steps import Step


class NothingSerializer(StrictSerializer):
    """A verb that needs no words."""


class ReasonSerializer(StrictSerializer):
    reason = PlainTextField(max_length=500, help_text=_("理由，必填。"))


class ConflictSerializer(AnswerSerializer):
    """Somebody else was first, or the row is not where the caller thinks (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    state = serializers.CharField(required=False, help_text=_("现在的状态。"))
    state_display = serializers.CharField(required=False)
    by = serializers.CharField(required=False, allow_null=True, help_text=_("使其进入该状态的人；系统为 null。"))
    at = serializers.CharField(required=False, allow_null=True, help_text=_("何时。"))
    how = serializers.CharField(required=False, help_text=_("可以怎样继续。"))


CONFLICT = {
    (409, "application/problem+json"): OpenApiResponse(
        ConflictSerializer,
        description=_("现在的状态不允许：state、by、at 说明是谁在何时先行处理，how 说明如何继续。"),
    )
}


def actions_field(steps: Iterable[Step]) -> serializers.ListField:
    names = "、".join(step.verb for step in steps)
    return serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        help_text=format_lazy(_("您现在可以进行的操作：{names}。"), names=names),
    )


def with_actions(rows: Sequence[Any], found: dict[int, list[str]]) -> None:
    """Gives each row what an ``actions_field`` shows."""
    for row in rows:
        row.allowed_actions = found[row.pk]


def verb(
    step: Step,
    about: Promise,
    *,
    answers: type[serializers.Serializer],
    body: type[StrictSerializer] | None = None,
    status: int = 200,
):
    """Declares a method of a ``VerbViewSet`` as ``POST …/{id}/<verb>/``; the step says which actions it asks for."""

    def declare(method):
        routed = action(detail=True, methods=["post"], url_path=step.verb, needs=step.actions)(method)
        # Outermost: ``action`` would forget what was said before it.
        return extend_schema(description=about, request=body, responses={status: answers, **CONFLICT})(routed)

    return declare


class VerbViewSet(ReadViewSet):
    """Rows that have states. ``allowed`` is the service's: for these rows and this person, in a few statements."""

    lookup_field = "pk"
    lookup_value_regex = ID
    allowed: Callable[..., dict[int, list[str]]]

    def paginate_queryset(self, queryset):
        page = super().paginate_queryset(queryset)
        self.mark(page)
        return page

    def retrieve(self, request, *args, **kwargs):
        return Response(self.shown(self.get_object()))

    @transaction.atomic
    def take(self, do: Callable[..., Any], *, body: type[StrictSerializer] = NothingSerializer, status: int = 200):
        """Refuses in this order: 404 not visible, 400 not understood, then what the service says (403, 409, 400)."""
        row = self.get_object()
        words = body(data=self.request.data)
        words.is_valid(raise_exception=True)
        return Response(self.taken(do(row, by=self.request.user, **words.validated_data)), status=status)

    def taken(self, row) -> dict:
        """The answer to a verb; what it held is still held."""
        return self.shown(row)

    def shown(self, row) -> dict:
        self.mark([row])
        return self.get_serializer(row).data

    def mark(self, rows) -> None:
        with_actions(rows, self.allowed(rows, by=self.request.user))
