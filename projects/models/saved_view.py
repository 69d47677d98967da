from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erqi.core import validators


class SavedView(models.Model):
    """A reader's own way of looking at the register: the parameters of its address, under a name."""

    # A person has a handful; more are a script's.
    MOST = 50

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("用户")
    )
    name = models.CharField(_("名称"), max_length=60, validators=[validators.plain_text])
    query = models.CharField(
        _("条件"), max_length=2000, blank=True, help_text=_("筛选、排序和列；不含年度和月份的，打开时用最近的。")
    )
    saved_at = models.DateTimeField(_("保存时间"), auto_now=True)

    class Meta:
        verbose_name = _("保存的视图")
        verbose_name_plural = pgettext_lazy("复数", "保存的视图")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="saved_view_name_once",
                violation_error_message=_("您已有同名的视图，请换一个名称。"),
            ),
        ]

    def __str__(self):
        return self.name
