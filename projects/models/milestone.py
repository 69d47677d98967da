from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from erqi.accounts.roles import Action

from .project import Project


class MilestoneQuerySet(models.QuerySet["Milestone"]):
    def reachable(self, user, action: Action):
        """Of projects in reach, those switched off included."""
        return self.filter(project__in=Project.objects.reachable(user, action).order_by().values("pk"))

    def visible_to(self, user):
        return self.reachable(user, Action.VIEW).filter(active=True)

    def open(self):
        return self.filter(active=True, met_on=None)

    def moved(self):
        return self.exclude(due=F("original_due"))

    def overdue(self, on=None):
        """Not met although the date in force has passed."""
        return self.open().filter(due__lt=on or timezone.localdate())


class Milestone(models.Model):
    """A point of the project's way with the date first promised, the date in force and the day it was met.

    ``due`` moves only by ``services.milestones.move_milestone``, with a reason; ``original_due`` never.
    """

    class Kind(models.TextChoices):
        APPROVAL = "approval", _("立项审批")
        LAND = "land", _("土地手续")
        RELOCATION = "relocation", _("征迁交地")
        TENDER = "tender", _("招标")
        START = "start", _("开工")
        STRUCTURE = "structure", _("主体完工")
        COMPLETION = "completion", _("竣工")
        ACCEPTANCE = "acceptance", _("验收")
        IN_USE = "in_use", _("投用")
        OTHER = "other", _("其他")

    project = models.ForeignKey(Project, models.PROTECT, related_name="milestones", verbose_name=_("项目"))
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    name = models.CharField(_("名称"), max_length=100)
    critical = models.BooleanField(_("关键节点"), default=False)
    original_due = models.DateField(_("原定日期"), editable=False)
    due = models.DateField(_("现定日期"))
    met_on = models.DateField(_("完成日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    active = models.BooleanField(_("启用"), default=True)

    objects = MilestoneQuerySet.as_manager()
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("节点")
        verbose_name_plural = pgettext_lazy("复数", "节点")
        ordering = ["project", "due", "pk"]
        indexes = [models.Index(fields=["due", "met_on"], name="milestone_due_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"],
                name="milestone_name_once",
                violation_error_message=_("该项目已有同名节点。"),
            )
        ]

    def __str__(self):
        return f"{self.project} · {self.name}"

    @property
    def slipped_days(self) -> int:
        """Days that the date in force lies after the one first promised."""
        return (self.due - self.original_due).days

    @property
    def overdue(self) -> bool:
        return self.active and self.met_on is None and self.due < timezone.localdate()


class MilestoneMove(models.Model):
    """One signed change of a milestone's date."""

    milestone = models.ForeignKey(Milestone, models.CASCADE, related_name="moves", verbose_name=_("节点"))
    from_due = models.DateField(_("原日期"))
    to_due = models.DateField(_("新日期"))
    reason = models.CharField(_("理由"), max_length=300)
    at = models.DateTimeField(_("时间"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("操作人")
    )

    class Meta:
        verbose_name = _("节点调整")
        verbose_name_plural = pgettext_lazy("复数", "节点调整")
        ordering = ["milestone", "at"]
        constraints = [
            models.CheckConstraint(
                name="milestone_move_has_reason",
                condition=~Q(reason="") & ~Q(from_due=F("to_due")),
                violation_error_message=_("调整节点日期须写明理由。"),
            )
        ]

    def __str__(self):
        return f"{self.milestone} {self.from_due} → {self.to_due}"
