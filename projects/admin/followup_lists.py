"""What the lists of milestones, problems and orders share: marks, whose turn it is, links and search."""

from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from projects.models import Project


class TurnFilter(admin.SimpleListFilter):
    """Open rows unless something else is asked for; which one is shown is always said."""

    title = _("办理")
    parameter_name = "turn"
    # One of the choices is always made, and shown.
    chosen = "open"

    def lookups(self, request, model_admin):
        return [("mine", _("待我处理")), ("overdue", _("已逾期")), ("done", _("已办完")), ("all", _("全部"))]

    def queryset(self, request, queryset):
        if self.value() == "mine":
            return queryset.waiting_for(request.user)
        if self.value() == "overdue":
            return queryset.overdue()
        if self.value() == "done":
            return queryset.exclude(pk__in=queryset.open().order_by().values("pk"))
        return queryset if self.value() == "all" else queryset.open()

    def choices(self, changelist):
        first, *rest = super().choices(changelist)
        yield first | {"display": _("未办完")}
        yield from rest


def mark(kind: str, shape: str, word):
    """A shape and a word: the colour says nothing alone."""
    return format_html(
        '<span class="pill follow-{}"><span class="pill-shape" aria-hidden="true">{}</span>{}</span>', kind, shape, word
    )


def late_mark(days: int):
    return mark("late", "▲", gettext("逾期 %(days)s 天") % {"days": days})


def project_link(request, project: Project | None):
    """A link for those who may open the project, else its name."""
    if project is None:
        return "—"
    if not Project.objects.visible_to(request.user).filter(pk=project.pk).exists():
        return str(project)
    return format_html('<a href="{}">{}</a>', reverse("admin:projects_project_change", args=[project.pk]), project)


def searched(rows: models.QuerySet, term: str, *columns: str) -> models.QuerySet:
    """By the project's name, pinyin or initials, or by words of the row itself."""
    words = models.Q(project__in=Project.objects.search(term).order_by().values("pk"))
    for column in columns:
        words |= models.Q(**{f"{column}__icontains": term})
    return rows.filter(words)
