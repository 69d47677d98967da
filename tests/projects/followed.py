"""Milestones, problems and orders with as little as it takes."""

from datetime import timedelta

from django.utils import timezone

from projects.models import Milestone, Problem, SupervisionOrder
from projects.services import milestones, orders, problems


def day(days: int = 0):
    """So many days from today."""
    return timezone.localdate() + timedelta(days=days)


def milestone(project, name="开工", due=None, **attributes) -> Milestone:
    values = {"kind": Milestone.Kind.START, "by": None, **attributes}
    return milestones.add_milestone(project=project, name=name, due=due or day(30), **values)


def problem(project, unit=None, **attributes) -> Problem:
    values = {
        "kind": Problem.Kind.LAND,
        "description": "还有三户未签约",
        "responsible_unit": unit or project.lead_unit,
        "deadline": day(10),
        "by": None,
        **attributes,
    }
    return problems.raise_problem(project=project, **values)


def order(unit, **attributes) -> SupervisionOrder:
    values = {
        "origin": SupervisionOrder.Origin.MEETING,
        "title": "加快征迁",
        "requirement": "十日内完成",
        "due": day(10),
        "by": None,
        **attributes,
    }
    return orders.issue_order(unit=unit, **values)


def in_the_past(row, **columns):
    """As if time had gone by: what no verb would write."""
    type(row).objects.filter(pk=row.pk).update(**columns)
    row.refresh_from_db()
    return row
