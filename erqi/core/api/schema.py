"""What drf-spectacular cannot read from the code: words for people, and how every operation refuses."""

from django.utils.translation import gettext as _
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_view_model

PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:erqi:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "code", "message"],
                "properties": {
                    "path": {"type": "string", "description": "JSON pointer", "examples": ["/invested"]},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


class Schema(AutoSchema):
    """Describes an operation by its view's ``about``, in the reader's language; docstrings speak to developers."""

    # The stubs know DRF's own schemas only.
    def get_description(self) -> str:  # type: ignore[override]
        about = getattr(self.view, "about", "") or get_view_model(self.view)._meta.verbose_name_plural
        return str(about)


class FilterExtension(DjangoFilterExtension):
    """Keeps a filter's help text where its type is declared by hand."""

    priority = 1

    def resolve_filter_field(self, auto_schema, model, filterset_class, field_name, filter_field):
        parameters = super().resolve_filter_field(auto_schema, model, filterset_class, field_name, filter_field)
        for parameter in parameters:
            if "description" not in parameter and (text := filter_field.extra.get("help_text") or filter_field.label):
                parameter["description"] = str(text)
        return parameters


def document_problems(result, generator, request, public):
    """Adds the refusals that every operation shares, and leaves the developers' docstrings out."""
    schemas = result["components"].setdefault("schemas", {})
    for schema in schemas.values():
        if "properties" in schema:
            schema.pop("description", None)
    schemas["Problem"] = PROBLEM
    for methods in result["paths"].values():
        for method, operation in methods.items():
            for status, description in refusals(method).items():
                operation["responses"].setdefault(status, _problem(description))
    return result


def refusals(method: str) -> dict[str, str]:
    shared = {
        "400": _("请求有误，errors 指出字段。"),
        "401": _("没有登录，或令牌无效。"),
        "403": _("角色、范围或令牌不允许。"),
        "404": _("没有这条记录，或您无权查看。"),
        "406": _("只提供 application/json。"),
        "503": _("系统正忙，请在 Retry-After 秒后重试。"),
    }
    if method == "get":
        return shared
    return shared | {
        "409": _("与现有数据冲突。"),
        "413": _("请求体超过 10 MiB。"),
        "415": _("请求体只接受 application/json。"),
    }


def _problem(description: str) -> dict:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": description, "content": content}
