"""304 where nothing was written since the reader last asked: one small statement instead of the answer.

What an answer says depends on who asks for what, in which language, on which day, and on the data; and every change
of the data appends to the audit trail in its own transaction. So the end of the trail stands for all of it. It is read
before the answer: written meanwhile, the answer is newer than its tag, and the next reader asks again for nothing.
"""

import hashlib

from django.utils import timezone
from django.utils.http import parse_etags
from django.utils.translation import get_language
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import APIView

from erqi import __version__

from ..models import AuditHead
from ..models.reference import ReferenceVersion


class NotModified(APIException):
    status_code = status.HTTP_304_NOT_MODIFIED

    def __init__(self, tag: str):
        super().__init__()
        self.tag = tag


def tag_of(request) -> str:
    """Weak: the same content, whatever a proxy does to its bytes."""
    told = (
        __version__,
        AuditHead.reached(),
        ReferenceVersion.current(),
        request.user.reads_as() if request.user.is_authenticated else None,
        getattr(request.auth, "pk", None),
        getattr(request.auth, "scopes", ""),
        get_language(),
        timezone.localdate(),
        request.get_full_path(),
    )
    return f'W/"{hashlib.blake2s(repr(told).encode(), digest_size=16).hexdigest()}"'


class ConditionalView(APIView):
    """Answers carry a tag and may be kept by whoever asked, to be asked about again each time.

    ``by_the_clock``: what the answer says depends on the time of day, which a tag does not know.
    """

    tag = ""
    by_the_clock = False

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD") and not self.by_the_clock:
            self.tag = tag_of(request)
            if self.tag in parse_etags(request.headers.get("If-None-Match", "")):
                raise NotModified(self.tag)

    def handle_exception(self, exc):
        return Response(status=exc.status_code) if isinstance(exc, NotModified) else super().handle_exception(exc)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.tag and response.status_code in (status.HTTP_200_OK, status.HTTP_304_NOT_MODIFIED):
            response["ETag"] = self.tag
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
