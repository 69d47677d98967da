"""What the overview page shows, as plain values: figures from the reports, and the address of the rows behind each."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from awards.models import Commendation, Honour
from erqi.accounts.roles import Action, Area, may
from erqi.core.models import SourceNote
from erqi.core.money import WAN_PER_YI
from projects import reports
from projects.models import (
    AnnualPlan,
    Category,
    Programme,
    ProgressReport,
    Project,
    PublishedFigure,
    Target,
    Unit,
    YearTheme,
)
from projects.models.choices import Level

from .links import Rows

UNITS_SHOWN = 5
LEVELS = [*Level.values, ""]
Measure = PublishedFigure.Measure


@dataclass(frozen=True)
class Line:
    """One category or unit: its figures, where its rows are, and what was announced for it."""

    # A Category or a Unit; None where the projects name no lead unit.
    of: Any
    figures: reports.Figures
    rows: str
    announced: list[PublishedFigure] = field(default_factory=list)


@dataclass(frozen=True)
class Units:
    """Lead units by distance from schedule; those that cannot be compared stand apart, never at the bottom.

    ``planned`` units have projects with a plan, be it a plan of 0; the rest are ``unplanned``.
    """

    ahead: list[Line]
    behind: list[Line]
    planned: list[Line]
    unplanned: list[Line]
    unknown: Line | None


@dataclass(frozen=True)
class Compared:
    comparison: reports.Comparison
    rows: str

    @property
    def nothing_registered(self) -> bool:
        """No project is there, or none with a value; a plan of 0 is a value."""
        counted = self.comparison.published.measure == Measure.PROJECT_COUNT
        return self.comparison.registered is None or (counted and not self.comparison.registered)


@dataclass(frozen=True)
class Award:
    """An honour, with those given together with it on the same card."""

    honour: Honour
    siblings: list[Honour]

    @property
    def leads(self) -> list[Unit]:
        """Nobody, when the unit honoured led the work itself: the card names it once."""
        units = self._units("lead")
        return [] if units == [self.honour.recipient] else units

    @property
    def supporters(self) -> list[Unit]:
        return self._units("supporting")

    def _units(self, part: str) -> list[Unit]:
        return [found.unit for found in self.honour.contributions.all() if found.part == part]


@dataclass(frozen=True)
class Step:
    """Something the reader can do next; without an address it is only said."""

    text: str
    why: str
    href: str


def overview_values(*, user, year: int, month: int, as_of) -> dict:
    rows = Rows(user, year, month)
    visible = Project.objects.visible_to(user)
    found = reports.overview(year=year, month=month, projects=visible, as_of=as_of)
    compared = reports.published_against_registered(year=year, projects=visible, as_of=as_of)
    links = figure_links(rows, year, month)
    leaderless = next((group.figures.projects for group in found.by_unit if group.of is None), 0)
    everything = user.is_superuser or found.total.projects == Project.objects.count()
    return {
        "found": found,
        "total": found.total,
        "links": links,
        "areas": list(Unit.objects.without_tree_fields().filter(pk__in=visible.order_by().values("area"))),
        "themes": list(YearTheme.objects.filter(year=year)),
        "scope": None if everything else scope_of(user),
        "sees_projects": may(user, Area.PROJECT, Action.VIEW),
        "headline": [figure for figure in compared if not figure.published.category_id],
        "categories": [category_line(group, compared, rows) for group in found.by_category],
        "units": units_by_schedule(found.by_unit, rows),
        "curve": (curve := reports.monthly_curve(year=year, month=month, projects=visible, as_of=as_of)),
        "chart": chart_data(curve),
        "compared": compared_by_category(compared, rows),
        "notes": notes_of(compared),
        **honours_of(year, rows),
        "targets": targets_of(year),
        "targets_rows": rows.of(Target, year=year),
        "steps": next_steps(found.total, rows, leaderless),
        "not_begun": (year, month) > (timezone.localdate().year, timezone.localdate().month),
    }


def figure_links(rows: Rows, year: int, month: int) -> dict[str, str]:
    return {
        "projects": rows.projects(),
        "plans": rows.of(AnnualPlan, year=year),
        "reports": rows.of(ProgressReport, year=year, month__lte=month, status__exact="accepted", counted="planned"),
        "month": rows.of(ProgressReport, year=year, month=month, status__exact="accepted", counted="due"),
    }


def scope_of(user) -> list[Unit]:
    """The units whose projects this reader sees."""
    memberships = user.memberships.filter(active=True).select_related("unit").order_by("unit__order", "unit__code")
    return list(dict.fromkeys(membership.unit for membership in memberships))


def category_line(group: reports.Group, compared: list[reports.Comparison], rows: Rows) -> Line:
    category: Any = group.of
    own = [c.published for c in compared if c.published.category_id == category.pk]
    # A category that was given no figure of its own is shown by those of its programmes.
    announced = [figure for figure in own if not figure.programme_id] or own
    return Line(category, group.figures, rows.projects(category__id__exact=category.pk), announced)


def units_by_schedule(groups: Iterable[reports.Group], rows: Rows) -> Units:
    lines = [Line(group.of, group.figures, unit_rows(group.of, rows)) for group in groups]
    known = [line for line in lines if line.of]
    ranked = [line for line in known if line.figures.ahead is not None]
    ahead = [line for line in ranked if (line.figures.ahead or 0) >= 0]
    behind = [line for line in reversed(ranked) if (line.figures.ahead or 0) < 0]
    return Units(
        ahead=ahead[:UNITS_SHOWN],
        behind=behind[:UNITS_SHOWN],
        planned=[line for line in known if line.figures.planned_projects],
        unplanned=[line for line in known if not line.figures.planned_projects],
        unknown=next((line for line in lines if not line.of), None),
    )


def unit_rows(unit: Any, rows: Rows) -> str:
    return rows.projects(lead_unit__id__exact=unit.pk) if unit else rows.projects(gap="unit")


def compared_by_category(compared: list[reports.Comparison], rows: Rows) -> list[tuple]:
    """(category, its lines); those of the whole district (None) first."""
    inside = programmes_inside()
    lines = [Compared(comparison, compared_rows(comparison.published, rows, inside)) for comparison in compared]
    return grouped(lines, lambda line: line.comparison.published.category)


def grouped(items: list, category_of) -> list[tuple]:
    def place(item) -> tuple:
        category = category_of(item)
        return (category.order, category.code) if category else (-1, "")

    return [(category, list(group)) for category, group in groupby(sorted(items, key=place), key=category_of)]


def compared_rows(figure: PublishedFigure, rows: Rows, inside: dict[int | None, list[int]]) -> str:
    """The rows that the registered number counts: those of the programmes inside the programme too."""
    filters: dict[str, Any] = {"category__id__exact": figure.category_id} if figure.category_id else {}
    if figure.programme_id:
        family = [figure.programme_id]
        for programme in family:
            family += [child for child in inside.get(programme, []) if child not in family]
        # Only a single choice is marked as chosen in the list's own filter.
        filters |= {"programme__in": ",".join(map(str, family))} if family[1:] else {"programme__id__exact": family[0]}
    return rows.projects(**filters)


def programmes_inside() -> dict[int | None, list[int]]:
    inside: dict[int | None, list[int]] = {}
    for programme, parent in Programme.objects.order_by().values_list("pk", "parent"):
        inside.setdefault(parent, []).append(programme)
    return inside


def notes_of(compared: Iterable[reports.Comparison]) -> list[SourceNote]:
    """What the sources of the figures shown leave unclear; another year's sources say nothing of this one."""
    sources = {comparison.published.source_id for comparison in compared} - {None}
    return list(SourceNote.objects.filter(on_overview=True, source__in=sources).select_related("source"))


def chart_data(curve: list[reports.MonthLine]) -> dict:
    """Numbers for drawing, in 亿元; the table beside the chart carries the exact ones."""

    def drawn(amount):
        return None if amount is None else round(float(amount / WAN_PER_YI), 4)

    return {
        "months": [_("%(month)s月") % {"month": line.month} for line in curve],
        "scheduled": [drawn(line.scheduled_to_date) for line in curve],
        "done": [drawn(line.to_date) for line in curve],
        "invested": [drawn(line.invested) for line in curve],
        "words": {
            "unit": _("亿元"),
            "scheduled": _("计划累计"),
            "done": _("完成累计"),
            "invested": _("当月完成"),
        },
    }


def honours_of(year: int, rows: Rows) -> dict:
    """This year's and last year's: the meeting that opens a year publishes what the year before brought."""
    years = (year - 1, year)
    found = Honour.objects.of_years(*years).with_contributors()
    commendations = Commendation.objects.filter(year__in=years).annotate(named=Count("recipients"))
    return {
        "honours": honour_wall(list(found)),
        "honour_count": len(found),
        "levels": level_counts(found),
        "honours_rows": rows.of(Honour),
        "commendations": list(commendations),
        "commendations_rows": rows.of(Commendation),
    }


def honour_wall(honours: list[Honour]) -> list[Award]:
    """The highest level first and the unstated level last; those of one event share the card of the one they name."""
    shown = {honour.pk for honour in honours}
    cards: dict[int | None, Award] = {h.pk: Award(h, []) for h in honours if h.same_event_id not in shown}
    alone = []
    for honour in honours:
        if honour.pk in cards:
            continue
        card = cards.get(honour.same_event_id)
        # Chains and circles are refused by Honour.clean; if one got in, none of it disappears.
        card.siblings.append(honour) if card else alone.append(Award(honour, []))
    return sorted([*cards.values(), *alone], key=lambda card: LEVELS.index(card.honour.level))


def level_counts(honours: Iterable[Honour]) -> list[dict]:
    """Levels that were only inferred are counted apart from those that the source gives."""
    counts = Counter((honour.level, honour.level_inferred) for honour in honours)
    return [
        {
            "name": Level(level).label if level else _("级别未注明"),
            "count": counts[level, inferred],
            "inferred": inferred,
        }
        for level in LEVELS
        for inferred in (False, True)
        if counts[level, inferred]
    ]


def targets_of(year: int) -> list[tuple[Category | None, list[Target]]]:
    targets = Target.objects.filter(year=year).select_related("category", "programme")
    return grouped(list(targets), lambda target: target.category)


def next_steps(total: reports.Figures, rows: Rows, leaderless: int) -> list[Step]:
    """What would make the page fuller, for readers who may do it; others are told what is being waited for."""
    unplanned, missing = total.projects - total.planned_projects, total.due - total.in_
    may_write = rows.may("change", Project)
    steps = []
    if unplanned:
        text = _("为项目录入年度计划") if may_write else _("等待各单位录入年度计划")
        why = _("%(n)s 个项目还没有年度计划，不计入完成率。") % {"n": unplanned}
        steps.append(Step(text, why, rows.projects(gap="plan")))
    if missing:
        text = _("填报月度进度") if may_write else _("等待各单位填报进度")
        why = _("%(n)s 个项目本月进度还没有认定。") % {"n": missing}
        steps.append(Step(text, why, rows.projects(gap="report")))
    if leaderless and may_write:
        why = _("%(n)s 个项目还没有明确责任单位，只有全区范围的人员能看到。") % {"n": leaderless}
        steps.append(Step(_("明确责任单位"), why, rows.projects(gap="unit")))
    if steps and may_write:
        why = _("已有台账系统的单位可按项目和月份推送，不必重复录入。")
        steps.append(Step(_("通过接口上报"), why, reverse("api:docs")))
    return steps
