"""Rows with a story: the verbs of ``verbs``, the row read anew after each, and its history."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from erqi.core.api.reading import AnswerSerializer
from projects.reports.story import story

from .verbs import NothingSerializer, VerbViewSet


class HappenedSerializer(AnswerSerializer):
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_blank=True)
    action = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)


class StoryViewSet(VerbViewSet):
    def whole(self):
        """Every row with what it is shown with, whoever may see it."""
        raise NotImplementedError

    def given(self, body: type[serializers.Serializer]) -> dict[str, Any]:
        serializer = body(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def take(
        self,
        do: Callable[..., Any],
        *,
        body: type[serializers.Serializer] = NothingSerializer,
        status: int = 200,
        **more: Any,
    ) -> Response:
        row = self.get_object()
        do(row, by=self.request.user, **self.given(body), **more)
        return self.reply(row.pk, status)

    def reply(self, pk: int, status: int = 200) -> Response:
        # A row that its own change has put out of sight is still shown to the one who changed it.
        return Response(self.shown(self.whole().get(pk=pk)), status=status)

    @extend_schema(responses=HappenedSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def history(self, request, pk):
        """Who did what to it, when and why; the newest first."""
        return Response(HappenedSerializer(story(self.get_object()), many=True).data)
