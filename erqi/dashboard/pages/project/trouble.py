"""What stands in a project's way and what was ordered about it; the open ones first, by their deadline."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Problem, Project, SupervisionOrder


@dataclass(frozen=True)
class Trouble:
    """``row`` a problem or an order, with its deadline as seen on ``day``."""

    row: Any
    due: date
    open: bool
    day: date

    @property
    def late(self) -> bool:
        return self.open and self.due < self.day

    @property
    def left(self) -> str:
        """How far the deadline is, in words; of what is settled nothing."""
        return left_words(self.due, self.day) if self.open else ""

    @property
    def who(self) -> Any:
        return self.row.standing[0]

    @property
    def at(self) -> Any:
        return self.row.standing[1]


def problems_of(project: Project, user, day: date) -> list[Trouble]:
    people = ("responsible_unit", "status_by", "raised_by", "closed_by")
    rows = Problem.objects.visible_to(user).filter(project=project).select_related(*people)
    return _sorted(Trouble(row, row.deadline, row.status != Problem.Status.CLOSED, day) for row in rows)


def orders_of(project: Project, user, day: date) -> list[Trouble]:
    people = ("unit", "status_by", "issued_by", "signed_by", "answered_by", "closed_by")
    rows = SupervisionOrder.objects.visible_to(user).filter(project=project).select_related(*people)
    return _sorted(Trouble(row, row.due, row.status not in SupervisionOrder.FINAL, day) for row in rows)


def _sorted(found: Iterable[Trouble]) -> list[Trouble]:
    return sorted(found, key=lambda trouble: (not trouble.open, trouble.due))


def left_words(due: date, day: date) -> str:
    left = (due - day).days
    if left < 0:
        return _("逾期 %(days)s 天") % {"days": -left}
    words = ngettext("还有 %(days)s 天", "还有 %(days)s 天", left)
    return words % {"days": left} if left else _("当天到期")
