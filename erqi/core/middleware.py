import re

from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings

from .context import origin

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


def channel(path: str) -> str:
    return "api" if path.startswith("/api/") else "admin" if path.startswith("/admin/") else "web"


def client_address(request) -> str:
    """The peer, or what our own proxy says of it (its last hop only: earlier ones are the client's words)."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")


class ContentSecurityPolicyMiddleware:
    """One policy for every answer, put into words once instead of at each."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault(HEADER, self.policy)
        return response


class RequestOriginMiddleware:
    """Gives each request an id (the caller's X-Request-Id if it is well formed) and tells the audit trail of it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-Id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else ""
        with origin(channel(request.path), client_address(request), request_id, found={}) as here:
            response = self.get_response(request)
            response["X-Request-Id"] = here.request_id
            return response
