"""A superuser installs the system and gets it out of trouble; the daily work is for accounts with roles."""

from datetime import UTC, datetime, timedelta

from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from erqi.core.models import AuditEvent

from .models import User

LOOKED_BACK = timedelta(days=30)
# Installing takes a day or two, an emergency another.
FEW_DAYS = 3


def days_in_use() -> int:
    """Days (UTC) of the last month on which some superuser changed something or signed in last."""
    since = (datetime.now(UTC) - LOOKED_BACK).date().isoformat()
    known = dict(User.objects.filter(is_superuser=True).values_list("username", "last_login"))
    changes = AuditEvent.objects.filter(actor__in=known, at__gte=since).order_by()
    days = set(changes.annotate(day=Substr("at", 1, 10)).values_list("day", flat=True).distinct())
    days |= {login.astimezone(UTC).date().isoformat() for login in known.values() if login}
    return len([day for day in days if day >= since])


def notice(user) -> str:
    """What every page of the admin says to a superuser; empty for everybody else."""
    if not user.is_superuser:
        return ""
    told = _("您正以超级用户登录。它只供安装和应急，不受权限表约束；日常工作请使用三员账号和业务账号。")
    days = days_in_use()
    if days > FEW_DAYS:
        told += _("近 30 天有 %(n)s 天使用过超级用户，请尽快建齐三员并停止日常使用。") % {"n": days}
    return told
