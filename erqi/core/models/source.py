from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from .natural import natural_key_manager


class Source(models.Model):
    """A document that facts were taken from. What the document does not state stays empty."""

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    title = models.CharField(_("标题"), max_length=200)
    kicker = models.CharField(_("引题"), max_length=200, blank=True)
    publisher = models.CharField(_("发布者"), max_length=100, blank=True, help_text=_("原文未注明时留空。"))
    published_on = models.DateField(_("发布日期"), null=True, blank=True, help_text=_("原文未注明时留空。"))
    note = models.TextField(_("说明"), blank=True)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("资料来源")
        verbose_name_plural = pgettext_lazy("复数", "资料来源")
        ordering = ["code"]

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.code,)


MAX_LINE = 1_000_000


def validate_quotes(quotes) -> None:
    """A list of {"words": str, "fields": [str, …], "line"?: int, "printed_as"?: str, "note"?: str}."""
    if not isinstance(quotes, list):
        raise ValidationError(gettext("引文应为列表。"))
    for quote in quotes:
        if not (isinstance(quote, dict) and isinstance(quote.get("words"), str) and quote["words"].strip()):
            raise ValidationError(gettext("每条引文都要有“words”（原文词句）。"))
        if not isinstance(quote.get("fields"), list):
            raise ValidationError(gettext("每条引文都要用“fields”列出它支持的字段。"))
        line = quote.get("line")
        if line is not None and not (isinstance(line, int) and 0 < line <= MAX_LINE):
            raise ValidationError(gettext("引文的“line”是原文的行号，应为 1–%(max)s 的整数。") % {"max": MAX_LINE})


class Sourced(models.Model):
    """A row that can say where it was taken from, in the source's own words, field by field."""

    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("资料来源")
    )
    quotes = models.JSONField(
        _("原文引文"),
        default=list,
        blank=True,
        validators=[validate_quotes],
        help_text=_("原文词句及其支持的字段；推断所得在 note 中写明。"),
    )

    class Meta:
        abstract = True


class SourceNote(Sourced):
    """Something in a source that does not agree with itself, kept visible rather than resolved."""

    class Kind(models.TextChoices):
        SUM = "sum", _("合计不符")
        SCOPE = "scope", _("口径不明")
        NAME = "name", _("名称不一")
        DATE = "date", _("日期不明")
        ATTRIBUTION = "attribution", _("归属不明")
        LAYOUT = "layout", _("版面所限")

    code = models.SlugField(_("编号"), max_length=60, unique=True)
    kind = models.CharField(_("类型"), max_length=20, choices=Kind)
    topic = models.CharField(_("事项"), max_length=100)
    topic_en = models.CharField(_("事项（英文）"), max_length=200, blank=True)
    text = models.TextField(_("说明"))
    text_en = models.TextField(_("说明（英文）"), blank=True)
    on_overview = models.BooleanField(_("在总览显示"), default=False)
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = natural_key_manager("code")
    history = HistoricalRecords(verbose_name=_("历史"))

    class Meta:
        verbose_name = _("来源疑点")
        verbose_name_plural = pgettext_lazy("复数", "来源疑点")
        ordering = ["order", "code"]

    def __str__(self):
        return self.topic

    def natural_key(self):
        return (self.code,)
