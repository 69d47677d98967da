"""Photos and documents: kept beside the database under names nobody can guess, each change of them audited."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core import validators
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.services import audit
from projects.models import Attachment, PlanChange, Problem, ProgressReport, Project

from . import steps
from .uploads import Received, recognise, refusal

NAME_LENGTH = 200
# Whoever may do one of these on a project may add to it.
WRITERS = (Action.REPORT, Action.REVIEW)


@dataclass(frozen=True)
class Place:
    """Where a file hangs: on the project, or on one of its rows."""

    project: Project
    report: ProgressReport | None = None
    plan_change: PlanChange | None = None
    problem: Problem | None = None

    @property
    def rows(self) -> dict[str, ProgressReport | PlanChange | Problem]:
        found = {"report": self.report, "plan_change": self.plan_change, "problem": self.problem}
        return {name: row for name, row in found.items() if row is not None}


def attach(
    *,
    project: Project,
    file: File,
    by: User | None,
    report: ProgressReport | None = None,
    plan_change: PlanChange | None = None,
    problem: Problem | None = None,
    caption: str = "",
) -> Attachment:
    """Keep ``file``, after finding out what it is.

    Outermost of all transactions, because the file is written first and has to go again when the row does not stay.
    """
    _check_caption(caption)
    _require_reach(project, by)
    received = recognise(_read(file))
    stored: Any = ""
    try:
        with transaction.atomic(durable=True):
            place = _locked(Place(project, report, plan_change, problem))
            _check_place(place)
            attachment = _row(place, received, file.name or "", caption.strip(), by)
            _refuse_twice(place, attachment)
            stored = attachment.file.storage.save(
                attachment.file.field.generate_filename(attachment, attachment.name), ContentFile(received.content)
            )
            attachment.file.name = stored
            attachment.save()
            audit.record("attachment.add", project, by=by, after=_described(attachment))
    except BaseException:
        if stored:
            Attachment.file.field.storage.delete(stored)
        raise
    return attachment


@transaction.atomic
def remove(attachment: Attachment, *, by: User | None) -> None:
    """Taken back by the one who added it, while what it hangs on is still open; the file goes with the row."""
    place = _locked(Place(attachment.project, attachment.report, attachment.plan_change, attachment.problem))
    attachment = Attachment.objects.select_for_update(of=("self",), no_key=True).get(pk=attachment.pk)
    if by is not None and attachment.uploaded_by_id != by.pk:
        raise Forbidden(_("附件“%(name)s”由他人上传，只能由上传人删除。") % {"name": attachment}, code="not_own_upload")
    _require_reach(place.project, by)
    _check_place(place)
    audit.record("attachment.delete", place.project, by=by, before=_described(attachment))
    storage, stored = attachment.file.storage, attachment.file.name
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(str(stored)))


def removable(attachment: Attachment, *, by: User) -> bool:
    """Whether ``remove`` would do it; ``attachment`` with its report, plan change and problem."""
    rows = (attachment.report, attachment.plan_change, attachment.problem)
    return attachment.uploaded_by_id == by.pk and not any(row is not None and is_closed(row) for row in rows)


def is_closed(row: ProgressReport | PlanChange | Problem) -> bool:
    """Whether nobody adds to it or takes from it any more: its decision rests on what hangs there."""
    if isinstance(row, ProgressReport):
        return row.status == ProgressReport.Status.ACCEPTED or row.superseded_at is not None
    if isinstance(row, PlanChange):
        return row.status != PlanChange.Status.PENDING
    return row.status == Problem.Status.CLOSED


def may_attach(project: Project, *, by: User) -> bool:
    return any(Project.objects.reachable(by, action).filter(pk=project.pk).exists() for action in WRITERS)


def _require_reach(project: Project, by: User | None) -> None:
    if by is not None and not may_attach(project, by=by):
        raise Forbidden(
            _("“%(project)s”由%(unit)s负责，不在您可以操作的范围内。")
            % {"project": project, "unit": project.lead_unit or project.area},
            code="out_of_reach",
        )


def _locked(place: Place) -> Place:
    """The project's row is what the decisions lock as well, so a row cannot be closed while a file is hung on it."""
    project = Project.objects.locked(place.project.pk)
    fresh: dict[str, Any] = {name: type(row).objects.get(pk=row.pk) for name, row in place.rows.items()}
    return Place(project, **fresh)


def _check_place(place: Place) -> None:
    rows = place.rows
    if len(rows) > 1:
        raise ValidationError({name: _("一个附件只能属于月度进度、计划调整、问题中的一项。") for name in rows})
    for name, row in rows.items():
        if row.project_id != place.project.pk:
            raise ValidationError({name: _("“%(row)s”不是这个项目的。") % {"row": row}})
        if is_closed(row):
            message = _("“%(row)s”现为“%(state)s”，附件不能再增减。")
            facts = {"row": row, "state": row.get_status_display()}
            raise Conflict(message % facts, code="attachments_closed", **steps.state_facts(row))


def _refuse_twice(place: Place, attachment: Attachment) -> None:
    beside = Attachment.objects.filter(
        project=place.project, **{name: place.rows.get(name) for name in ("report", "plan_change", "problem")}
    )
    same = beside.filter(sha256=attachment.sha256).select_related("uploaded_by").first()
    if same:
        message = _("这份文件已由%(who)s于 %(when)s 上传过（%(name)s），不必再传。")
        who = same.uploaded_by or _("系统")
        raise refusal(message % {"who": who, "when": steps.at(same.uploaded_at), "name": same.name})


def _row(place: Place, received: Received, name: str, caption: str, by: User | None) -> Attachment:
    return Attachment(
        project=place.project,
        **place.rows,
        kind=received.kind,
        name=_plain_name(name, received.extensions),
        caption=caption,
        content_type=received.content_type,
        size=len(received.content),
        sha256=hashlib.sha256(received.content).hexdigest(),
        uploaded_by=by,
    )


def _read(file: File) -> bytes:
    limit = settings.ATTACHMENT_MAX_MB * 1024 * 1024
    # One byte more than allowed tells the difference, whatever the sender says of its size.
    content = file.read(limit + 1)
    if len(content) > limit:
        raise refusal(_("文件超过 %(n)s MB，请压缩或拆分后再上传。") % {"n": settings.ATTACHMENT_MAX_MB})
    return content


def _plain_name(name: str, extensions: tuple[str, ...]) -> str:
    """What the sender called it, without folders and invisible characters, ending as its content says."""
    base = re.sub(r"[\x00-\x1f\x7f]", "", PurePosixPath(name.replace("\\", "/")).name)
    base = validators.UNWANTED.sub("", base).strip(" .") or _("附件")
    stem, _dot, last = base.rpartition(".")
    stem, ending = (stem, f".{last}") if base.lower().endswith(extensions) else (base, extensions[0])
    return (stem or _("附件"))[: NAME_LENGTH - len(ending)] + ending


def _check_caption(caption: str) -> None:
    if len(caption.strip()) > 200:
        raise ValidationError({"caption": _("说明不超过 200 字。")})
    try:
        validators.plain_text(caption)
    except ValidationError as error:
        raise ValidationError({"caption": error}) from error


def _described(attachment: Attachment) -> dict[str, str]:
    names = ("name", "caption", "content_type", "size", "sha256", "report_id", "plan_change_id", "problem_id")
    return {name: str(value) for name in names if (value := getattr(attachment, name)) not in (None, "")}


def listed_for(user: User, place: Place) -> list[Attachment]:
    """Those that hang just there, newest first, as far as ``user`` may see them."""
    there = {name: place.rows.get(name) for name in ("report", "plan_change", "problem")}
    nothing = Q(**{f"{name}__isnull": True for name, row in there.items() if row is None})
    rows = Attachment.objects.visible_to(user).filter(nothing, project=place.project, **place.rows)
    return list(rows.select_related("uploaded_by", "report", "plan_change", "problem"))
