from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from erqi.accounts.roles import held_roles
from projects.models import Project

from .forms import PeriodForm
from .overview import overview_values


@login_required
def overview(request: HttpRequest) -> HttpResponse:
    if not (request.user.is_superuser or held_roles(request.user)):
        return render(request, "dashboard/no_role.html")
    form = PeriodForm(request.GET, Project.objects.visible_to(request.user))
    if not form.is_valid():
        return render(request, "dashboard/overview.html", {"form": form}, status=400)
    values = overview_values(user=request.user, **form.period)
    return render(request, "dashboard/overview.html", {"form": form, **values})
