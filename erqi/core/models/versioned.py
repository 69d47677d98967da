from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class VersionedQuerySet(models.QuerySet):
    def current(self):
        """Rows in force now."""
        return self.filter(superseded_at=None)

    def as_of(self, moment):
        """Rows that were in force at ``moment``; None means now."""
        if moment is None:
            return self.current()
        return self.filter(Q(superseded_at=None) | Q(superseded_at__gt=moment), recorded_at__lte=moment)


class Versioned(models.Model):
    """A row that is never overwritten: a change supersedes it, so any past figure can be shown as it was known."""

    recorded_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    superseded_at = models.DateTimeField(_("被取代时间"), null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("登记人"),
    )
    reason = models.CharField(_("修改理由"), max_length=500, blank=True)

    class Meta:
        abstract = True
