"""What was promised and announced, beside what was done and what the register holds."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from awards.models import CommitmentLetter
from erqi.accounts.roles import Area
from erqi.core.models import SourceNote
from erqi.dashboard.basis import Basis
from erqi.dashboard.links import Rows
from erqi.dashboard.page import page
from projects import reports
from projects.models import PublishedFigure, Target

Measure = PublishedFigure.Measure
State = reports.State
# A word and a shape beside the colour.
SHAPES = {State.OVERDUE: "■", State.RUNNING: "◐", State.MET: "✔", State.UNKNOWN: "○"}


@dataclass(frozen=True)
class Compared:
    comparison: reports.Comparison
    rows: str

    @property
    def nothing_registered(self) -> bool:
        """No project is there, or none with a value; a plan of 0 is a value."""
        counted = self.comparison.published.measure == Measure.PROJECT_COUNT
        return self.comparison.registered is None or (counted and not self.comparison.registered)


def compared_by_category(compared: list[reports.Comparison], rows: Rows) -> list[tuple]:
    """(category, its lines); those of the whole district (None) first."""
    lines = [Compared(comparison, compared_rows(comparison.published, rows)) for comparison in compared]
    return grouped(lines, lambda line: line.comparison.published.category)


def grouped(items: list, category_of) -> list[tuple]:
    def place(item) -> tuple:
        category = category_of(item)
        return (category.order, category.code) if category else (-1, "")

    return [(category, list(group)) for category, group in groupby(sorted(items, key=place), key=category_of)]


def compared_rows(figure: PublishedFigure | Target, rows: Rows) -> str:
    """The rows that the registered number counts: those of the programmes inside the programme too."""
    if figure.programme:
        return rows.projects(programme_within=figure.programme.code)
    return rows.projects(category=figure.category.code) if figure.category else rows.projects()


def notes_of(compared: Iterable[reports.Comparison]) -> list[SourceNote]:
    """What the sources of the figures shown leave unclear; another year's sources say nothing of this one."""
    sources = {comparison.published.source_id for comparison in compared} - {None}
    return list(SourceNote.objects.filter(on_overview=True, source__in=sources).select_related("source"))


class StateForm(forms.Form):
    state = forms.ChoiceField(
        choices=State.choices,
        required=False,
        error_messages={"invalid_choice": gettext_lazy("没有“%(value)s”这种完成情况，请从页面上选择。")},
    )


@page("dashboard/targets.html", area=Area.PUBLISHED, about=("as_of",))
def view(request, basis: Basis):
    form = StateForm(request.GET)
    if not form.is_valid():
        return render(request, "dashboard/wrong_address.html", {"form": form}, status=400)
    return targets_values(basis, form.cleaned_data["state"])


def targets_values(basis: Basis, state: str = "") -> dict[str, Any]:
    """``state``: only the targets that stand so; everything else on the page is about the whole year."""
    rows, whole = Rows(basis), basis.sees_projects and basis.scope is None
    standings = reports.standings(**basis.period, as_of=basis.as_of, counted=whole)
    shown = [Promise(standing, rows, whole=whole) for standing in standings if state in {"", standing.state}]
    compared = reports.published_against_registered(year=basis.year, projects=basis.projects, as_of=basis.as_of)
    announced: list[Target | PublishedFigure] = [
        *(standing.target for standing in standings),
        *(line.published for line in compared),
    ]
    return {
        "promised": len(standings),
        "groups": grouped(shown, lambda promise: promise.target.category),
        "states": state_counts(standings),
        "state": State(state) if state else None,
        "next": next_due(standings),
        "on": standings[0].on if standings else None,
        "compared": compared_by_category(compared, rows),
        "notes": notes_on(announced),
        "results": results_of(basis.year, announced),
        "letters": letters_of(basis.year),
        "letters_rows": rows.of(CommitmentLetter, year=basis.year),
        "add_target": reverse("admin:projects_target_add") if rows.may("add", Target) else "",
        "add_letter": reverse("admin:awards_commitmentletter_add") if rows.may("add", CommitmentLetter) else "",
    }


class Promise:
    """A target as the page shows it; ``whole``: the reader sees every project, so the register's sums are said."""

    def __init__(self, standing: reports.Standing, rows: Rows, *, whole: bool):
        self.standing, self.target = standing, standing.target
        self.shape = SHAPES[standing.state]
        self.rows = compared_rows(self.target, rows) if self.target.measure else ""
        self.unseen = bool(self.target.measure) and not whole
        may_enter = not self.target.measure and rows.may("change", Target)
        self.enter = reverse("admin:projects_target_change", args=[self.target.pk]) if may_enter else ""

    @property
    def missing(self) -> str:
        """Why there is no actual."""
        if self.unseen:
            return _("按全部项目计算，您只查看其中一部分")
        if self.target.measure == Target.Measure.INVESTED:
            return _("还没有已认定的月度进度")
        return _("项目的开工、竣工情况还没有登记") if self.target.measure else _("尚无实际数")


def state_counts(standings: list[reports.Standing]) -> list[tuple[State, int, str]]:
    """(state, number of targets, shape), all four of them."""
    counts = Counter(standing.state for standing in standings)
    return [(state, counts[state], SHAPES[state]) for state in State]


def next_due(standings: list[reports.Standing]) -> reports.Standing | None:
    """Of those not met that name a day to come, the earliest."""
    waiting = [s for s in standings if s.state != State.MET and s.days_left is not None and s.days_left >= 0]
    return min(waiting, key=lambda standing: standing.days_left or 0, default=None)


def notes_on(announced: Iterable[Target | PublishedFigure]) -> list[SourceNote]:
    """Everything that the sources of these numbers leave unclear."""
    sources = {row.source_id for row in announced} - {None}
    return list(SourceNote.objects.filter(source__in=sources).select_related("source"))


def results_of(year: int, announced: Iterable[Target | PublishedFigure]) -> list[PublishedFigure]:
    """What was announced as done: of the year and the year before, or by the same sources without a year."""
    sources = {row.source_id for row in announced} - {None}
    own = Q(year__in=(year - 1, year)) | Q(year=None, source__in=sources)
    return list(PublishedFigure.objects.filter(own, measure=Measure.RESULT).select_related("source"))


def letters_of(year: int) -> list[tuple[str, list[CommitmentLetter]]]:
    """The year's letters, by whether they were handed in; those of which it is not known last."""
    letters = list(
        CommitmentLetter.objects.filter(year=year).select_related("unit").order_by("unit__order", "unit__code")
    )
    states = ((True, _("已递交")), (False, _("未递交")), (None, _("未掌握")))
    groups = [(name, [letter for letter in letters if letter.handed_in is state]) for state, name in states]
    return [(name, found) for name, found in groups if found]
