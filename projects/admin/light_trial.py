"""A rule set tried on a month: what would change colour and why. Nothing is stored."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from projects.models import Light, LightRuleSet, Project
from projects.models.choices import FIRST_YEAR, LAST_YEAR
from projects.models.plan import MONTHS
from projects.reports import lights as words
from projects.services.light_trial import Change, Trial, try_rules

from .basis import basis_of, whole

PER_PAGE = 50


def trial_view(request: HttpRequest, pk: int):
    if not request.user.has_perm("projects.view_lightruleset"):
        raise PermissionDenied
    rules = LightRuleSet.objects.filter(pk=pk).first()
    if rules is None:
        raise Http404
    year, month = _month(request)
    other = request.GET.get("rules", "")
    if other.isascii() and other.isdecimal() and len(other) <= 9 and int(other) != pk:
        where = reverse("admin:projects_lightruleset_trial", args=[int(other)])
        return redirect(f"{where}?{urlencode({'year': year, 'month': month})}")
    trial = try_rules(rules, year=year, month=month, projects=Project.objects.visible_to(request.user))
    page = Paginator(trial.changes, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        **admin.site.each_context(request),
        "title": _("试算亮灯规则"),
        "subtitle": str(rules),
        "opts": LightRuleSet._meta,
        "rules": rules,
        "all_rules": LightRuleSet.objects.all(),
        "year": year,
        "month": month,
        "months": MONTHS,
        "colours": Light.ORDER,
        "trial": trial,
        "lit": bool(trial.before),
        "rows": _rows(trial),
        "page": page,
        "changes": _shown(list(page)),
    }
    return TemplateResponse(request, "admin/projects/lightruleset/trial.html", context)


def _month(request: HttpRequest) -> tuple[int, int]:
    """As asked for; else the newest month that has lights, else the one that the lists open with."""
    year = whole(request.GET.get("year"), range(FIRST_YEAR, LAST_YEAR + 1))
    month = whole(request.GET.get("month"), range(1, 13))
    if year and month:
        return year, month
    basis = basis_of(request)
    newest = words.newest_lit_month() or (basis.year, basis.month)
    return (year or newest[0], month or newest[1])


def _rows(trial: Trial) -> list[dict[str, Any]]:
    lines = [d for d in Light.Dimension if d.value in trial.before or d.value in trial.after]
    return [
        {
            "label": line.label,
            "goes_out": line.value not in trial.after,
            "cells": [_cell(trial, line.value, colour) for colour in Light.ORDER],
        }
        for line in lines
    ]


def _cell(trial: Trial, dimension: str, colour: Light.Colour) -> dict[str, Any]:
    before = trial.before.get(dimension, Counter())[colour]
    after = trial.after.get(dimension, Counter())[colour]
    delta = after - before
    return {
        "label": colour.label,
        "before": before,
        "after": after,
        "delta": f"+{delta}" if delta > 0 else f"−{-delta}" if delta else "",
    }


def _shown(changes: list[Change]) -> list[dict[str, Any]]:
    projects = Project.objects.select_related("lead_unit").in_bulk({change.project for change in changes})
    return [
        {
            "project": projects[change.project],
            "dimension": Light.Dimension(change.dimension).label,
            "before": change.before,
            "before_label": change.before and Light.Colour(change.before).label,
            "after": change.after.colour,
            "after_label": Light.Colour(change.after.colour).label,
            "why": words.why(change.after.inputs),
            "remedy": words.remedy(change.after.remedy),
        }
        for change in changes
    ]
