from django.db import models


class NaturalKeyMixin:
    """``get_by_natural_key`` from the field names given once, so that fixtures need no primary keys."""

    natural_fields: tuple[str, ...] = ()

    def get_by_natural_key(self, *values):
        return self.get(**dict(zip(self.natural_fields, values, strict=True)))


def natural_key_manager(*fields: str, queryset=models.QuerySet):
    """A manager over ``queryset`` that finds a row by ``fields``; nested keys are written ``project__code``."""
    base = models.Manager.from_queryset(queryset)
    manager = type("NaturalKeyManager", (NaturalKeyMixin, base), {"natural_fields": fields})
    return manager()
