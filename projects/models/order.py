from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.accounts.roles import Action, Area

from .project import Project
from .unit import Unit


class SupervisionOrderQuerySet(models.QuerySet["SupervisionOrder"]):
    def reachable(self, user, action: Action):
        """Orders to the units in reach."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(unit__among=Unit.objects.reached_by(user, Area.SUPERVISION, action))

    def visible_to(self, user):
        return self.reachable(user, Action.VIEW)

    def open(self):
        return self.exclude(status__in=SupervisionOrder.FINAL)

    def overdue(self, on=None):
        return self.open().filter(due__lt=on or timezone.localdate())

    def waiting_for(self, user):
        """Whose turn it is: the bureau's to check an answer or decide an extension, the unit's to do the rest."""
        bureau = self.reachable(user, Action.REVIEW).order_by().values("pk")
        unit = self.reachable(user, Action.REPORT).order_by().values("pk")
        answered = Q(status=SupervisionOrder.Status.ANSWERED)
        asked = OrderExtension.objects.pending().exclude(requested_by=user.pk).values("order")
        return self.open().filter(
            (Q(pk__in=bureau) & ((answered & ~Q(answered_by=user.pk)) | Q(pk__in=asked)))
            | (Q(pk__in=unit) & ~Q(pk__in=bureau) & ~answered)
        )

    def next_number(self, year: int) -> str:
        """2017-001, 2017-002 …: one above the highest of the year."""
        taken = self.filter(number__regex=rf"^{year}-[0-9]{{3,6}}$").values_list("number", flat=True)
        return f"{year}-{max((int(number[5:]) for number in taken), default=0) + 1:03d}"


class SupervisionOrder(models.Model):
    """督办: an order to a unit with a deadline. Closed only by whoever checks the feedback; see the audit trail."""

    class Origin(models.TextChoices):
        INSTRUCTION = "instruction", _("领导批示")
        MEETING = "meeting", _("会议议定")
        LIGHT = "light", _("亮灯督办")
        PROBLEM = "problem", _("问题督办")
        OTHER = "other", _("其他")

    class Status(models.TextChoices):
        ISSUED = "issued", _("已下发")
        SIGNED = "signed", _("已签收")
        ANSWERED = "answered", _("已反馈待核")
        REDO = "redo", _("退回重办")
        CLOSED = "closed", _("已办结")
        REVOKED = "revoked", _("已撤销")

    FINAL = (Status.CLOSED, Status.REVOKED)

    number = models.CharField(_("编号"), max_length=20, unique=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="orders", verbose_name=_("承办单位"))
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("项目")
    )
    origin = models.CharField(_("来源"), max_length=20, choices=Origin)
    title = models.CharField(_("事项"), max_length=200)
    requirement = models.TextField(_("要求"), max_length=2000)
    original_due = models.DateField(_("原定期限"), editable=False)
    due = models.DateField(_("办理期限"))
    status = models.CharField(_("状态"), max_length=20, choices=Status, default=Status.ISSUED, editable=False)
    status_at = models.DateTimeField(_("进入该状态的时间"), null=True, editable=False, help_text=_("空为自始如此。"))
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("使其进入该状态的人"),
    )
    issued_at = models.DateTimeField(_("下发时间"), default=timezone.now, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("下发人")
    )
    signed_at = models.DateTimeField(_("签收时间"), null=True, editable=False)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("签收人")
    )
    feedback = models.TextField(_("办理情况"), max_length=2000, blank=True, editable=False)
    answered_at = models.DateTimeField(_("反馈时间"), null=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("反馈人")
    )
    check_note = models.CharField(_("核查意见"), max_length=500, blank=True, editable=False)
    redone = models.PositiveSmallIntegerField(_("退回次数"), default=0, editable=False)
    reminders = models.PositiveSmallIntegerField(_("催办次数"), default=0, editable=False)
    reminded_at = models.DateTimeField(_("最近催办"), null=True, editable=False)
    closed_at = models.DateTimeField(_("办结时间"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("办结人")
    )

    objects = SupervisionOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("督办单")
        verbose_name_plural = pgettext_lazy("复数", "督办单")
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["status", "due"], name="order_due_idx")]
        constraints = [
            models.CheckConstraint(
                name="order_not_own",
                condition=Q(status="revoked") | ~Q(closed_by=F("answered_by")),
                violation_error_message=_("不能办结自己反馈的督办单。"),
            ),
            models.CheckConstraint(
                name="order_closed_is_dated",
                condition=~Q(status__in=["closed", "revoked"]) | Q(closed_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.title}"

    def save(self, *args, **kwargs):
        if self.number:
            super().save(*args, **kwargs)
        else:
            self._save_numbered(*args, **kwargs)

    def _save_numbered(self, *args, attempts: int = 50, **kwargs):
        self.number = SupervisionOrder.objects.next_number(timezone.localdate(self.issued_at).year)
        try:
            with transaction.atomic():
                super().save(*args, **kwargs)
        except IntegrityError:
            # Issued in the same moment: one of them gets the number, the others try for the next, each round one fewer.
            if attempts == 1 or not SupervisionOrder.objects.filter(number=self.number).exists():
                raise
            self._save_numbered(*args, attempts=attempts - 1, **kwargs)

    @classmethod
    def reach(cls, user, action: Action) -> Callable[["SupervisionOrder"], bool]:
        """``SupervisionOrderQuerySet.reachable``, to be asked of rows already read."""
        units = Unit.reach(user, Area.SUPERVISION, action)
        return lambda order: units(order.unit_id)

    @property
    def standing(self):
        """(who, when) of what brought it into its state."""
        if self.status_at:
            return self.status_by, self.status_at
        return {
            self.Status.SIGNED: (self.signed_by, self.signed_at),
            self.Status.ANSWERED: (self.answered_by, self.answered_at),
            self.Status.CLOSED: (self.closed_by, self.closed_at),
            self.Status.REVOKED: (self.closed_by, self.closed_at),
        }.get(self.Status(self.status), (self.issued_by, self.issued_at))

    @property
    def overdue(self) -> bool:
        return self.status not in self.FINAL and self.due < timezone.localdate()

    @property
    def next_reminder_at(self):
        """The moment from which it may be reminded of again."""
        return self.reminded_at and self.reminded_at + timedelta(hours=settings.REMINDER_HOURS)


class OrderExtensionQuerySet(models.QuerySet["OrderExtension"]):
    def reachable(self, user, action: Action):
        return self.filter(order__in=SupervisionOrder.objects.reachable(user, action).order_by().values("pk"))

    def pending(self):
        return self.filter(status=OrderExtension.Status.PENDING)


class OrderExtension(models.Model):
    """A unit asks, before the due date, for a later one; the bureau decides."""

    class Status(models.TextChoices):
        PENDING = "pending", _("待审批")
        GRANTED = "granted", _("已同意")
        REFUSED = "refused", _("未同意")

    order = models.ForeignKey(SupervisionOrder, models.CASCADE, related_name="extensions", verbose_name=_("督办单"))
    from_due = models.DateField(_("原期限"), editable=False)
    to_due = models.DateField(_("申请延至"))
    reason = models.CharField(_("理由"), max_length=500)
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.PENDING, editable=False)
    requested_at = models.DateTimeField(_("申请时间"), default=timezone.now, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("申请人")
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("审批人")
    )
    decision_note = models.CharField(_("审批意见"), max_length=300, blank=True)

    objects = OrderExtensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("督办延期")
        verbose_name_plural = pgettext_lazy("复数", "督办延期")
        ordering = ["order", "requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status="pending"),
                name="order_extension_one_pending",
                violation_error_message=_("该督办单已有一份待审批的延期申请。"),
            ),
            models.CheckConstraint(
                name="order_extension_not_own",
                condition=~Q(status="granted") | ~Q(decided_by=F("requested_by")),
                violation_error_message=_("不能审批自己的延期申请。"),
            ),
            models.CheckConstraint(
                name="order_extension_later",
                condition=Q(to_due__gt=F("from_due")) & ~Q(reason=""),
                violation_error_message=_("延期须写明理由，并晚于原期限。"),
            ),
        ]

    def __str__(self):
        return f"{self.order} → {self.to_due}"

    @classmethod
    def reach(cls, user, action: Action) -> Callable[["OrderExtension"], bool]:
        within = SupervisionOrder.reach(user, action)
        return lambda extension: within(extension.order)

    @property
    def standing(self):
        """(who, when) of what brought it into its state."""
        if self.status == self.Status.PENDING:
            return self.requested_by, self.requested_at
        return self.decided_by, self.decided_at
