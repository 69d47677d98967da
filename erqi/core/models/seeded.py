from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SeededRow(models.Model):
    """That a fixture row was loaded, and with which values: what tells people's edits and deletions from ours."""

    model = models.CharField(_("对象类型"), max_length=60)
    key = models.CharField(_("自然键"), max_length=255, help_text=_("JSON 文本。"))
    # Later fixtures and migrations may add fields; an edit shows only in those that were loaded.
    field_names = models.TextField(_("装载的字段"))
    digest = models.CharField(_("装载值的摘要"), max_length=64)
    loaded_at = models.DateTimeField(_("装载时间"))

    class Meta:
        verbose_name = _("装载记录")
        verbose_name_plural = pgettext_lazy("复数", "装载记录")
        ordering = ["model", "key"]
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="seeded_row_once")]

    def __str__(self):
        return f"{self.model} {self.key}"
