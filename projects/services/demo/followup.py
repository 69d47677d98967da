"""Milestones, problems and supervision orders of the generated projects, as their shape would bring them about."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

from erqi.accounts.models import User
from projects.models import Milestone, MilestoneMove, Problem, Project, SupervisionOrder

from . import shapes
from .district import District
from .projects import Drawn
from .vocabulary import ANSWERS, MOVED, ORDERS, PROBLEMS, RESOLVED

Kind = Milestone.Kind
# Where a milestone lies between the planned start (0) and finish (100), and whether it is a critical one.
WAY = (
    (Kind.APPROVAL, "立项批复", -12, False),
    (Kind.START, "开工", 0, True),
    (Kind.STRUCTURE, "主体完工", 60, False),
    (Kind.COMPLETION, "竣工", 100, True),
)
LATE_SHARE = {True: 0.7, False: 0.15}


@dataclass
class FollowUp:
    """Unsaved rows; ``moves`` belong to milestones of the same list."""

    milestones: list[Milestone] = field(default_factory=list)
    moves: list[MilestoneMove] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    orders: list[SupervisionOrder] = field(default_factory=list)


class Desk:
    """Draws what follows a project through the year; numbers the orders."""

    def __init__(self, district: District, *, seed: int, year: int, by: User, reviewer: User):
        self.district, self.seed, self.year, self.by, self.reviewer = district, seed, year, by, reviewer
        self.ordered = 0

    def follow(self, drawn: list[Drawn]) -> FollowUp:
        found = FollowUp()
        for d in drawn:
            rng = Random(f"erqi-demo follow-up {self.seed} {d.number}")  # noqa: S311
            self._milestones(d, found, rng)
            if d.shape.stops or (d.shape.late and rng.random() < 0.5):
                found.problems.append(self._problem(d, rng))
            if d.project.lead_unit and (d.shape is shapes.VERY_LATE or (d.shape.stops and rng.random() < 0.6)):
                found.orders.append(self._order(d.project, rng))
        return found

    def _milestones(self, d: Drawn, found: FollowUp, rng: Random) -> None:
        start, finish = d.project.planned_start, d.project.planned_finish
        if not start or not finish or rng.random() < 0.08:
            return
        for kind, name, share, critical in WAY:
            original = start + (finish - start) * share / 100
            milestone = Milestone(
                project=d.project, kind=kind, name=name, critical=critical, original_due=original, due=original
            )
            self._meet(milestone, d, rng)
            found.milestones.append(milestone)
            if milestone.due != original:
                found.moves.append(self._move(milestone, rng))

    def _meet(self, milestone: Milestone, d: Drawn, rng: Random) -> None:
        """Met about when it was due, or late; a project that stopped has moved a date and not met it."""
        end = date(self.year, 12, 31)
        late = rng.random() < LATE_SHARE[d.shape.late]
        met = milestone.original_due + timedelta(days=rng.randint(5, 90) if late else rng.randint(-20, 4))
        if milestone.kind == Kind.START:
            milestone.met_on = d.project.actual_start
        elif milestone.kind == Kind.COMPLETION:
            milestone.met_on = d.project.actual_finish
        elif met <= end and not (d.shape.stops and milestone.kind == Kind.STRUCTURE):
            milestone.met_on = met
        moved = milestone.met_on is None and date(self.year, 1, 1) <= milestone.original_due <= end
        if moved and rng.random() < 0.5:
            milestone.due = milestone.original_due + timedelta(days=rng.randint(30, 150))

    def _move(self, milestone: Milestone, rng: Random) -> MilestoneMove:
        moved = milestone.original_due - timedelta(days=rng.randint(1, 20))
        return MilestoneMove(
            milestone=milestone,
            from_due=milestone.original_due,
            to_due=milestone.due,
            reason=rng.choice(MOVED),
            at=_at(max(moved, date(self.year, 1, 5)), rng),
            by=self.by,
        )

    def _problem(self, d: Drawn, rng: Random) -> Problem:
        kind, text, bureau = rng.choice(PROBLEMS)
        raised = date(self.year, rng.randint(3, 11), rng.randint(1, 28))
        settled = rng.random() < 0.45
        problem = Problem(
            project=d.project,
            kind=kind,
            description=text,
            responsible_unit=self.district.bureaus[bureau],
            deadline=raised + timedelta(days=rng.randint(20, 75)),
            status=rng.choice((Problem.Status.NEW, Problem.Status.PROGRESSING, Problem.Status.PROGRESSING)),
            level=rng.choices(Problem.Level.values, (50, 28, 15, 7))[0],
            raised_at=_at(raised, rng),
            raised_by=self.by,
        )
        if settled:
            problem.status, problem.resolution = Problem.Status.CLOSED, rng.choice(RESOLVED)
            problem.settled_by, problem.closed_by = self.by, self.reviewer
            problem.closed_at = _at(min(raised + timedelta(days=rng.randint(15, 80)), date(self.year, 12, 30)), rng)
        return problem

    def _order(self, project: Project, rng: Random) -> SupervisionOrder:
        self.ordered += 1
        title, requirement = rng.choice(ORDERS)
        issued = date(self.year, rng.randint(5, 12), rng.randint(1, 20))
        due = issued + timedelta(days=rng.randint(10, 30))
        status = SupervisionOrder.Status
        order = SupervisionOrder(
            number=f"{self.year}-{self.ordered:03d}",
            unit=project.lead_unit,
            project=project,
            origin=rng.choice((SupervisionOrder.Origin.LIGHT, SupervisionOrder.Origin.MEETING)),
            title=title,
            requirement=requirement,
            original_due=due,
            due=due,
            status=rng.choices((status.ISSUED, status.SIGNED, status.ANSWERED, status.CLOSED), (2, 3, 2, 5))[0],
            issued_at=_at(issued, rng),
            issued_by=self.reviewer,
        )
        self._answer(order, issued, rng)
        return order

    def _answer(self, order: SupervisionOrder, issued: date, rng: Random) -> None:
        status = SupervisionOrder.Status
        if order.status != status.ISSUED:
            order.signed_at, order.signed_by = _at(issued + timedelta(days=1), rng), self.by
        if order.status in (status.ANSWERED, status.CLOSED):
            order.answered_at, order.answered_by = _at(issued + timedelta(days=rng.randint(5, 20)), rng), self.by
            order.feedback = rng.choice(ANSWERS)
        if order.status == status.CLOSED:
            order.closed_at, order.closed_by = _at(issued + timedelta(days=rng.randint(21, 30)), rng), self.reviewer


def _at(day: date, rng: Random) -> datetime:
    return datetime.combine(day, time(rng.randint(8, 17), rng.randint(0, 59)), timezone.get_default_timezone())
