import hashlib
import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

PREFIX = "erqi_"


class Scope(models.TextChoices):
    READ = "read", _("读取")
    REPORT = "report", _("填报")
    REVIEW = "review", _("审核")


def digest(key: str) -> str:
    """SHA-256 is enough here: the key is 256 random bits, so there is nothing to guess slowly."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, now=None):
        """Neither expired nor revoked, at ``now`` or at a moment told later (an expression)."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now or timezone.now()), revoked_at=None)

    def issue(self, *, user, scopes, name="", expires_at=None) -> tuple["ApiToken", str]:
        """(token, key). The key is returned this once; only its digest is stored."""
        key = PREFIX + secrets.token_urlsafe(32)
        token = self.create(
            user=user,
            name=name,
            scopes=" ".join(scopes),
            prefix=key[: len(PREFIX) + 6],
            token_hash=digest(key),
            expires_at=expires_at,
        )
        return token, key


class ApiToken(models.Model):
    """A key for another system, acting as ``user`` and never beyond the scopes it was given."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("用户")
    )
    name = models.CharField(_("用途"), max_length=100, blank=True)
    scopes = models.CharField(_("范围"), max_length=100)
    prefix = models.CharField(_("令牌开头"), max_length=20)
    token_hash = models.CharField(_("令牌摘要"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("创建时间"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("到期时间"), null=True, blank=True)
    last_used_on = models.DateField(_("最近使用"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = pgettext_lazy("复数", "接口令牌")
        ordering = ["-created_at"]

    def __str__(self):
        return f"{self.prefix}… {self.name}".strip()

    def allows(self, scope: str) -> bool:
        return scope in self.scopes.split()
