"""Setting how strictly the checks on filing are applied; what they look at stands in ``checks``."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.core.services import audit
from projects.models import FilingCheck

from .checks import CHECKS


@transaction.atomic
def set_check(*, code: str, severity: str, threshold: Decimal | None, by: User | None) -> bool:
    """Whether anything changed. Reports that are filed already keep what was found of them then."""
    check = CHECKS.get(code)
    if check is None:
        raise ValidationError(_("没有这项检查：%(code)s。") % {"code": code})
    if threshold == check.threshold or check.threshold is None:
        threshold = None
    elif threshold is not None and threshold <= 0:
        raise ValidationError({"threshold": _("界限应大于 0。")})
    row = FilingCheck.objects.select_for_update().filter(code=code).first()
    standing = (row.severity, row.threshold) if row else (check.severity, None)
    if standing == (severity, threshold):
        return False
    before = audit.snapshot(row) if row else {}
    row = row or FilingCheck(code=code)
    row.severity, row.threshold = severity, threshold
    row.full_clean()
    row.save()
    audit.record_change(
        "filingcheck.change" if before else "filingcheck.add", row, by=by, before=before, after=audit.snapshot(row)
    )
    return True


@transaction.atomic
def restore_defaults(*, by: User | None) -> int:
    """Every check as it comes with the system; how many that changed."""
    changed = [set_check(code=c, severity=check.severity, threshold=None, by=by) for c, check in CHECKS.items()]
    return sum(changed)
