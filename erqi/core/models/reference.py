"""Rows that everything refers to and that seldom change: each web process keeps them in memory, by a version."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cached_property, lru_cache
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..context import forget, once
from ..trees import below, children_of

Row = TypeVar("Row", bound=Any)
MEMO = "reference version"
# Tables of the version before are held while requests that began before a change are still running.
TABLES = 12
SUBTREES = 2000


class ReferenceVersion(models.Model):
    """One row. Its token is another one after every change of a reference row, in the same transaction.

    Random, not counted: a number that was rolled back would be given again, to other rows.
    """

    token = models.CharField(max_length=32)

    class Meta:
        verbose_name = _("参考数据版本")
        verbose_name_plural = pgettext_lazy("复数", "参考数据版本")

    @classmethod
    def current(cls) -> str:
        """The token, asked once in a request; "" before anything was ever written."""
        return once(MEMO, lambda: cls.objects.order_by().values_list("token", flat=True).first() or "")

    @classmethod
    def renew(cls) -> None:
        row = ReferenceVersion(pk=1, token=uuid.uuid4().hex)
        ReferenceVersion.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["token"]
        )
        forget(MEMO)


class ReferenceQuerySet(models.QuerySet):
    """Whatever it writes becomes visible together with a new version."""

    def update(self, **values):
        with transaction.atomic():
            ReferenceVersion.renew()
            return super().update(**values)

    def delete(self):
        with transaction.atomic():
            ReferenceVersion.renew()
            return super().delete()

    def bulk_create(self, objs, *args, **kwargs):
        with transaction.atomic():
            ReferenceVersion.renew()
            return super().bulk_create(objs, *args, **kwargs)

    def bulk_update(self, objs, *args, **kwargs):
        with transaction.atomic():
            ReferenceVersion.renew()
            return super().bulk_update(objs, *args, **kwargs)


class Rows(Generic[Row]):
    """A table in memory, in its own order. Its rows belong to everybody: read them, change a row of your own."""

    def __init__(self, model: type[Row], rows: Iterable[Row]):
        self.model = model
        self.rows: dict[int, Row] = {row.pk: row for row in rows}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def get(self, pk: int | None) -> Row | None:
        if pk is None or pk in self.rows:
            return self.rows.get(pk)  # type: ignore[arg-type]
        # Younger than this table, which the request read before it.
        forget(MEMO)
        return kept(self.model).rows.get(pk)

    def coded(self, code: str) -> Row | None:
        return self._by_code.get(code)

    def below(self, roots: Iterable[int]) -> Set[int]:
        """Ids of ``roots`` and of everything below them."""
        return self._below(frozenset(roots))

    @cached_property
    def _below(self) -> Callable[[frozenset[int]], Set[int]]:
        children = children_of((row.pk, row.parent_id) for row in self)
        return lru_cache(SUBTREES)(lambda roots: frozenset(below(children, roots)))

    @cached_property
    def _by_code(self) -> dict[str, Row]:
        return {row.code: row for row in self}


class ReferenceRow(models.Model):
    """A row kept in memory; its manager is made of ``ReferenceQuerySet``."""

    class Meta:
        abstract = True

    def save(self, *args, **kwargs):
        with transaction.atomic():
            ReferenceVersion.renew()
            super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        with transaction.atomic():
            ReferenceVersion.renew()
            return super().delete(*args, **kwargs)


def renew_when_loaded(sender: type[models.Model], *, raw: bool = False, **_signal: Any) -> None:
    """``loaddata`` saves past ``ReferenceRow.save``."""
    if raw and issubclass(sender, ReferenceRow):
        ReferenceVersion.renew()


models.signals.post_save.connect(renew_when_loaded, dispatch_uid="erqi.reference")


def kept(model: type[Row]) -> Rows[Row]:
    """The rows of ``model`` as they are now: one small statement in a request, all of them only after a change."""
    version = ReferenceVersion.current()
    read: Any = _kept if version else _read
    return read(model, version)


def _read(model: type[Row], _version: str) -> Rows[Row]:
    # Where their version is from, wherever this request reads: a replica may still have the rows of an earlier one.
    rows = model._default_manager.using(DEFAULT_DB_ALIAS)
    return Rows(model, rows.without_tree_fields() if hasattr(rows, "without_tree_fields") else rows)


_kept = lru_cache(TABLES)(_read)
