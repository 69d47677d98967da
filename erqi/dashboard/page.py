"""What every page does before it shows anything: who may look, and what its address asks for."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from erqi.accounts.roles import Action, Area, held_roles, may

from .basis import Basis, BasisForm

# Everything that a page can be about besides year and month.
ALL = ("baseline", "category", "unit", "as_of")

Values = Callable[..., dict[str, Any] | HttpResponseBase]


def page(template: str, *, area: Area | None = None, about: tuple[str, ...] = ALL) -> Callable[[Values], Any]:
    """Makes a view of a function that answers, from request, basis and the parts of the path, what a template shows.

    ``area``: only for roles that may view it; ``about``: the parameters that its form offers. The function may also
    answer a response of its own, or a ``status`` among its values. It finds its rows among ``basis.projects``: what is
    not there is 404.
    """

    def decorated(values: Values):
        @login_required
        @require_safe
        @wraps(values)
        def view(request: HttpRequest, **parts: Any) -> HttpResponseBase:
            user = request.user
            if not (user.is_superuser or held_roles(user)):
                return render(request, "dashboard/no_role.html")
            if area and not may(user, area, Action.VIEW):
                return render(request, "dashboard/not_for_role.html", status=403)
            form = BasisForm(request.GET, user, about)
            if not form.is_valid():
                return render(request, "dashboard/wrong_address.html", {"form": form}, status=400)
            found = values(request, form.basis, **parts)
            return found if isinstance(found, HttpResponseBase) else shown(request, template, form, found)

        return view

    return decorated


def shown(request: HttpRequest, template: str, form: BasisForm, values: dict[str, Any]) -> HttpResponse:
    basis: Basis = form.basis
    common = {"form": form, "basis": basis, "areas": basis.areas}
    return render(request, template, {**common, **values}, status=values.get("status"))
