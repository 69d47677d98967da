from collections.abc import Callable

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.accounts.roles import Action, Area

from .project import Project
from .unit import Unit


class ProblemQuerySet(models.QuerySet["Problem"]):
    def reachable(self, user, action: Action):
        """Of projects in reach, and those that a unit in reach has to settle, whoever leads the project."""
        if not (user.is_authenticated and user.is_active):
            return self.none()
        if user.is_superuser:
            return self
        units = Unit.objects.reached_by(user, Area.PROJECT, action)
        return self.filter(
            Q(project__in=Project.objects.within(units).order_by().values("pk")) | Q(responsible_unit__among=units)
        )

    def visible_to(self, user):
        return self.reachable(user, Action.VIEW)

    def open(self):
        return self.exclude(status=Problem.Status.CLOSED)

    def overdue(self, on=None):
        return self.open().filter(deadline__lt=on or timezone.localdate())

    def waiting_for(self, user):
        """Whose turn it is: the bureau's to check what is said to be settled and what was escalated to it, the unit's
        to settle the rest.
        """
        bureau = self.reachable(user, Action.REVIEW).order_by().values("pk")
        unit = self.reachable(user, Action.REPORT).order_by().values("pk")
        at_work = Q(status__in=[Problem.Status.NEW, Problem.Status.PROGRESSING])
        to_check = Q(status=Problem.Status.SETTLED) & ~Q(settled_by=user.pk)
        raised_to_us = at_work & ~Q(level=Problem.Level.UNIT)
        return self.filter(
            (Q(pk__in=bureau) & (to_check | raised_to_us)) | (Q(pk__in=unit) & ~Q(pk__in=bureau) & at_work)
        )


class Problem(models.Model):
    """Something in a project's way: what, whose, until when, from 新增 to 销号. Its story is in the audit trail."""

    class Kind(models.TextChoices):
        LAND = "land", _("土地")
        PLANNING = "planning", _("规划")
        RELOCATION = "relocation", _("征迁")
        FUNDING = "funding", _("资金")
        APPROVAL = "approval", _("审批")
        UTILITIES = "utilities", _("管线配套")
        CONSTRUCTION = "construction", _("施工")
        OTHER = "other", _("其他")

    class Status(models.TextChoices):
        NEW = "new", pgettext_lazy("问题", "新增")
        PROGRESSING = "progressing", _("推进中")
        SETTLED = "settled", _("已解决待核")
        CLOSED = "closed", _("已销号")

    class Level(models.TextChoices):
        """Who deals with it; it only ever goes up."""

        UNIT = "unit", _("责任单位")
        BUREAU = "bureau", _("发改统计局")
        MEETING = "meeting", _("调度会")
        LEADERS = "leaders", _("区领导")

    project = models.ForeignKey(Project, models.PROTECT, related_name="problems", verbose_name=_("项目"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    description = models.TextField(_("问题"), max_length=1000)
    responsible_unit = models.ForeignKey(Unit, models.PROTECT, related_name="problems", verbose_name=_("责任单位"))
    responsible_person = models.CharField(_("责任人"), max_length=50, blank=True)
    deadline = models.DateField(_("解决时限"))
    status = models.CharField(_("状态"), max_length=20, choices=Status, default=Status.NEW, editable=False)
    status_at = models.DateTimeField(_("进入该状态的时间"), null=True, editable=False, help_text=_("空为自始如此。"))
    status_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("使其进入该状态的人"),
    )
    level = models.CharField(_("层级"), max_length=20, choices=Level, default=Level.UNIT, editable=False)
    resolution = models.CharField(_("解决情况"), max_length=500, blank=True, editable=False)
    raised_at = models.DateTimeField(_("提出时间"), default=timezone.now, editable=False)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("提出人")
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("报告解决人"),
    )
    closed_at = models.DateTimeField(_("销号时间"), null=True, editable=False)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("销号人")
    )

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("问题")
        verbose_name_plural = pgettext_lazy("复数", "问题")
        ordering = ["deadline", "pk"]
        indexes = [models.Index(fields=["status", "deadline"], name="problem_deadline_idx")]
        constraints = [
            models.CheckConstraint(
                name="problem_not_own",
                condition=~Q(closed_by=F("settled_by")),
                violation_error_message=_("不能为自己报告解决的问题销号。"),
            ),
            models.CheckConstraint(
                name="problem_closed_is_dated",
                condition=~Q(status="closed") | Q(closed_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.project} · {self.get_kind_display()}"

    @classmethod
    def reach(cls, user, action: Action) -> Callable[["Problem"], bool]:
        """``ProblemQuerySet.reachable``, to be asked of rows already read."""
        within, units = Project.reach(user, action), Unit.reach(user, Area.PROJECT, action)
        return lambda problem: within(problem.project) or units(problem.responsible_unit_id)

    @property
    def standing(self):
        """(who, when) of what brought it into its state."""
        if self.status_at:
            return self.status_by, self.status_at
        if self.status == self.Status.CLOSED:
            return self.closed_by, self.closed_at
        return self.raised_by, self.raised_at

    @property
    def overdue(self) -> bool:
        return self.status != self.Status.CLOSED and self.deadline < timezone.localdate()
