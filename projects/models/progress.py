from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.accounts.roles import Action
from erqi.core.fields import AmountField, NumberField
from erqi.core.models import Versioned, VersionedQuerySet

from .choices import FIRST_YEAR, LAST_YEAR, MONTH_RANGE, PERCENT_RANGE, YEAR_RANGE, between
from .project import Project


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
        """Accepted months of the projects that ``user`` sees, and drafts of those that ``user`` reports on."""
        visible = Q(project__in=Project.objects.visible_to(user), status=ProgressReport.Status.ACCEPTED)
        return self.filter(visible | Q(project__in=Project.objects.reachable(user, Action.REPORT)))

    def drafts(self):
        return self.filter(status=ProgressReport.Status.DRAFT, superseded_at=None)


class ProgressReport(Versioned):
    """What a project invested in one month (万元). An accepted report is corrected by a new revision.

    At most one row is in force for a month, and at most one draft stands beside it; the year to date is derived.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        ACCEPTED = "accepted", _("已认定")

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
    accepted_at = models.DateTimeField(_("认定时间"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("认定人"),
    )

    objects = ProgressReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("月度进度")
        verbose_name_plural = pgettext_lazy("复数", "月度进度")
        ordering = ["project", "-year", "-month", "-revision"]
        indexes = [models.Index(fields=["year", "month", "superseded_at"], name="report_month_idx")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "year", "month"],
                condition=Q(superseded_at=None, status="accepted"),
                name="report_one_in_force",
                violation_error_message=_("该项目该月已有认定的进度。"),
            ),
            models.UniqueConstraint(
                fields=["project", "year", "month"],
                condition=Q(superseded_at=None, status="draft"),
                name="report_one_draft",
                violation_error_message=_("该项目该月已有草稿。"),
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
                condition=Q(invested__gte=0) | ~Q(reason=""),
                violation_error_message=_("本月完成为负数时必须写明更正理由。"),
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
        ]

    def __str__(self):
        return f"{self.project} {self.year}-{self.month:02d}"
