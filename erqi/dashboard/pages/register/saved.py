"""A reader's saved views: written by forms of the register page, and found again beside its heading."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from erqi.accounts.roles import Action, Area, may
from projects.models import SavedView
from projects.services import saved_views

from . import asked


def views_of(register) -> dict[str, Any]:
    here = {register.query(), _lasting(register)}
    rows = [(view, f"{reverse('dashboard:register')}?{view.query}") for view in register.basis.user.saved_views.all()]
    return {
        "saved": [(view, address, view.query in here) for view, address in rows],
        "query": register.query(),
    }


def _lasting(register) -> str:
    return asked.address({name: value for name, value in register.parameters.items() if name in asked.LASTING})


def posted(write: Callable[[HttpRequest, Any], str]):
    """A form of the page: what the service refuses is said there, and the reader is back where the form stood."""

    @require_POST
    @login_required
    @wraps(write)
    def view(request: HttpRequest, pk: int | None = None) -> HttpResponse:
        if not may(request.user, Area.PROJECT, Action.VIEW):
            raise PermissionDenied
        found = get_object_or_404(SavedView, pk=pk, user=request.user) if pk else None
        try:
            messages.success(request, write(request, found))
        except ValidationError as refused:
            messages.error(request, _("没有保存：%(why)s") % {"why": " ".join(refused.messages)})
        return redirect(f"{reverse('dashboard:register')}?{asked.address(_query(request))}")

    return view


def _query(request: HttpRequest) -> dict[str, str]:
    return asked.parameters(QueryDict(request.POST.get("query", "")))


@posted
def save(request: HttpRequest, _found) -> str:
    pinned = request.POST.get("pinned") == "on"
    kept = {name: value for name, value in _query(request).items() if pinned or name in asked.LASTING}
    kept.pop("cursor", None)
    user: Any = request.user
    view = saved_views.save_view(by=user, name=request.POST.get("name", ""), query=asked.address(kept))
    return _("已保存视图“%(name)s”。") % {"name": view.name}


@posted
def rename(request: HttpRequest, found: SavedView) -> str:
    view = saved_views.rename_view(found, name=request.POST.get("name", ""))
    return _("已改名为“%(name)s”。") % {"name": view.name}


@posted
def remove(request: HttpRequest, found: SavedView) -> str:
    saved_views.remove_view(found)
    return _("已删除视图“%(name)s”。") % {"name": found.name}
