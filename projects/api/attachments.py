"""Photos and documents: listed, fetched, added and taken back. The only operation that takes a form, not JSON."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from erqi.accounts.permissions import AttachmentRule
from erqi.core.api.fields import CodeField, PlainTextField, visible
from erqi.core.api.serializers import DisplayField, StrictModelSerializer, StrictSerializer
from erqi.core.api.views import ID, ReadViewSet
from projects import filtersets
from projects.downloads import content_response
from projects.models import Attachment, PlanChange, Problem, ProgressReport, Project
from projects.services import attachments

from .verbs import CONFLICT

# What a form says around the file.
ROOM_FOR_THE_REST = 1024 * 1024


class UploadTooLarge(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = _("上传内容太大，请压缩或拆分后再上传。")


class FormParser(MultiPartParser):
    """multipart/form-data, refused by its declared length before a byte of it is read."""

    def parse(self, stream, media_type=None, parser_context=None):
        sent = int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0)
        if sent > settings.ATTACHMENT_MAX_MB * 1024 * 1024 + ROOM_FOR_THE_REST:
            raise UploadTooLarge
        return super().parse(stream, media_type, parser_context)


class RowField(serializers.PrimaryKeyRelatedField):
    """Another row by its number, looked up among what the caller may see."""

    default_error_messages = {
        "does_not_exist": _("没有 id 为 {pk_value} 的记录，或您无权查看。"),
        "incorrect_type": _("请填 id（整数）。"),
    }

    def get_queryset(self):
        rows: Any = super().get_queryset()
        user = self.context["request"].user
        return rows.shown_to(user) if hasattr(rows, "shown_to") else visible(rows, user)

    def to_internal_value(self, data):
        if not (isinstance(data, str) and data.isascii() and data.isdecimal() and len(data) <= 18):
            self.fail("incorrect_type")
        return super().to_internal_value(data)


class UploadSerializer(StrictSerializer):
    project = CodeField(queryset=Project.objects.all())
    file = serializers.FileField(
        max_length=None,
        allow_empty_file=True,
        help_text=_("照片（JPEG、PNG、WebP）或文件（PDF、DOCX、XLSX、OFD）；类型由内容决定。"),
    )
    report = RowField(queryset=ProgressReport.objects.all(), required=False, help_text=_("属于哪一份月度进度（id）。"))
    plan_change = RowField(queryset=PlanChange.objects.all(), required=False, help_text=_("属于哪一份计划调整（id）。"))
    problem = RowField(queryset=Problem.objects.all(), required=False, help_text=_("属于哪一个问题（id）。"))
    caption = PlainTextField(required=False, allow_blank=True, max_length=200, help_text=_("说明。"))


class AttachmentSerializer(StrictModelSerializer):
    report = serializers.IntegerField(source="report_id", allow_null=True)
    plan_change = serializers.IntegerField(source="plan_change_id", allow_null=True)
    problem = serializers.IntegerField(source="problem_id", allow_null=True)
    uploaded_by = DisplayField(allow_null=True)
    sha256 = serializers.CharField(help_text=_("所存内容的 SHA-256；照片去掉拍摄地点后另存，与原文件不同。"))

    class Meta:
        model = Attachment
        fields = [
            "id",
            "project",
            "report",
            "plan_change",
            "problem",
            "kind",
            "name",
            "caption",
            "content_type",
            "size",
            "sha256",
            "uploaded_at",
            "uploaded_by",
        ]
        read_only_fields = fields


class AttachmentViewSet(ReadViewSet):
    permission_classes = [AttachmentRule]
    about = _("项目的照片和文件；内容在 /attachments/{id}/content/。")
    serializer_class = AttachmentSerializer
    filterset_class = filtersets.AttachmentFilterSet
    lookup_field = "pk"
    lookup_value_regex = ID
    orderings = {"-uploaded_at": ("-uploaded_at", "-pk"), "uploaded_at": ("uploaded_at", "pk")}

    def get_queryset(self):
        rows = Attachment.objects.visible_to(self.request.user)
        return rows.select_related("project", "report", "plan_change", "problem", "uploaded_by")

    def get_parsers(self):
        return [FormParser()] if self.request and self.request.method == "POST" else super().get_parsers()

    def perform_content_negotiation(self, request, force=False):  # noqa: FBT002 - DRF's signature
        # A picture is fetched with Accept: image/*, which no renderer of ours offers.
        return super().perform_content_negotiation(request, force=force or self.action == "content")

    @extend_schema(
        description=_(
            "上传一份照片或文件（multipart/form-data）。照片另存一份，去掉拍摄地点，保留拍摄时间；"
            "同一处重复上传、类型不符或太大为 400，所属的记录已经定案为 409。"
        ),
        request={"multipart/form-data": UploadSerializer},
        responses={201: AttachmentSerializer, **CONFLICT},
    )
    def create(self, request, *args, **kwargs):
        body = UploadSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        made = attachments.attach(by=request.user, **body.validated_data)
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(
        description=_("上传人撤回自己上传的附件；所属的记录定案以后不能。"), responses={204: None, **CONFLICT}
    )
    def destroy(self, request, *args, **kwargs):
        attachments.remove(self.get_object(), by=request.user)
        return Response(status=204)

    @extend_schema(
        description=_("附件的内容，按其 content_type。"),
        responses={(200, "*/*"): OpenApiResponse(OpenApiTypes.BINARY)},
    )
    @action(detail=True, methods=["get"])
    def content(self, request, pk):
        return content_response(self.get_object())
