from typing import Any

from django.db import models


class NaturalKeyManager(models.Manager):
    """Finds a row by the fields given once, so that fixtures need no primary keys."""

    natural_fields: tuple[str, ...] = ()

    def get_by_natural_key(self, *values: Any) -> models.Model:
        return self.get(**dict(zip(self.natural_fields, values, strict=True)))


def natural_key_manager(*fields: str, queryset: type[models.QuerySet] = models.QuerySet) -> Any:
    """A manager over ``queryset`` that finds a row by ``fields``; nested keys are written ``project__code``."""
    manager = NaturalKeyManager.from_queryset(queryset)()
    manager.natural_fields = fields
    return manager
