"""Writing a month only as its reader saw it: what somebody else did meanwhile is told, not overwritten."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from erqi.core import money
from erqi.core.exceptions import Conflict
from projects.models import ProgressReport, Project

from .steps import at, state_facts


def version(report: ProgressReport | None) -> str:
    """Which version of a month's standing report a reader sees: its content, its state, and since when."""
    if report is None:
        return ""
    content = (report.invested, report.physical_percent, report.note, report.explanation)
    said = [report.pk, report.status, report.standing[1], *(str(value) for value in content)]
    return hashlib.blake2s(repr(said).encode(), digest_size=8).hexdigest()


@contextmanager
def unchanged(project: Project, year: int, month: int, *, seen: str) -> Iterator[ProgressReport | None]:
    """One transaction with the project held, and the month's standing report: the open one, else the one in force.

    ``Conflict`` unless it is the version ``seen``; its facts hold the version that is there now.
    """
    with transaction.atomic():
        Project.objects.locked(project.pk)
        rows = ProgressReport.objects.current().filter(project=project, year=year, month=month)
        # An open report is a later revision than the one in force.
        standing = rows.select_related(*ProgressReport.PEOPLE).order_by("-revision").first()
        if version(standing) != seen:
            raise _changed(standing)
        yield standing


def _changed(now: ProgressReport | None) -> Conflict:
    if now is None:
        return Conflict(_("这一项在您打开页面之后已被改动，请核对后再操作。"), code="changed_since", version="")
    who, when = now.standing
    message = _(
        "%(who)s 已于 %(when)s 将本月填为 %(amount)s 万元（%(status)s）。请核对；再次操作将以您填写的为准。"
    ) % {
        "who": who or _("系统"),
        "when": at(when),
        "amount": money.wan(now.invested),
        "status": now.get_status_display(),
    }
    return Conflict(message, code="changed_since", **state_facts(now), version=version(now))
