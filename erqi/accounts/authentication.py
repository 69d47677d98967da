from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed

from .models import ApiToken
from .models.token import digest


class SessionAuthentication(authentication.SessionAuthentication):
    """A browser's session, with CSRF. Without credentials the answer is 401, so that scripts know what to send."""

    def authenticate_header(self, request):
        return "Session"


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer erqi_…``"""

    def authenticate(self, request):
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.objects.usable().select_related("user").filter(token_hash=digest(key.strip())).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("令牌无效、已到期或已停用。请用 manage.py create_token 重新生成。"))
        self.note_use(token)
        return token.user, token

    @staticmethod
    def note_use(token: ApiToken) -> None:
        """By the day, so that a busy integration does not write at every read."""
        today = timezone.localdate()
        if token.last_used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)

    def authenticate_header(self, request):
        return 'Bearer realm="erqi"'
