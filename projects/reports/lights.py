"""Lights in words and in numbers: why one shines, by which limit, what would turn it green, how many there are."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core import money
from erqi.core.words import listed
from projects.models import Category, Light, LightRuleSet, Project, Unit

from .cells import cells_of, lights_in
from .districts import Districts
from .scope import within

NAMED = 3

# By the reason that the judgement gives; facts stand in it already in the reader's language.
REASONS: dict[str, Promise] = {
    "not_running": gettext_lazy("项目%(stage)s，不判。"),
    "nothing_judged": gettext_lazy("规则没有填任何界限，不判。"),
    "started": gettext_lazy("已开工。"),
    "start_undated": gettext_lazy("阶段为%(stage)s，但没有实际开工日期。"),
    "no_planned_start": gettext_lazy("没有计划开工日期。"),
    "start_not_due": gettext_lazy("计划 %(planned)s开工，尚未到期。"),
    "start_late": gettext_lazy("计划 %(planned)s开工，已逾期 %(months)s 个月。"),
    "no_plan": gettext_lazy("没有 %(year)s 年度计划。"),
    "plan_too_small": gettext_lazy("年度计划 %(plan)s 万元，不足 %(smallest)s 万元的不判。"),
    "not_accepted": gettext_lazy("%(month)s 月进度尚未认定。"),
    "on_schedule": gettext_lazy("累计完成 %(done)s 万元，时序 %(scheduled)s 万元，不欠时序。"),
    "no_milestones": gettext_lazy("没有登记节点。"),
    "milestones_in_time": gettext_lazy("%(number)s 个节点，没有逾期。"),
    "milestones_late": gettext_lazy("逾期：%(overdue)s。"),
    "owes_nothing": gettext_lazy("没有 %(year)s 年度计划，不须报送。"),
    "not_due_yet": gettext_lazy("%(month)s 月进度还没有报送，截止日未过。"),
    "no_deadline": gettext_lazy("%(month)s 月进度还没有报送，该月没有设报送期。"),
    "filed": gettext_lazy("%(month)s 月进度已报送。"),
    "filed_late": gettext_lazy("%(month)s 月进度逾期报送，连续 %(late_running)s 个月未按时。"),
    "missed": gettext_lazy("%(month)s 月进度应报未报，连续 %(missed_running)s 个月未报。"),
    "same_as_last": gettext_lazy("%(month)s 月数据与上月相同。"),
}
REMEDIES: dict[str, Promise] = {
    "date_start": gettext_lazy("填写实际开工日期"),
    "plan_start": gettext_lazy("填写计划开工日期"),
    "start_by": gettext_lazy("%(by)s前开工"),
    "set_plan": gettext_lazy("设定 %(year)s 年度计划"),
    "accept_month": gettext_lazy("审核认定 %(month)s 月进度"),
    "file_month": gettext_lazy("报送 %(month)s 月进度"),
    "file_by": gettext_lazy("%(by)s前报送 %(month)s 月进度"),
    "file_and_next": gettext_lazy("报送 %(month)s 月进度，并按时报送 %(next)s 月进度"),
    "next_on_time": gettext_lazy("按时报送 %(next)s 月进度"),
    "correct_month": gettext_lazy("核对并更正 %(month)s 月数据"),
    "invest": gettext_lazy("再完成 %(amount)s 万元"),
    "add_milestones": gettext_lazy("登记节点"),
    "meet": gettext_lazy("完成节点%(names)s"),
}


# Why -----------------------------------------------------------------------------------------------


def why(inputs: Mapping[str, Any]) -> str:
    """What the colour was judged from, in a sentence; a reason that was since removed keeps its code."""
    reason = str(inputs.get("reason", ""))
    if reason == "worst":
        return _of_all(inputs)
    if reason == "behind":
        return _behind(inputs)
    return _worded(REASONS, reason, inputs)


def _worded(words: Mapping[str, Promise], code: str, facts: Mapping[str, Any]) -> str:
    return str(words[code]) % {name: _fact(name, value) for name, value in facts.items()} if code in words else code


def _of_all(inputs: Mapping[str, Any]) -> str:
    """The worst dimension with its reason, and which others are not green."""
    lit = {dimension: colour for dimension, colour in inputs["colours"].items() if colour != Light.Colour.GREEN}
    if not lit:
        return _("各方面均为绿灯。")
    worst = max(lit, key=lambda dimension: Light.ORDER.index(Light.Colour(lit[dimension])))
    words = _("%(dimension)s：%(why)s") % {
        "dimension": Light.Dimension(worst).label,
        "why": why(inputs["because"]),
    }
    others = [
        _("%(dimension)s%(colour)s")
        % {"dimension": Light.Dimension(dimension).label, "colour": Light.Colour(colour).label}
        for dimension, colour in lit.items()
        if dimension != worst
    ]
    return words + (_("另有%(others)s。") % {"others": listed(others)} if others else "")


def _behind(inputs: Mapping[str, Any]) -> str:
    facts = {name: _fact(name, value) for name, value in inputs.items()}
    words = _("累计完成 %(done)s 万元，时序 %(scheduled)s 万元，欠 %(short)s 万元（%(share)s%%）。") % {
        **facts,
        "share": inputs["share"] if inputs["share"] is not None else "—",
    }
    if inputs.get("floored"):
        words += _("年初时序小，按规则的下限计算。")
    if gaps := inputs.get("gaps"):
        words += _("其中 %(months)s 月未认定，未计入。") % {"months": listed(map(str, gaps))}
    return words


# Limits --------------------------------------------------------------------------------------------


def threshold(dimension: str, limits: Mapping[str, Any]) -> str:
    """The limits in a sentence; empty where the rules gave none to the case."""
    worded = LIMITS.get(dimension)
    return listed_limits(worded(limits)) if worded and limits else ""


def listed_limits(parts: Iterable[str]) -> str:
    return _("；").join(parts)


def _limits(yellow: Promise, red: Promise, limits: Mapping[str, Any]) -> list[str]:
    found = [(words, limits.get(key)) for words, key in ((yellow, "yellow"), (red, "red"))]
    return [str(words) % {"n": value} for words, value in found if value is not None]


def _of_start(limits: Mapping[str, Any]) -> list[str]:
    return _limits(gettext_lazy("逾期满 %(n)s 个月为黄"), gettext_lazy("逾期满 %(n)s 个月为红"), limits)


def _of_investment(limits: Mapping[str, Any]) -> list[str]:
    if limits["measure"] == LightRuleSet.Measure.POINTS:
        zero = gettext_lazy("欠时序为黄")
        yellow, red = gettext_lazy("欠时序 %(n)s 个百分点起为黄"), gettext_lazy("超过 %(n)s 个百分点为红")
    else:
        zero = gettext_lazy("欠时序为黄")
        yellow, red = gettext_lazy("欠时序 %(n)s%% 起为黄"), gettext_lazy("超过 %(n)s%% 为红")
    found = _limits(zero if limits.get("yellow") == "0" else yellow, red, limits)
    if limits.get("floor") and limits["measure"] == LightRuleSet.Measure.RATIO:
        found.append(_("时序不足年度计划 %(n)s%% 的按 %(n)s%% 算") % {"n": limits["floor"]})
    return found


def _of_milestones(limits: Mapping[str, Any]) -> list[str]:
    found = _limits(gettext_lazy("逾期 %(n)s 天为黄"), gettext_lazy("逾期 %(n)s 天为红"), limits)
    critical = limits.get("critical")
    return found if critical is None else [*found, _("关键节点逾期 %(n)s 天为红") % {"n": critical}]


def _of_reporting(limits: Mapping[str, Any]) -> list[str]:
    found = _limits(gettext_lazy("连续 %(n)s 个月未按时报送为黄"), gettext_lazy("连续 %(n)s 个月应报未报为红"), limits)
    return [*found, _("数据与上月相同为黄")] if limits.get("same") else found


LIMITS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    Light.Dimension.START: _of_start,
    Light.Dimension.INVESTMENT: _of_investment,
    Light.Dimension.MILESTONES: _of_milestones,
    Light.Dimension.REPORTING: _of_reporting,
}


# What would turn it green --------------------------------------------------------------------------


def remedy(facts: Mapping[str, Any]) -> str:
    """The smallest step to green; empty for a green light, and where no step of anybody's would do."""
    code = str(facts.get("code", ""))
    if code == "all":
        return listed_limits(dict.fromkeys(remedy(step) for step in facts["steps"]))
    return _worded(REMEDIES, "file_by" if code == "file_month" and facts.get("by") else code, facts)


def _fact(name: str, value: Any) -> Any:
    writer = WRITERS.get(name)
    return value if writer is None or value is None else writer(value)


def _amount(value: str) -> str:
    return money.wan(Decimal(value))


def _day(value: str) -> str:
    """7月31日: which year it is, the light says itself. The message is a date format, as each language writes it."""
    return date_format(date.fromisoformat(value), _("n月j日"))


def _overdue(rows: list[dict[str, Any]]) -> str:
    words = (_("“%(name)s”%(days)s 天") % row for row in sorted(rows, key=lambda row: -row["days"])[:NAMED])
    return _and_more(listed(words), len(rows))


def _names(names: list[str]) -> str:
    return _and_more(listed(_("“%(name)s”") % {"name": name} for name in names[:NAMED]), len(names))


def _and_more(words: str, number: int) -> str:
    return words if number <= NAMED else _("%(words)s等 %(n)s 个") % {"words": words, "n": number}


WRITERS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("plan", "scheduled", "done", "short", "amount", "smallest"), _amount),
    "planned": lambda value: date_format(date.fromisoformat(value), "YEAR_MONTH_FORMAT"),
    "by": _day,
    "stage": lambda value: str(Project.Stage(value).label),
    "overdue": _overdue,
    "names": _names,
}


# Counts --------------------------------------------------------------------------------------------


@dataclass
class LightGroup:
    """One line of a table; ``of`` is the category or unit, None where the projects name none."""

    of: Category | Unit | None
    colours: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class LightCounts:
    total: Counter[str]
    groups: list[LightGroup]


GROUPS = {"category": "category", "unit": "lead_unit"}


def light_counts(
    *,
    year: int,
    month: int,
    by: str,
    projects: QuerySet[Project] | None = None,
    dimension: str = Light.Dimension.OVERALL,
    districts: Districts | None = None,
) -> LightCounts:
    """How many lights of each colour a month has, by ``category`` or lead ``unit``; a project counts once.

    Units are taken by ``districts`` where these are given.
    """
    about: dict[str, Any] = {"year": year, "month": month}
    column = "under" if districts and by == "unit" else GROUPS[by]
    cells = cells_of(projects, None, column) if dimension == Light.Dimension.OVERALL else None
    if cells is not None:
        groups = {pk: Counter(numbers) for pk, numbers in lights_in(cells, column, districts=districts, **about)}
    else:
        groups = _lights_counted(column, projects, dimension=dimension, **about)
        groups = districts.taken(groups) if districts and column == "under" else groups
    wanted = groups.keys() - {None}
    named: Any = (
        Category.objects.in_bulk(wanted) if by == "category" else Unit.objects.without_tree_fields().in_bulk(wanted)
    )
    found = [LightGroup(named.get(pk), colours) for pk, colours in groups.items()]
    found.sort(key=lambda group: (group.of is None, group.of and group.of.order, group.of.code if group.of else ""))
    return LightCounts(sum(groups.values(), Counter()), found)


def _lights_counted(column: str, projects: QuerySet[Project] | None, **about: Any) -> dict[int | None, Counter[str]]:
    rows = within(Light.objects.filter(**about), projects).values_list(f"project__{column}", "colour")
    groups: dict[int | None, Counter[str]] = {}
    for pk, colour, number in rows.annotate(number=Count("pk")):
        groups.setdefault(pk, Counter())[colour] += number
    return groups


def newest_lit_month() -> tuple[int, int] | None:
    return Light.objects.order_by("-year", "-month").values_list("year", "month").first()
