from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from erqi.accounts.roles import Role

from .unit import Unit


class Membership(models.Model):
    """A role of a user over a unit and everything below it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("用户")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="memberships", verbose_name=_("单位"))
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    active = models.BooleanField(_("启用"), default=True)

    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = pgettext_lazy("复数", "任职")
        ordering = ["user", "unit"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role"],
                name="membership_once",
                violation_error_message=_("该用户在该单位已有这一角色。"),
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.unit} · {self.get_role_display()}"
