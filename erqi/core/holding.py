"""A row by its key, held until the transaction ends: what every write begins with, so put into SQL once."""

from typing import Any, Generic, TypeVar, cast

from django.db import models, transaction

from .prepared import Param, Prepared

Row = TypeVar("Row", bound=models.Model)


class Holding(Generic[Row]):
    """``Holding(Project, "code")(code="P0001")``: the row, or None.

    FOR NO KEY UPDATE: foreign keys are checked at commit and would otherwise wait for this lock while holding the end
    of the audit chain, which its holder waits for in turn.
    """

    def __init__(self, model: type[Row], *key: str):
        self.model, self.key = model, key
        self.read = Prepared(self._rows)

    def _rows(self) -> models.QuerySet:
        wanted = {name: Param(name, cast(models.Field, self.model._meta.get_field(name))) for name in self.key}
        return self.model._default_manager.filter(**wanted).order_by().select_for_update(no_key=True)

    def __call__(self, **key: Any) -> Row | None:
        if not transaction.get_connection().in_atomic_block:
            raise transaction.TransactionManagementError("held outside of a transaction")
        return next(iter(self.read(**key)), None)
