from django.db.models import CharField, DateTimeField, F, FilteredRelation, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed

from erqi.core.context import remember
from erqi.core.models import AuditHead, ReferenceVersion
from erqi.core.models.audit import TRAIL
from erqi.core.models.reference import MEMO
from erqi.core.prepared import Param, Prepared
from erqi.core.routing import settle

from .models import ApiToken, User
from .models.token import digest
from .roles import memo


class SessionAuthentication(authentication.SessionAuthentication):
    """A browser's session, with CSRF. Without credentials the answer is 401, so that scripts know what to send."""

    def authenticate_header(self, request):
        return "Session"


TOKEN = [column.attname for column in ApiToken._meta.concrete_fields]
USER = [column.attname for column in User._meta.concrete_fields]


def _credentials() -> QuerySet:
    """One row for each membership in force, at least one: the token, its user, the membership, and how far the
    reference rows and the audit trail had come — all that a read asks before its own question.
    """
    held = FilteredRelation("user__memberships", condition=Q(user__memberships__active=True))
    usable = ApiToken.objects.usable(Param("now", DateTimeField()))
    return (
        usable.filter(token_hash=Param("digest", CharField()))
        .order_by()
        .annotate(held=held, role=F("held__role"), unit=F("held__unit_id"), kind=F("held__unit__kind"))
        .annotate(reference=Subquery(ReferenceVersion.objects.values("token")[:1]))
        .annotate(trail=Subquery(AuditHead.objects.values("hash")[:1]))
        .values_list(*TOKEN, *(f"user__{name}" for name in USER), "role", "unit", "kind", "reference", "trail")
    )


credentials = Prepared(_credentials)


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer erqi_…``"""

    def authenticate(self, request):
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        rows = credentials(digest=digest(key.strip()), now=timezone.now())
        if not rows:
            raise self.refused()
        *columns, _role, _unit, _kind, reference, trail = rows[0]
        token = ApiToken.from_db("default", TOKEN, columns[: len(TOKEN)])
        user = User.from_db("default", USER, columns[len(TOKEN) :])
        token.user = user
        if not user.is_active:
            raise self.refused()
        self.note_use(token)
        held = [(role, unit, kind) for *_columns, role, unit, kind, _reference, _trail in rows if role is not None]
        remember(memo(user.pk), held)
        remember(MEMO, reference or "")
        remember(TRAIL, trail or "")
        settle(user)
        return user, token

    @staticmethod
    def refused() -> AuthenticationFailed:
        return AuthenticationFailed(_("令牌无效、已到期或已停用。请用 manage.py create_token 重新生成。"))

    @staticmethod
    def note_use(token: ApiToken) -> None:
        """By the day, so that a busy integration does not write at every read."""
        today = timezone.localdate()
        if token.last_used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(last_used_on=today)

    def authenticate_header(self, request):
        return 'Bearer realm="erqi"'
