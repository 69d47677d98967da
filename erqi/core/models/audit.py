import hashlib
import json

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..context import once
from .inserted import Inserted

GENESIS = "0" * 64
# What the hash covers, in this order. A column added later is not in the hashes of the events before it,
# so it needs a chain version of its own rather than a place in this list.
CHAINED = (
    "sequence",
    "at",
    "actor",
    "action",
    "model",
    "object_key",
    "object_name",
    "before",
    "after",
    "reason",
    "channel",
    "address",
    "request_id",
    "previous_hash",
)


TRAIL = "audit trail"


class AuditHead(models.Model):
    """The end of the chain: one row, locked by whoever appends, so that sequence and hash never fork.

    It also makes a removed tail visible: the last event must be the one named here. And it tells readers whether
    anything was written since they last asked: every change appends an event in its own transaction.
    """

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        verbose_name = _("审计链末端")
        verbose_name_plural = pgettext_lazy("复数", "审计链末端")

    @classmethod
    def reached(cls) -> str:
        """The hash of the last event as this request found it before anything else; "" before the first."""
        return once(TRAIL, lambda: cls.objects.order_by().values_list("hash", flat=True).first() or "")


class AppendOnlyQuerySet(models.QuerySet):
    def update(self, **kwargs):
        raise TypeError("audit events are append-only")

    def delete(self):
        raise TypeError("audit events are append-only")


class AuditEvent(Inserted):
    """Who did what to which row, when and from where, with the values before and after.

    All columns but the sequence are text, and nothing points at another table: the trail outlives what it speaks of.
    ``hash`` covers every other column and the previous event's hash.
    """

    sequence = models.PositiveBigIntegerField(_("序号"), unique=True)
    at = models.CharField(_("时间"), max_length=32, help_text=_("UTC，ISO 8601。"))
    actor = models.CharField(_("操作人"), max_length=150)
    action = models.CharField(_("操作"), max_length=60)
    model = models.CharField(_("对象类型"), max_length=60)
    object_key = models.CharField(_("对象编号"), max_length=120)
    object_name = models.CharField(_("对象名称"), max_length=255)
    before = models.TextField(_("修改前"), blank=True)
    after = models.TextField(_("修改后"), blank=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    channel = models.CharField(_("渠道"), max_length=20)
    address = models.CharField(_("来源地址"), max_length=64, blank=True)
    request_id = models.CharField(_("请求号"), max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(_("校验值"), max_length=64)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = _("审计记录")
        verbose_name_plural = pgettext_lazy("复数", "审计记录")
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["model", "object_key", "sequence"], name="audit_object_idx"),
            models.Index(fields=["actor", "sequence"], name="audit_actor_idx"),
        ]

    def __str__(self):
        return f"{self.sequence} {self.actor} {self.action} {self.object_name}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError("audit events are append-only")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("audit events are append-only")

    def computed_hash(self) -> str:
        content = json.dumps([str(getattr(self, name)) for name in CHAINED], ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()
