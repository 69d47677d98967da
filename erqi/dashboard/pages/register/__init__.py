"""The register as a table: filtered, sorted and cut into pages by the database, and the same rows as a file."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from erqi.accounts.roles import Area
from erqi.core import keyset
from erqi.core.exports import FORMATS
from erqi.dashboard.basis import Basis
from erqi.dashboard.page import page
from projects import reports
from projects.admin.basis import Basis as Period

from . import asked, columns, filters
from .rows import Register
from .saved import remove, rename, save, views_of

__all__ = ["export", "remove", "rename", "save", "view"]

TEMPLATE = "dashboard/register.html"
# Category and unit are filters here, with the others.
ABOUT = ("baseline", "as_of")


@page(TEMPLATE, area=Area.PROJECT, about=ABOUT)
def view(request, basis: Basis) -> dict[str, Any] | HttpResponseBase:
    tidy = asked.tidied(request.GET)
    if tidy is not None:
        return redirect(f"{request.path}?{tidy}")
    register = Register(basis, asked.parameters(request.GET))
    return page_values(register)


def page_values(register: Register) -> dict[str, Any]:
    """With something wrong in the address: the same page without rows, what is wrong, and all as it was asked for."""
    found = register.page() if not register.errors else keyset.Page([], None, None)
    total = (
        reports.overview(**{**register.basis.arguments, "projects": register.filtered}).total if found.rows else None
    )
    number = total.projects if total else 0
    return {
        "register": register,
        "without_as_of": register.to(as_of=""),
        "errors": register.errors,
        "status": 400 if register.errors else 200,
        "rows": [columns.Row(project, register.columns) for project in found.rows],
        "count": min(number, keyset.COUNTED),
        "counted_capped": number > keyset.COUNTED,
        "total": total,
        "headings": columns.headings(register),
        "earlier": found.before and register.to(cursor=found.before),
        "later": found.after and register.to(cursor=found.after),
        "sizes": [(size, register.to(size=str(size)), size == register.size) for size in asked.SIZES],
        "exports": [(kind, register.export_address(kind)) for kind in FORMATS],
        **filters.values(register),
        **views_of(register),
    }


@page(TEMPLATE, area=Area.PROJECT, about=ABOUT)
def export(request, basis: Basis, kind: str) -> dict[str, Any] | HttpResponseBase:
    """All rows that the page's address finds, sorted as there, with its columns."""
    if kind not in FORMATS:
        raise Http404
    register = Register(basis, asked.parameters(request.GET))
    if register.errors:
        return page_values(register)
    name = _("重大项目 %(basis)s") % {"basis": Period(**basis.period).words}
    return FORMATS[kind](name, columns.of_file(register), register.sorted.iterator(chunk_size=500))
