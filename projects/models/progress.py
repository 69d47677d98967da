from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.accounts.roles import Action
from erqi.core.fields import AmountField, NumberField
from erqi.core.models import Inserted, Versioned, VersionedQuerySet

from .choices import FIRST_YEAR, LAST_YEAR, MONTH_RANGE, PERCENT_RANGE, YEAR_RANGE, between
from .period import ReportingPeriod
from .project import Project


def _who(label):
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=label,
    )


class ProgressReportQuerySet(VersionedQuerySet):
    def accepted(self):
        return self.filter(status=ProgressReport.Status.ACCEPTED)

    def in_force(self, as_of=None):
        """The accepted figures: now, or as they were known at ``as_of`` (a report counts from its acceptance)."""
        if as_of is None:
            return self.accepted().current()
        return self.accepted().filter(Q(superseded_at=None) | Q(superseded_at__gt=as_of), accepted_at__lte=as_of)

    def as_of(self, moment):
        return self.in_force(moment)

    def shown_to(self, user):
        """Of the projects that ``user`` sees, the accepted months; of those that ``user`` signs or reviews, also what
        was submitted; of those that ``user`` reports on, everything.
        """
        status = ProgressReport.Status
        seen, signed, reviewed, reported = (
            Project.objects.reachable(user, action).about()
            for action in (Action.VIEW, Action.ENDORSE, Action.REVIEW, Action.REPORT)
        )
        handled = (signed | reviewed) & ~Q(status=status.DRAFT)
        return self.filter((seen & Q(status=status.ACCEPTED)) | handled | reported)

    def reachable(self, user, action: Action):
        return self.filter(Project.objects.reachable(user, action).about())

    def open(self):
        """On their way to being accepted; at most one for a month."""
        return self.filter(superseded_at=None).exclude(status=ProgressReport.Status.ACCEPTED)

    def waiting_for_review(self):
        """Submitted where the period asks for no signature, or endorsed."""
        status = ProgressReport.Status
        signed = ReportingPeriod.objects.filter(year=OuterRef("year"), month=OuterRef("month"), endorsed=True)
        return self.open().filter(Q(status=status.ENDORSED) | Q(~Exists(signed), status=status.SUBMITTED))

    def waiting_for(self, user):
        """Those that ``user`` may sign or accept now; one's own work waits for others."""
        status = ProgressReport.Status
        own = Q(recorded_by=user.pk) | Q(submitted_by=user.pk)
        to_sign = self.open().filter(status=status.SUBMITTED).exclude(own)
        to_review = self.waiting_for_review().exclude(own | Q(endorsed_by=user.pk))
        signed_by, reviewed_by = (Project.objects.reachable(user, action) for action in (Action.ENDORSE, Action.REVIEW))
        return self.filter(
            Q(pk__in=to_sign.filter(project__in=signed_by).values("pk"))
            | Q(pk__in=to_review.filter(project__in=reviewed_by).values("pk"))
        )


class ProgressReport(Inserted, Versioned):
    """What a project invested in one month (万元). An accepted report is corrected by a new revision.

    At most one row is in force for a month, and at most one open row stands beside it, on its way through
    ``services.workflow``; the year to date is derived. ``recorded_by`` is the last hand on it, ``authors`` all.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("已报送")
        ENDORSED = "endorsed", _("已签审")
        RETURNED = "returned", _("已退回")
        ACCEPTED = "accepted", _("已认定")

    class Field(models.TextChoices):
        """What a return can point at."""

        INVESTED = "invested", _("本月完成投资")
        PHYSICAL_PERCENT = "physical_percent", _("形象进度（%）")
        NOTE = "note", _("形象进度说明")
        ATTACHMENTS = "attachments", _("附件")

    # Everybody whom a row names; for select_related.
    PEOPLE = ("recorded_by", "submitted_by", "endorsed_by", "returned_by", "accepted_by")

    project = models.ForeignKey(Project, models.PROTECT, related_name="reports", verbose_name=_("项目"))
    year = models.PositiveSmallIntegerField(_("年度"), validators=between(FIRST_YEAR, LAST_YEAR, YEAR_RANGE))
    month = models.PositiveSmallIntegerField(_("月份"), validators=between(1, 12, MONTH_RANGE))
    revision = models.PositiveSmallIntegerField(_("修订号"), default=1, editable=False)
    status = models.CharField(_("状态"), max_length=20, choices=Status, default=Status.DRAFT)
    invested = AmountField(_("本月完成投资"), help_text=_("万元；更正以前多报的可为负数，须写明理由。"))
    physical_percent = NumberField(
        _("形象进度（%）"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=between(0, 100, PERCENT_RANGE),
        help_text=_("0–100，可留空。"),
    )
    note = models.TextField(_("形象进度说明"), blank=True, max_length=2000)
    explanation = models.CharField(_("情况说明"), max_length=500, blank=True, help_text=_("对检查所提疑点的说明。"))
    # The checks that fired when it was submitted: [{"code": …, "facts": {…}}].
    findings = models.JSONField(_("检查结果"), default=list, blank=True, editable=False)
    # Keys of all users whose hand this revision's content went through; ``recorded_by`` is the last of them.
    authors = models.JSONField(_("经手填写"), default=list, blank=True, editable=False)
    copied_forward = models.BooleanField(_("说明沿用上月"), default=False, editable=False)
    filed_at = models.DateTimeField(
        _("首次报送时间"), null=True, blank=True, editable=False, help_text=_("是否按时以此为准；退回后重报不改变。")
    )
    on_time = models.BooleanField(
        _("按时"), null=True, editable=False, help_text=_("首次报送不晚于当时的截止日；该月没有报送期时为空。")
    )
    submitted_at = models.DateTimeField(_("报送时间"), null=True, blank=True, editable=False)
    submitted_by = _who(_("报送人"))
    endorsed_at = models.DateTimeField(_("签审时间"), null=True, blank=True, editable=False)
    endorsed_by = _who(_("签审人"))
    returns = models.PositiveSmallIntegerField(_("退回次数"), default=0, editable=False)
    returned_at = models.DateTimeField(_("退回时间"), null=True, blank=True, editable=False)
    returned_by = _who(_("退回人"))
    return_reason = models.CharField(_("退回理由"), max_length=500, blank=True, editable=False)
    return_fields = models.JSONField(_("退回所指的栏目"), default=list, blank=True, editable=False)
    accepted_at = models.DateTimeField(_("认定时间"), null=True, blank=True, editable=False)
    accepted_by = _who(_("认定人"))

    objects = ProgressReportQuerySet.as_manager()

    # The month that a row was read with under its writer's locks (``services.month_facts``).
    held: Any = None

    class Meta:
        verbose_name = _("月度进度")
        verbose_name_plural = pgettext_lazy("复数", "月度进度")
        ordering = ["project", "-year", "-month", "-revision"]
        indexes = [
            models.Index(fields=["year", "month", "superseded_at"], name="report_month_idx"),
            models.Index(
                fields=["status", "year", "month"],
                condition=Q(superseded_at=None) & ~Q(status="accepted"),
                name="report_open_idx",
            ),
            # What was accepted within a month: of months before it, and corrections; both few among all that were.
            models.Index(
                fields=["year", "month", "accepted_at"],
                include=["invested"],
                condition=Q(status="accepted", revision=1),
                name="report_first_idx",
            ),
            models.Index(
                fields=["year", "accepted_at"],
                include=["month"],
                condition=Q(status="accepted", revision__gt=1),
                name="report_corrected_idx",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "month"],
                condition=Q(superseded_at=None, status="accepted"),
                name="report_one_in_force",
                violation_error_message=_("该项目该月已有认定的进度。"),
            ),
            models.UniqueConstraint(
                fields=["project", "year", "month"],
                condition=Q(superseded_at=None) & ~Q(status="accepted"),
                name="report_one_open",
                violation_error_message=_("该项目该月已有一份未认定的填报。"),
            ),
            models.UniqueConstraint(fields=["project", "year", "month", "revision"], name="report_revision_once"),
            models.CheckConstraint(
                name="report_month_range",
                condition=Q(month__range=(1, 12)),
                violation_error_message=MONTH_RANGE,
            ),
            models.CheckConstraint(
                name="report_year_range",
                condition=Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                violation_error_message=YEAR_RANGE,
            ),
            models.CheckConstraint(
                name="report_negative_has_reason",
                condition=Q(invested__gte=0) | ~Q(reason="") | ~Q(explanation="") | Q(status__in=["draft", "returned"]),
                violation_error_message=_("本月完成为负数时必须写明理由。"),
            ),
            models.CheckConstraint(
                name="report_percent_range",
                condition=Q(physical_percent=None) | Q(physical_percent__range=(0, 100)),
                violation_error_message=PERCENT_RANGE,
            ),
            models.CheckConstraint(
                name="report_accepted_is_dated",
                condition=~Q(status="accepted") | Q(accepted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="report_submitted_is_dated",
                condition=~Q(status__in=["submitted", "endorsed"]) | Q(submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="report_returned_has_reason",
                condition=~Q(status="returned") | (Q(returned_at__isnull=False) & ~Q(return_reason="")),
                violation_error_message=_("退回须写明理由。"),
            ),
            models.CheckConstraint(
                name="report_not_own",
                # Rows from before the workflow name nobody who submitted them.
                condition=Q(submitted_by=None)
                | ~(
                    Q(accepted_by=F("submitted_by"))
                    | Q(accepted_by=F("recorded_by"))
                    | Q(accepted_by=F("endorsed_by"))
                    | Q(endorsed_by=F("submitted_by"))
                    | Q(endorsed_by=F("recorded_by"))
                ),
                violation_error_message=_("不能认定或签审自己填报的进度。"),
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.year}-{self.month:02d}"

    @classmethod
    def reach(cls, user, action: Action) -> Callable[["ProgressReport"], bool]:
        within = Project.reach(user, action)
        return lambda report: within(report.project)

    @property
    def standing(self):
        """(who, when) of what brought it into its state."""
        return {
            self.Status.SUBMITTED: (self.submitted_by, self.submitted_at),
            self.Status.ENDORSED: (self.endorsed_by, self.endorsed_at),
            self.Status.RETURNED: (self.returned_by, self.returned_at),
            self.Status.ACCEPTED: (self.accepted_by, self.accepted_at),
        }.get(self.Status(self.status), (self.recorded_by, self.recorded_at))
