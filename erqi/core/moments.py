"""Dates and moments from outside: only the one form in which they cannot be misread."""

import re
from datetime import UTC, date, datetime

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)

# Beyond these, zones have odd offsets and arithmetic overflows; nobody means them.
EARLIEST, LATEST = "1970", "2999"


def parse_date(text) -> date:
    """YYYY-MM-DD; ``ValidationError`` for anything else, such as 2026-W01-1 or 20260101."""
    try:
        if isinstance(text, str) and DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValidationError(
        _("“%(value)s”不是有效日期，请写成 2017-06-30。") % {"value": str(text)[:40]}, code="invalid_date"
    )


def parse_moment(text) -> datetime:
    """An ISO 8601 moment with its zone, as UTC. A naive one is refused: nobody can tell which zone was meant."""
    try:
        if isinstance(text, str) and MOMENT.fullmatch(text) and EARLIEST <= text[:4] <= LATEST:
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValidationError(
        _("“%(value)s”不是带时区的时刻，请写成 2017-06-30T18:00:00+08:00（放在网址里时“+”写成 %%2B）。")
        % {"value": str(text)[:40]},
        code="invalid_moment",
    )


def parse_past_moment(text) -> datetime:
    """As ``parse_moment``, but not to come: what will then be known, nobody knows, and today's figures are not it."""
    moment, now = parse_moment(text), timezone.localtime()
    if moment > now:
        raise ValidationError(
            _("“%(value)s”还没有到：请填现在（%(now)s）或以前的时刻；查现在的数据时不写 as_of。")
            % {"value": str(text)[:40], "now": now.isoformat(timespec="seconds")},
            code="moment_to_come",
        )
    return moment
