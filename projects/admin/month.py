"""The month page: a clerk files the whole list, a unit's head signs it. Written through the services only."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.accounts.roles import Action, Area, may
from erqi.core.pages import Page, register_page

from .month_desk import Desk
from .month_forms import DecisionForm, FilingForm, RowForm

DONE = {
    "draft": gettext_lazy("已存草稿 %(n)s 项。"),
    "submit": gettext_lazy("%(n)s 项已报送。"),
    "withdraw": gettext_lazy("%(n)s 项已撤回，可以修改后重新报送。"),
    "endorse": gettext_lazy("%(n)s 项已签审。"),
    "return": gettext_lazy("%(n)s 项已退回。"),
}
NOTHING = {
    "draft": gettext_lazy("没有改动，不需要保存。"),
    "submit": gettext_lazy("还没有填写的项：填好“本月完成”后再报送。"),
    "endorse": gettext_lazy("请先勾选要签审的项。"),
}
# Of the hints about drafts, as many as are read at once.
HINTS = 5


def offered(user) -> bool:
    return may(user, Area.PROJECT, Action.REPORT) or may(user, Area.PROJECT, Action.ENDORSE)


def month_page(request: HttpRequest):
    if not offered(request.user):
        raise PermissionDenied
    if request.method == "POST":
        return _write(request)
    return _shown(request, Desk(request.user, request.GET))


def _shown(request, desk: Desk, told: str = ""):
    context = {**admin.site.each_context(request), "title": _("我的本月"), "desk": desk, "told": told}
    return TemplateResponse(request, "admin/projects/month/page.html", context)


def _write(request):
    """Each row by itself: what is good is saved, the rest comes back as it was typed."""
    verb, _colon, target = request.POST.get("do", "").partition(":")
    sent = Desk(request.user, request.GET).sent(request.POST)
    chosen = [form for form in sent if verb in DONE and _meant(form, verb, target)]
    tried = {form: form.attempt(verb) for form in chosen}
    refused = [form for form, warnings in tried.items() if warnings is None]
    unsaved = [form for form in sent if form not in tried and form.changed]
    told = _tell(request, verb, tried, refused, unsaved)
    if not refused and not unsaved:
        return redirect(request.get_full_path())
    return _shown(request, Desk(request.user, request.GET, typed=[*refused, *unsaved], shown=sent), told)


def _meant(form: RowForm, verb: str, target: str) -> bool:
    """Whether the button that was pressed speaks of this row."""
    filing = verb in {"draft", "submit"}
    if filing != isinstance(form, FilingForm):
        return False
    if target != "all":
        return target == str(form.entry.project.pk)
    if isinstance(form, DecisionForm):
        return verb == "endorse" and bool(form["chosen"].value())
    return form.changed or (verb == "submit" and getattr(form, "ready", False))


def _tell(request, verb: str, tried: dict, refused: list, unsaved: list) -> str:
    done = len(tried) - len(refused)
    told = []
    if done:
        told.append(DONE[verb] % {"n": done})
    if refused:
        told.append(_("%(n)s 项有误，没有保存，原因已标在各项里；所填内容都还在。") % {"n": len(refused)})
    if unsaved:
        told.append(_("另有 %(n)s 项改动还没有保存。") % {"n": len(unsaved)})
    if not tried and verb in NOTHING:
        told.insert(0, str(NOTHING[verb]))
    if told:
        level = messages.ERROR if refused else messages.SUCCESS if done else messages.WARNING
        messages.add_message(request, level, "".join(told))
    _hint(request, tried)
    return "".join(told)


def _hint(request, tried: dict) -> None:
    """What the checks will ask about a draft when it is filed."""
    hints = [(form.entry.project, text) for form, warnings in tried.items() for text in warnings or ()]
    for project, text in hints[:HINTS]:
        messages.warning(request, _("%(project)s：%(text)s") % {"project": project, "text": text})
    more = len(hints) - HINTS
    if more > 0:
        messages.warning(request, _("另有 %(n)s 处疑点，报送时会逐项提示。") % {"n": more})


register_page(Page(path="month/", name="month", label=gettext_lazy("我的本月"), view=month_page, offered=offered))
