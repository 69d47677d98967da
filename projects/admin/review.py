"""The bureau's queue: months that wait for review, accepted or returned one by one or many at once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.roles import Action, Area, may
from erqi.core import validators
from erqi.core.pages import Page, register_page
from erqi.core.words import listed
from projects.models import ProgressReport
from projects.reports.review import Compared, compared
from projects.services import checks, review, workflow
from projects.services.review import Outcome, Result

from .review_filter import ORDER, Queue

ON_A_PAGE = 50


def may_review(user) -> bool:
    return may(user, Area.PROJECT, Action.REVIEW)


class ReturnForm(forms.Form):
    """Why a month goes back, and which boxes of it are meant."""

    reason = forms.CharField(
        label=gettext_lazy("退回理由"),
        max_length=500,
        validators=[validators.plain_text],
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("退回须写明理由，单位据此修改。")},
    )
    fields_meant = forms.MultipleChoiceField(
        label=gettext_lazy("所指栏目（可不选）"),
        choices=ProgressReport.Field.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class Row:
    """A line of the queue: a month, what it is compared with, and what its reader may do about it."""

    def __init__(self, found: Compared, verbs: list[str], user):
        self.compared, self.verbs = found, verbs
        self.report = found.report
        self.stamp = review.stamp(self.report)
        named = {self.report.recorded_by_id, self.report.submitted_by_id, self.report.endorsed_by_id}
        self.own = user.pk in named | {*self.report.authors}

    @property
    def acceptable(self) -> bool:
        return workflow.ACCEPT.verb in self.verbs

    @property
    def findings(self) -> list[str]:
        return [finding.message for finding in checks.stored(self.report)]


def rows_of(reports: list[ProgressReport], user) -> list[Row]:
    verbs = workflow.allowed(reports, by=user)
    return [Row(found, verbs[found.report.pk], user) for found in compared(reports)]


def with_people(rows: QuerySet[ProgressReport]) -> QuerySet[ProgressReport]:
    names = ("project__lead_unit", "project__category", "project__programme", *ProgressReport.PEOPLE)
    return rows.select_related(*names).annotate(attached=Count("attachments"))


def queue_view(request: HttpRequest):
    if not may_review(request.user):
        raise PermissionDenied
    queue, form = Queue(request.user, request.GET), ReturnForm()
    if request.method == "POST":
        form = ReturnForm(request.POST)
        if _decided(request, form):
            return redirect(request.get_full_path())
    return TemplateResponse(request, "admin/projects/review/queue.html", _context(request, queue, form))


def _context(request, queue: Queue, form: ReturnForm) -> dict[str, Any]:
    page = Paginator(with_people(queue.rows), ON_A_PAGE).get_page(request.GET.get("p"))
    return {
        **admin.site.each_context(request),
        "title": _("月度审核"),
        "queue": queue,
        "page": page,
        "rows": rows_of(list(page), request.user),
        "form": form,
        "chosen": request.POST.getlist("chosen"),
        "outcomes": request.session.pop("review_outcomes", None),
    }


# — many at once —


def _decided(request, form: ReturnForm) -> bool:
    """False when the page has to be shown again because of what was typed into it."""
    seen = dict(_seen(request.POST.getlist("chosen")))
    if not seen:
        messages.warning(request, _("请先勾选要处理的月份。"))
        return True
    reports = list(
        ProgressReport.objects.reachable(request.user, Action.REVIEW)
        .exclude(status=ProgressReport.Status.DRAFT)
        .filter(pk__in=list(seen)[:ON_A_PAGE])
        .select_related("project")
        .order_by(*ORDER)
    )
    if request.POST.get("verb") == workflow.ACCEPT.verb:
        outcomes = review.accept_many(reports, seen=seen, by=request.user)
    elif form.is_valid():
        given = form.cleaned_data
        outcomes = review.return_many(
            reports, seen=seen, by=request.user, reason=given["reason"], fields=given["fields_meant"]
        )
    else:
        return False
    _tell(request, outcomes)
    return True


def _seen(values: list[str]):
    """“pk|stamp” as the boxes send it; anything else is not a row."""
    for value in values:
        pk, _bar, stamp = value.partition("|")
        if pk.isascii() and pk.isdecimal() and len(pk) < 19:
            yield int(pk), stamp


def _tell(request, outcomes: list[Outcome]) -> None:
    """How many were done in one sentence; which were not, and why, in a list that stays until the next visit."""
    done = [outcome for outcome in outcomes if outcome.result == Result.DONE]
    accepting = request.POST.get("verb") == workflow.ACCEPT.verb
    if done:
        text = _("已认定 %(n)s 项：%(names)s。") if accepting else _("已退回 %(n)s 项：%(names)s。")
        names = listed(_named(outcome.report) for outcome in done)
        messages.success(request, text % {"n": len(done), "names": names})
    rest = [outcome for outcome in outcomes if outcome.result != Result.DONE]
    if rest:
        messages.warning(request, _("有 %(n)s 项未处理，原因见下。") % {"n": len(rest)})
        request.session["review_outcomes"] = [
            {"pk": outcome.report.pk, "name": _named(outcome.report), "message": outcome.message} for outcome in rest
        ]


def _named(report: ProgressReport) -> str:
    return _("%(project)s %(month)s 月") % {"project": report.project, "month": report.month}


register_page(Page(path="review/", name="review", label=gettext_lazy("月度审核"), view=queue_view, offered=may_review))
