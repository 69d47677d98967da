"""Photos by month, and documents."""

from dataclasses import dataclass
from itertools import groupby

from django.utils.timezone import localtime

from projects.models import Attachment, Project

# A page of pictures; the rest stands in the admin.
MOST = 120


@dataclass(frozen=True)
class Album:
    """``month``: (year, month) that the photos are of, else in which they came."""

    month: tuple[int, int]
    photos: list[Attachment]


@dataclass(frozen=True)
class Files:
    albums: list[Album]
    documents: list[Attachment]
    # Whether there are older ones that are not shown.
    cut: bool

    def __bool__(self) -> bool:
        return bool(self.albums or self.documents)


def files_of(project: Project, user) -> Files:
    """The newest month first; what hangs on a month that is not accepted is seen with that month only."""
    rows = Attachment.objects.visible_to(user).filter(project=project).select_related("report", "uploaded_by")
    found = list(rows[: MOST + 1])
    photos = [row for row in found[:MOST] if row.kind == Attachment.Kind.PHOTO]
    photos.sort(key=month_of, reverse=True)
    albums = [Album(month, list(group)) for month, group in groupby(photos, key=month_of)]
    documents = [row for row in found[:MOST] if row.kind == Attachment.Kind.DOCUMENT]
    return Files(albums, documents, cut=len(found) > MOST)


def month_of(attachment: Attachment) -> tuple[int, int]:
    report = attachment.report
    if report:
        return report.year, report.month
    uploaded = localtime(attachment.uploaded_at)
    return uploaded.year, uploaded.month
