from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


def refuse_cycle(row: models.Model, field: str = "parent") -> None:
    """``ValidationError`` on ``field`` when going up from ``row`` would come back to it."""
    seen, above = {row.pk}, getattr(row, field)
    while above is not None:
        if above.pk in seen:
            raise ValidationError({field: _("“%(name)s”在其下级之中，不能作为上级。") % {"name": getattr(row, field)}})
        seen.add(above.pk)
        above = getattr(above, field)
