from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import pinyin
from ..numbers import half_width


class SearchableQuerySet(models.QuerySet):
    def search(self, text: str):
        """Rows whose names contain every word of ``text``: Chinese, full pinyin or initials, any width or case."""
        if "\x00" in text:
            # In no name, and PostgreSQL would not even look for it.
            return self.none()
        rows = self
        for word in half_width(text).lower().split():
            rows = rows.filter(search_text__contains=word)
        return rows


class Searchable(models.Model):
    """Names stored once more as they may be typed. A bulk write calls ``fill_search_text`` itself."""

    pinyin_override = models.CharField(
        _("拼音（多音字）"),
        max_length=200,
        blank=True,
        help_text=_("自动注音有误时填写，每字一个音节，用空格分开，例如“liu hu dong”。"),
    )
    search_text = models.TextField(_("检索词"), blank=True, editable=False)

    class Meta:
        abstract = True

    def save(self, *args, update_fields=None, **kwargs):
        self.fill_search_text()
        if update_fields is not None:
            update_fields = {*update_fields, "search_text"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def searchable_names(self) -> list[str]:
        raise NotImplementedError

    def fill_search_text(self) -> None:
        self.search_text = pinyin.search_text(self.searchable_names(), self.pinyin_override)
