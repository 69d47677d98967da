from django import template

from projects.services.attachments import Place, is_closed, listed_for, may_attach, removable

register = template.Library()


@register.inclusion_tag("admin/projects/attachments.html", takes_context=True)
def attachments_of(context, project, report=None, plan_change=None, problem=None):
    """The list, and the upload form for those who may add to it: a form of its own, so put it outside any other."""
    from projects.admin.attachments import UploadForm

    user = context["request"].user
    place = Place(project, report, plan_change, problem)
    rows = listed_for(user, place)
    may_add = may_attach(project, by=user)
    is_open = not any(is_closed(row) for row in place.rows.values())
    given = {"project": project, **place.rows}
    return {
        "request": context["request"],
        "csrf_token": context.get("csrf_token"),
        "rows": [(row, may_add and removable(row, by=user)) for row in rows],
        "form": UploadForm(user=user, initial=given, label_suffix="") if may_add and is_open else None,
        "decided": bool(place.rows) and not is_open,
    }
