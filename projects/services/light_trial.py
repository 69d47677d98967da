"""What a rule set would say of a month, beside what the month's lights say. Nothing is stored."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from django.db.models import QuerySet

from projects.models import Light, LightRuleSet, Project

from .light_facts import Month, gather
from .light_rules import Judgement, judge


@dataclass(frozen=True)
class Change:
    """One light that would be another. ``before`` is None where none is lit."""

    project: int
    dimension: str
    before: str | None
    after: Judgement


@dataclass
class Trial:
    """Counts by dimension and colour; ``changes`` in the order of the projects' keys, dimension by dimension.

    The lights of a dimension that the rules do not judge would go out: they count as ``before`` only.
    """

    rules: LightRuleSet
    month: Month
    projects: int = 0
    before: dict[str, Counter[str]] = field(default_factory=dict)
    after: dict[str, Counter[str]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def changed_projects(self) -> int:
        return len({change.project for change in self.changes})


def try_rules(
    rules: LightRuleSet, *, year: int, month: int, projects: QuerySet[Project], today: date | None = None
) -> Trial:
    """Judge ``projects`` in a month by ``rules``: a constant number of statements, whatever their number."""
    trial = Trial(rules, (year, month))
    lit: dict[int, dict[str, str]] = {}
    standing = Light.objects.filter(year=year, month=month, project__in=projects.order_by().values("pk")).order_by()
    for pk, dimension, colour in standing.values_list("project", "dimension", "colour"):
        lit.setdefault(pk, {})[dimension] = colour
    for project, _month, facts in gather(projects, [(year, month)], today=today):
        trial.projects += 1
        _compare(trial, project, lit.get(project, {}), judge(facts, rules))
    return trial


def _compare(trial: Trial, project: int, before: dict[str, str], after: dict[str, Judgement]) -> None:
    for dimension in Light.Dimension.values:
        old, new = before.get(dimension), after.get(dimension)
        if old:
            trial.before.setdefault(dimension, Counter())[old] += 1
        if new:
            trial.after.setdefault(dimension, Counter())[new.colour] += 1
        if new and old != new.colour:
            trial.changes.append(Change(project, dimension, old, new))
