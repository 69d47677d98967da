"""Attachments in the admin: a list and an upload form on the pages of what they belong to, and their content."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.pages import Page, register_page
from projects.downloads import content_response
from projects.models import Attachment, PlanChange, Problem, ProgressReport, Project
from projects.services import attachments

# In one go; a telephone's whole roll is a mistake.
MOST_AT_ONCE = 20


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Every file of the box; the services look into each of them."""

    def __init__(self, **kwargs):
        # HEIC is left out on purpose: telephones then hand over a JPEG.
        accept = "image/jpeg,image/png,image/webp,.pdf,.docx,.xlsx,.ofd"
        super().__init__(widget=SeveralFiles(attrs={"accept": accept}), allow_empty_file=True, **kwargs)

    def clean(self, data, initial=None):
        found = [super(FilesField, self).clean(one, initial) for one in data or []]
        if not found:
            raise ValidationError(_("请先选择文件。"))
        if len(found) > MOST_AT_ONCE:
            raise ValidationError(_("一次最多上传 %(n)s 个文件。") % {"n": MOST_AT_ONCE})
        return found


class UploadForm(forms.Form):
    """Posted beside the page's own form; ``next`` is that page."""

    uploads = FilesField(label=gettext_lazy("选择文件"))
    caption = forms.CharField(label=gettext_lazy("说明"), required=False, max_length=200)
    project: Any = forms.ModelChoiceField(Project.objects.none(), widget=forms.HiddenInput)
    report = forms.ModelChoiceField(ProgressReport.objects.none(), required=False, widget=forms.HiddenInput)
    plan_change = forms.ModelChoiceField(PlanChange.objects.none(), required=False, widget=forms.HiddenInput)
    problem = forms.ModelChoiceField(Problem.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["project"].queryset = Project.objects.visible_to(user)
        fields["report"].queryset = ProgressReport.objects.shown_to(user)
        fields["plan_change"].queryset = PlanChange.objects.visible_to(user)
        fields["problem"].queryset = Problem.objects.visible_to(user)


@require_safe
def attachment(request, pk: int):
    return content_response(get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk))


@require_POST
def add(request):
    """Each file for itself: the good ones stay, and each refused one is named with its reason."""
    form = UploadForm(request.POST, request.FILES, user=request.user)
    if not form.is_valid():
        if set(form.errors) - {"uploads", "caption"}:
            raise Http404
        for text in (text for errors in form.errors.values() for text in errors):
            messages.error(request, str(text))
        return back(request)
    given = form.cleaned_data
    files = given.pop("uploads")
    kept = [file for file in files if _keep(request, file, given)]
    if kept:
        messages.success(request, _("已上传 %(n)s 个附件。") % {"n": len(kept)})
    return back(request)


def _keep(request, file, given) -> bool:
    try:
        attachments.attach(file=file, by=request.user, **given)
    except Forbidden as error:
        raise PermissionDenied(error.message) from error
    except (ValidationError, Conflict) as error:
        told: list[Any] = error.messages if isinstance(error, ValidationError) else [error.message]
        messages.error(request, _("“%(name)s”没有上传：%(why)s") % {"name": file.name, "why": "".join(told)})
        return False
    return True


@require_POST
def remove(request, pk: int):
    rows = Attachment.objects.visible_to(request.user)
    found = get_object_or_404(rows.select_related("project", "report", "plan_change", "problem"), pk=pk)
    try:
        attachments.remove(found, by=request.user)
    except Forbidden as error:
        raise PermissionDenied(error.message) from error
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("附件“%(name)s”已删除。") % {"name": found})
    return back(request)


def back(request) -> HttpResponseRedirect:
    """To the page the form stood on, and to no other site."""
    page = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(f"{page}#attachments" if safe else reverse("admin:index"))


def nobody(_user) -> bool:
    return False


def _page(path: str, name: str, view) -> Page:
    return Page(path, name, gettext_lazy("附件"), view, offered=nobody, in_navigation=False)


register_page(_page("attachments/add/", "attachment_add", add))
register_page(_page("attachments/<int:pk>/", "attachment", attachment))
register_page(_page("attachments/<int:pk>/remove/", "attachment_remove", remove))
