"""What a unit has to settle, and what it was honoured for: beside the figures of its page."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from awards.models import CommendationRecipient, CommitmentLetter, Honour
from erqi.accounts.roles import Action, Area, may
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from projects.models import Problem, Project, SupervisionOrder, Unit

LISTED = 5


@dataclass(frozen=True)
class Listed:
    """The first few of ``number`` rows, of which ``overdue`` are past their date; ``rows`` has all of them."""

    first: list[Any]
    number: int
    overdue: int
    rows: str


def matters_of(basis: Basis) -> dict[str, Any]:
    """What is open now, of the unit and of those below it; overdue as seen from the day that the page is about."""
    day = basis.day
    units = Unit.objects.subtree_ids([basis.unit.pk]) if basis.unit else set()
    led = basis.projects.order_by().values("pk")
    problems = Problem.objects.visible_to(basis.user).open().filter(Q(project__in=led) | Q(responsible_unit__in=units))
    orders = SupervisionOrder.objects.visible_to(basis.user).open().filter(unit__in=units)
    if basis.category:
        problems = problems.filter(project__category=basis.category)
        orders = orders.filter(project__category=basis.category)
    rows = Rows(basis)
    # A unit also settles problems of projects that others lead, and may not open these.
    own = Project.objects.visible_to(basis.user).filter(pk=OuterRef("project"))
    problems = problems.select_related("project", "responsible_unit").annotate(reached=Exists(own))
    return {
        "seen_from": day,
        "problems": listed(problems, rows.of(Problem), "deadline", day),
        "orders": listed(orders.select_related("unit"), rows.of(SupervisionOrder), "due", day),
    }


def listed(rows: QuerySet[Any], href: str, due: str, day: date) -> Listed:
    overdue = rows.filter(**{f"{due}__lt": day})
    return Listed(list(rows.order_by(due, "pk")[:LISTED]), rows.count(), overdue.count(), href)


def awards_of(unit: Unit, basis: Basis) -> dict[str, Any]:
    """Of all years: honours that it received or helped to win, commendations, and the letters it handed in."""
    if not may(basis.user, Area.AWARD, Action.VIEW):
        return {}
    honours = Honour.objects.filter(Q(contributions__unit=unit) | Q(recipient=unit)).distinct()
    received = CommendationRecipient.objects.filter(unit=unit).select_related("commendation")
    return {
        "honours": list(honours.select_related("recipient")[:LISTED]),
        "honours_number": honours.count(),
        "honours_rows": f"{reverse('dashboard:honours')}?unit={unit.code}",
        "commendations": [row.commendation for row in received.order_by("-commendation__year", "commendation")],
        "letters": list(CommitmentLetter.objects.filter(unit=unit)[:LISTED]),
    }
