import secrets

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .plan_change import PlanChange
from .problem import Problem
from .progress import ProgressReport
from .project import Project


def storage() -> FileSystemStorage:
    """Outside everything the web server serves; read only through a view that asks who is asking."""
    return FileSystemStorage(location=settings.MEDIA_ROOT, base_url=None)


def unguessable(_attachment: "Attachment", _name: str) -> str:
    """The sender's file name never becomes a path."""
    token = secrets.token_hex(16)
    return f"{token[:2]}/{token}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user):
        """What hangs on a month that is not accepted yet is seen with that month only."""
        shown = Q(report=None) | Q(report__in=ProgressReport.objects.shown_to(user))
        return self.filter(shown, project__in=Project.objects.visible_to(user))


class Attachment(models.Model):
    """A photo or a document of a project, on a month, a plan change or a problem where it belongs to one."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("照片")
        DOCUMENT = "document", _("文件")

    project = models.ForeignKey(Project, models.PROTECT, related_name="attachments", verbose_name=_("项目"))
    report = models.ForeignKey(
        ProgressReport, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("月度进度")
    )
    plan_change = models.ForeignKey(
        PlanChange, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("计划调整")
    )
    problem = models.ForeignKey(
        Problem, models.PROTECT, null=True, blank=True, related_name="attachments", verbose_name=_("问题")
    )
    kind = models.CharField(_("类型"), max_length=10, choices=Kind, editable=False)
    file = models.FileField(_("文件"), storage=storage, upload_to=unguessable, max_length=80)
    name = models.CharField(_("文件名"), max_length=200)
    caption = models.CharField(_("说明"), max_length=200, blank=True)
    content_type = models.CharField(_("内容类型"), max_length=100, editable=False)
    size = models.PositiveIntegerField(_("大小（字节）"), editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("上传人")
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = pgettext_lazy("复数", "附件")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self):
        return self.name
