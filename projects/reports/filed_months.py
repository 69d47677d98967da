"""The months of a project's year as they were filed: every version that a reader sees, and what it changed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from projects.models import ProgressReport, Project

from .texts import Piece, text_changes

Status = ProgressReport.Status


@dataclass(frozen=True)
class Filed:
    """One version of a month.

    ``beside``  what was accepted last before it: the version of the month that it corrects, else the newest accepted
    month before. The changes are those against it; None where nothing was accepted yet.
    """

    report: ProgressReport
    beside: ProgressReport | None

    @property
    def corrects(self) -> bool:
        return self.beside is not None and self.beside.month == self.report.month and self.beside.year == self.year

    @property
    def year(self) -> int:
        return self.report.year

    @property
    def change(self) -> Decimal | None:
        return None if self.beside is None else self.report.invested - self.beside.invested

    @property
    def physical_change(self) -> Decimal | None:
        if self.beside is None or self.beside.physical_percent is None or self.report.physical_percent is None:
            return None
        return self.report.physical_percent - self.beside.physical_percent

    @property
    def same_text(self) -> bool:
        return self.beside is not None and bool(self.report.note) and self.beside.note == self.report.note

    @property
    def pieces(self) -> list[Piece]:
        """The words of its note beside those accepted before, where that is what its reader has to judge.

        Of a correction and of what is not accepted yet; from one accepted month to the next all words change.
        """
        settled = self.report.status == Status.ACCEPTED and not self.corrects
        if settled or self.beside is None or self.beside.note == self.report.note:
            return []
        return text_changes(self.beside.note, self.report.note)


@dataclass(frozen=True)
class FiledMonth:
    """``versions``: the newest first; at most one of them is in force."""

    month: int
    versions: list[Filed]

    @property
    def newest(self) -> Filed:
        return self.versions[0]

    @property
    def in_force(self) -> Filed | None:
        accepted = (filed for filed in self.versions if filed.report.status == Status.ACCEPTED)
        return next(accepted, None)


def filed_months(*, project: Project, year: int, user, as_of: datetime | None = None) -> list[FiledMonth]:
    """As far as ``user`` may see them, the newest month first; of ``as_of`` only what was accepted by then.

    Two statements, whatever was filed.
    """
    before = ProgressReport.objects.in_force(as_of).filter(project=project, year__lt=year)
    accepted = before.order_by("-year", "-month").first()
    found: dict[int, list[Filed]] = defaultdict(list)
    for report in _versions(project, year, user, as_of):
        earlier = [filed.report for filed in found[report.month] if filed.report.status == Status.ACCEPTED]
        found[report.month].append(Filed(report, earlier[-1] if earlier else accepted_before(found, report, accepted)))
    return [FiledMonth(month, versions[::-1]) for month, versions in sorted(found.items(), reverse=True)]


def _versions(project: Project, year: int, user, as_of: datetime | None):
    """Month by month, the oldest version first; of those that were replaced, the accepted ones."""
    rows = ProgressReport.objects.shown_to(user).filter(project=project, year=year)
    known = Q(superseded_at=None) | Q(status=Status.ACCEPTED)
    if as_of is not None:
        known = Q(status=Status.ACCEPTED, accepted_at__lte=as_of)
    return rows.filter(known).select_related(*ProgressReport.PEOPLE).order_by("month", "revision")


def accepted_before(
    found: dict[int, list[Filed]], report: ProgressReport, last_year: ProgressReport | None
) -> ProgressReport | None:
    """The newest accepted month before that of ``report``: in its year, else the last of the years before."""
    months = sorted((month for month in found if month < report.month), reverse=True)
    for month in months:
        accepted = [filed.report for filed in found[month] if filed.report.status == Status.ACCEPTED]
        if accepted:
            return accepted[-1]
    return last_year
