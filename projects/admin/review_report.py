"""One filed month with everything that helps to decide it."""

import json
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.models import User
from erqi.accounts.roles import Action
from erqi.core.admin.words import action_name
from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from erqi.core.pages import Page, register_page
from projects import reports
from projects.models import ProgressReport
from projects.reports.texts import text_changes
from projects.services import review, workflow

from .review import ReturnForm, may_review, rows_of, with_people
from .review_filter import Queue


def report_view(request: HttpRequest, pk: int):
    if not may_review(request.user):
        raise PermissionDenied
    rows = ProgressReport.objects.reachable(request.user, Action.REVIEW).exclude(status=ProgressReport.Status.DRAFT)
    report = with_people(rows).filter(pk=pk).first()
    if report is None:
        raise Http404
    queue, form = Queue(request.user, request.GET), ReturnForm()
    if request.method == "POST":
        form = ReturnForm(request.POST)
        answer = _decide(request, report, queue, form)
        if answer:
            return answer
    return TemplateResponse(request, "admin/projects/review/report.html", _context(request, report, queue, form))


def _context(request, report: ProgressReport, queue: Queue, form: ReturnForm) -> dict[str, Any]:
    (row,) = rows_of([report], request.user)
    last = row.compared.last
    before, after = queue.neighbours(report)
    return {
        **admin.site.each_context(request),
        "title": str(report.project),
        "subtitle": _("月度审核"),
        "row": row,
        "report": report,
        "queue": queue,
        "previous": _address(before, queue) if before else "",
        "next": _address(after, queue) if after else "",
        "pieces": text_changes(last.note, report.note) if last and row.compared.same_text is False else [],
        "months": reports.project_year(project=report.project, year=report.year).months,
        "trail": _trail(report),
        "form": form,
        "meant": dict(ProgressReport.Field.choices),
        "verb": request.POST.get("verb", ""),
    }


def _address(pk: int, queue: Queue) -> str:
    query = f"?{queue.query}" if queue.query else ""
    return reverse("admin:review_report", args=[pk]) + query


# — deciding —


def _decide(request, report: ProgressReport, queue: Queue, form: ReturnForm):
    """Where to go after it; None when what was typed has to be corrected first."""
    verb = request.POST.get("verb")
    if verb != workflow.ACCEPT.verb and not form.is_valid():
        return None
    try:
        DECISIONS.get(verb, _return)(request, report, form)
    except ValidationError as error:
        for message in error.messages:
            form.add_error(None, message)
        return None
    except (Conflict, Forbidden) as refused:
        messages.error(request, refused.message)
        stays = isinstance(refused, Conflict) and refused.code in {"filed_again", "not_endorsed"}
        return redirect(request.get_full_path() if stays else _onwards(report, queue))
    return redirect(request.get_full_path() if verb == workflow.REOPEN.verb else _onwards(report, queue))


def _onwards(report: ProgressReport, queue: Queue) -> str:
    """The next one in the queue, else the one before, else the queue itself."""
    before, after = queue.neighbours(report)
    found = after or before
    if found:
        return _address(found, queue)
    return reverse("admin:review") + (f"?{queue.query}" if queue.query else "")


def _accept(request, report, _form) -> None:
    review.accept_seen(report, seen=request.POST.get("seen", ""), by=request.user)
    messages.success(request, _("已认定：%(month)s。") % {"month": report})


def _return(request, report, form) -> None:
    given = form.cleaned_data
    seen = request.POST.get("seen", "")
    review.return_seen(report, seen=seen, by=request.user, reason=given["reason"], fields=given["fields_meant"])
    messages.success(request, _("已退回：%(month)s。") % {"month": report})


def _reopen(request, report, form) -> None:
    workflow.reopen(report, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("已请单位更正：%(month)s。更正认定之前，仍以现有数字为准。") % {"month": report})


def _dismiss(request, report, form) -> None:
    workflow.dismiss(report, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("已撤销更正：%(month)s。仍以现有数字为准。") % {"month": report})


DECISIONS = {
    workflow.ACCEPT.verb: _accept,
    workflow.RETURN.verb: _return,
    workflow.REOPEN.verb: _reopen,
    workflow.DISMISS.verb: _dismiss,
}


# — what happened —


def _trail(report: ProgressReport) -> list[dict[str, Any]]:
    """The project's events of this month, newest first: who did what, and with which words."""
    events = list(
        AuditEvent.objects.filter(
            model="projects.project",
            object_key=report.project.code,
            action__startswith="progress.",
            after__contains=f'"year": "{report.year}"',
        )
        .filter(after__contains=f'"month": "{report.month}"')
        # What a unit drafts is its own business until it files it.
        .exclude(action="progress.draft")
        .order_by("-sequence")
    )
    names = {user.username: str(user) for user in User.objects.filter(username__in={event.actor for event in events})}
    return [_event(event, names) for event in events]


def _event(event: AuditEvent, names: dict[str, str]) -> dict[str, Any]:
    after = json.loads(event.after)
    at = parse_datetime(event.at)
    return {
        "what": action_name(event.action),
        "who": names.get(event.actor, _("系统") if event.actor == "system" else event.actor),
        "at": timezone.localtime(at) if at else None,
        "invested": Decimal(after["invested"]) if after.get("invested") else None,
        "revision": after.get("revision"),
        "reason": event.reason,
    }


register_page(
    Page(
        path="review/<int:pk>/",
        name="review_report",
        label=gettext_lazy("月度审核"),
        view=report_view,
        offered=may_review,
        in_navigation=False,
    )
)
