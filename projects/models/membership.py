from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from erqi.accounts.roles import ADMINISTRATORS, Role, clash
from erqi.core.words import listed

from .unit import Unit


def clash_message(user, held: Iterable[Role]) -> str:
    names = listed(str(role.label) for role in Role if role in held)
    told = gettext(
        "系统管理员、安全管理员、审计管理员互不兼任，也不兼任业务角色；“%(user)s”将同时任：%(roles)s。请先停用其余任职。"
    )
    return told % {"user": user, "roles": names}


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
            ),
            # As much of the separation as a database without triggers can hold; clean() holds the rest.
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(active=True, role__in=sorted(ADMINISTRATORS)),
                name="membership_one_administrator",
                violation_error_message=_("系统管理员、安全管理员、审计管理员互不兼任，且只任一处。"),
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.unit} · {self.get_role_display()}"

    # Set where a form judges all rows of a user at once.
    judged_together = False

    def clean(self):
        if self.judged_together or not self.active or self.role not in Role.values or not self.user_id:
            return
        others = Membership.objects.filter(user=self.user_id, active=True).exclude(pk=self.pk)
        held = {Role(role) for role in others.values_list("role", flat=True)} | {Role(self.role)}
        if clash(held):
            raise ValidationError({"role": clash_message(self.user, held)})
