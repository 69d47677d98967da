from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from ..roles import held_by


class User(AbstractUser):
    """An account. What it may do comes from its memberships (``projects.Membership``), not from groups."""

    display_name = models.CharField(_("姓名"), max_length=50, blank=True)
    phone = models.CharField(_("联系电话"), max_length=30, blank=True)

    history = HistoricalRecords(verbose_name=_("历史"), excluded_fields=["password", "last_login"])

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = pgettext_lazy("复数", "用户")
        ordering = ["username"]

    def __str__(self):
        return self.get_full_name()

    def get_full_name(self):
        return self.display_name or self.username

    def reads_as(self) -> tuple:
        """What decides which rows the user sees: two answers to the same question differ only if this or they do."""
        return (self.pk, self.is_superuser, sorted(held_by(self)))

    def get_short_name(self):
        return self.get_full_name()
