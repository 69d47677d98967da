"""What people write beside a step: words and days, each refused by the name of its box."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from erqi.core import validators
from projects.models.choices import require_day_in_range

# What the audit trail keeps of a reason.
REASON_LENGTH = 500


def words(name: str, text: str, *, limit: int = REASON_LENGTH) -> str:
    """Trimmed; refused when it is longer than what is kept, or holds what nobody can see."""
    text = text.strip()
    if len(text) > limit:
        raise ValidationError(
            {name: _("最多 %(limit)s 字，现有 %(length)s 字。") % {"limit": limit, "length": len(text)}}
        )
    try:
        validators.plain_text(text)
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error
    return text


def reason(text: str, *, limit: int = REASON_LENGTH) -> str:
    if not text.strip():
        raise ValidationError({"reason": _("须写明理由。")})
    return words("reason", text, limit=limit)


def day(name: str, value: date) -> date:
    require_day_in_range(name, value)
    return value


def day_to_come(name: str, value: date) -> date:
    if day(name, value) < timezone.localdate():
        wrong = _("“%(day)s”已经过去，请填今天或以后的日期。") % {"day": value.isoformat()}
        raise ValidationError({name: wrong})
    return value


def day_past(name: str, value: date) -> date:
    if day(name, value) > timezone.localdate():
        wrong = _("“%(day)s”还没有到，请填今天或以前的日期。") % {"day": value.isoformat()}
        raise ValidationError({name: wrong})
    return value
