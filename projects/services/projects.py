from collections.abc import Callable, Iterable

from django.db import transaction

from erqi.accounts.models import User
from erqi.core.services import audit
from projects.models import Project, Unit
from projects.models.cells import FINE

from . import totals

# What decides where, and as what, a project is counted.
COUNTED_BY = (*(f"{column}_id" for column in FINE), "stage")


@transaction.atomic
def save_project(
    project: Project,
    *,
    by: User,
    supporting_units: Iterable[Unit] | None = None,
    approval_codes: list[str] | None = None,
) -> Project:
    """Validate and save a project with its links; one audit event says what was before and after.

    ``supporting_units`` and ``approval_codes`` (code strings) replace the present ones; None leaves them alone.
    """
    old = Project.objects.locked(project.pk) if project.pk else None
    before = described(old) if old else {}
    project.full_clean()
    counted = save_row(project, project.save, old=old)
    if supporting_units is not None:
        project.supporting_units.set(supporting_units)
    if approval_codes is not None:
        _replace_codes(project, approval_codes)
    action = "project.change" if before else "project.add"
    audit.record_change(action, project, by=by, before=before, after=described(project))
    totals.move(*counted)
    return project


def save_row(project: Project, save: Callable[[], None], *, old: Project | None) -> tuple[totals.Cells, totals.Cells]:
    """What the project, held as it was in ``old``, contributes before and after ``save``: for ``totals.move``, once the
    change stands in the audit trail.
    """
    if old is None:
        save()
        return {}, totals.first_of(project)
    moved = any(getattr(old, name) != getattr(project, name) for name in COUNTED_BY)
    before = totals.contribution_of(old) if moved else {}
    save()
    return before, totals.contribution_of(project) if moved else {}


def _replace_codes(project: Project, codes: list[str]) -> None:
    project.approval_codes.exclude(code__in=codes).delete()
    present = set(project.approval_codes.values_list("code", flat=True))
    for code in dict.fromkeys(codes):
        if code not in present:
            row = project.approval_codes.model(project=project, code=code)
            row.full_clean()
            row.save()


def described(project: Project) -> dict:
    """For the audit trail: the row, its links and its approval codes."""
    codes = project.approval_codes.order_by("code").values_list("code", flat=True)
    return audit.snapshot(project) | {"approval_codes": "、".join(codes)}
