from collections.abc import Callable

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.accounts.roles import Action
from erqi.core.fields import AmountField

from .choices import FIRST_YEAR, LAST_YEAR, NOT_NEGATIVE, YEAR_RANGE, between
from .plan import AnnualPlan
from .project import Project


class PlanChangeQuerySet(models.QuerySet["PlanChange"]):
    def reachable(self, user, action: Action):
        return self.filter(project__in=Project.objects.reachable(user, action))

    def visible_to(self, user):
        return self.reachable(user, Action.VIEW)

    def pending(self):
        return self.filter(status=PlanChange.Status.PENDING)


class PlanChange(models.Model):
    """A unit asks for a year's plan, or for another one (万元); only the bureau's consent makes it a new version."""

    class Status(models.TextChoices):
        PENDING = "pending", _("待审定")
        APPROVED = "approved", _("已同意")
        REJECTED = "rejected", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    project = models.ForeignKey(Project, models.PROTECT, related_name="plan_changes", verbose_name=_("项目"))
    year = models.PositiveSmallIntegerField(_("年度"), validators=between(FIRST_YEAR, LAST_YEAR, YEAR_RANGE))
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.PENDING, editable=False)
    basis = models.ForeignKey(
        AnnualPlan,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("所调整的计划"),
        help_text=_("申请时的现行计划；当年还没有计划时为空。"),
    )
    planned_investment = AmountField(
        _("年度计划投资"), validators=[MinValueValidator(0, NOT_NEGATIVE)], help_text=_("万元。")
    )
    opening_cumulative = AmountField(
        _("截至上年底累计完成"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0, NOT_NEGATIVE)],
        help_text=_("万元；未掌握时留空。"),
    )
    year_class = models.CharField(_("年度类型"), max_length=20, choices=AnnualPlan.YearClass, blank=True)
    objective = models.CharField(_("年度目标"), max_length=500, blank=True)
    # Twelve month amounts as decimal strings (万元); null is linear.
    schedule = models.JSONField(_("月度计划"), null=True, blank=True)
    reason = models.CharField(_("调整理由"), max_length=500, blank=True)

    requested_at = models.DateTimeField(_("申请时间"), default=timezone.now, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("申请人")
    )
    # A withdrawal is dated and attributed here too: it was the last word on the request.
    decided_at = models.DateTimeField(_("审定时间"), null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("审定人")
    )
    decision_note = models.CharField(_("审定意见"), max_length=500, blank=True)
    result = models.OneToOneField(
        AnnualPlan, models.PROTECT, null=True, editable=False, related_name="change", verbose_name=_("形成的计划")
    )

    objects = PlanChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("计划调整")
        verbose_name_plural = pgettext_lazy("复数", "计划调整")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year"],
                condition=Q(status="pending"),
                name="plan_change_one_pending",
                violation_error_message=_("该项目该年度已有一份待审定的计划调整。"),
            ),
            models.CheckConstraint(
                name="plan_change_not_negative",
                condition=Q(planned_investment__gte=0) & (Q(opening_cumulative=None) | Q(opening_cumulative__gte=0)),
                violation_error_message=NOT_NEGATIVE,
            ),
            models.CheckConstraint(
                name="plan_request_has_reason",
                condition=Q(basis=None) | ~Q(reason=""),
                violation_error_message=_("调整计划必须写明理由。"),
            ),
            models.CheckConstraint(
                name="plan_change_not_own",
                condition=Q(status="withdrawn") | ~Q(decided_by=F("requested_by")),
                violation_error_message=_("不能审定自己的申请。"),
            ),
            models.CheckConstraint(
                name="plan_change_decision_dated",
                condition=Q(status__in=["pending", "withdrawn"]) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="plan_change_approved_has_plan",
                condition=~Q(status="approved") | Q(result__isnull=False),
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.year}"

    @classmethod
    def reach(cls, user, action: Action) -> Callable[["PlanChange"], bool]:
        within = Project.reach(user, action)
        return lambda change: within(change.project)

    @property
    def standing(self):
        """(who, when) of what brought it into its state."""
        if self.decided_at:
            return self.decided_by, self.decided_at
        return self.requested_by, self.requested_at
