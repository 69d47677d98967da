"""What a rule set says of a project in a month: plain facts in, colours with their reasons out, no database.

What is not known is grey, never green. Every number is compared exactly, as whole yuan; nothing is divided.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from projects.models import Light, LightRuleSet, Project

Dimension, Colour = Light.Dimension, Light.Colour
ZERO = Decimal(0)
# A percentage of an amount, in whole yuan: limits have two decimals, and 万元 four.
PARTS = 100_000_000
YUAN_PER_WAN = 10_000


@dataclass(frozen=True)
class Filing:
    """A month whose report is owed. ``due`` is the unit's own deadline, None where none was set.

    ``on_time`` is None where nothing says; ``figures`` compares one month with the next.
    """

    filed: bool = False
    on_time: bool | None = None
    due: date | None = None
    passed: bool = False
    figures: tuple = ()

    @property
    def missed(self) -> bool:
        return self.passed and not self.filed

    @property
    def late(self) -> bool:
        return self.missed or (self.filed and self.on_time is False)


@dataclass(frozen=True)
class Step:
    """A milestone: ``overdue`` days at the day of judging, 0 when met by then or not yet due."""

    name: str
    due: date
    critical: bool = False
    overdue: int = 0


@dataclass(frozen=True)
class Facts:
    """A project as it stood at the end of a month, or today while the month runs. Amounts in 万元.

    ``started``: True, False, or None when its stage says so but no date does. ``filings``: this month first, then
    those before it; None for a month whose report was not owed.
    """

    year: int
    month: int
    ends: date
    stage: str = ""
    planned_start: date | None = None
    started: bool | None = False
    plan: Decimal | None = None
    scheduled: Decimal | None = None
    done: Decimal = ZERO
    accepted: bool = False
    gaps: tuple[int, ...] = ()
    milestones: tuple[Step, ...] = ()
    filings: tuple[Filing | None, ...] = (None,)


@dataclass(frozen=True)
class Judgement:
    """``inputs`` always names its ``reason``; all three dictionaries hold codes and plain values, ready for JSON."""

    colour: str
    inputs: dict[str, Any]
    threshold: dict[str, Any] = field(default_factory=dict)
    remedy: dict[str, Any] = field(default_factory=dict)
    worst: str = ""


def judge(facts: Facts, rules: LightRuleSet) -> dict[str, Judgement]:
    """A judgement for each dimension that the rules have a limit for, and the overall one."""
    found = {dimension: DIMENSIONS[dimension][1](facts, rules) for dimension in judged_dimensions(rules)}
    if not Project.reports_in(facts.stage):
        found = {dimension: _grey("not_running", stage=facts.stage) for dimension in found}
    return {Dimension.OVERALL: overall(found), **found}


def overall(found: dict[str, Judgement]) -> Judgement:
    """The worst of them; of several equally bad the first named. It turns green when all of them are."""
    if not found:
        return _grey("nothing_judged")
    colours = {dimension: judgement.colour for dimension, judgement in found.items()}
    worst = max(found, key=lambda dimension: Light.ORDER.index(Colour(colours[dimension])))
    colour = colours[worst]
    steps = [judgement.remedy for judgement in found.values() if judgement.remedy]
    return Judgement(
        colour,
        {"reason": "worst", "colours": colours, "because": found[worst].inputs},
        remedy={"code": "all", "steps": steps} if steps else {},
        worst="" if colour == Colour.GREEN else worst,
    )


# 开工 ---------------------------------------------------------------------------------------------


def start(facts: Facts, rules: LightRuleSet) -> Judgement:
    """Whole months since the planned month, which itself is still in time."""
    threshold = {"yellow": rules.start_yellow, "red": rules.start_red}
    if facts.started:
        return Judgement(Colour.GREEN, {"reason": "started"}, threshold)
    if facts.started is None:
        return _grey("start_undated", {"code": "date_start"}, threshold, stage=facts.stage)
    if facts.planned_start is None:
        return _grey("no_planned_start", {"code": "plan_start"}, threshold)
    planned = facts.planned_start
    late = (facts.year - planned.year) * 12 + facts.month - planned.month
    colour = _worse(late, rules.start_yellow, rules.start_red)
    inputs = {"planned": planned.isoformat(), "months": late}
    if late <= 0:
        return Judgement(Colour.GREEN, {"reason": "start_not_due", **inputs}, threshold)
    remedy = {} if colour == Colour.GREEN else {"code": "start_by", "by": facts.ends.isoformat()}
    return Judgement(colour, {"reason": "start_late", **inputs}, threshold, remedy)


# 投资进度 ------------------------------------------------------------------------------------------


def investment(facts: Facts, rules: LightRuleSet) -> Judgement:
    """How far the accepted year to date lies behind the schedule, measured as the rules say."""
    limits = _investment_limits(rules)
    if facts.plan is None or facts.scheduled is None:
        return _grey("no_plan", {"code": "set_plan", "year": facts.year}, limits, year=facts.year)
    if rules.smallest_plan is not None and facts.plan < rules.smallest_plan:
        return _grey("plan_too_small", {}, limits, plan=_text(facts.plan), smallest=_text(rules.smallest_plan))
    if not facts.accepted:
        return _grey("not_accepted", _to_accept(facts), limits, month=facts.month)
    short = _yuan(facts.scheduled) - _yuan(facts.done)
    base = _base(facts.plan, facts.scheduled, rules)
    inputs = {
        "reason": "behind" if short > 0 else "on_schedule",
        "plan": _text(facts.plan),
        "scheduled": _text(facts.scheduled),
        "done": _text(facts.done),
        "short": _text(Decimal(short) / YUAN_PER_WAN),
        "share": _share(short, base),
        "floored": rules.measure == LightRuleSet.Measure.RATIO and base > _yuan(facts.scheduled) * YUAN_PER_WAN,
    } | ({"gaps": list(facts.gaps)} if facts.gaps else {})
    allowed = _allowed(base, rules)
    if short <= allowed:
        return Judgement(Colour.GREEN, inputs, limits)
    red = rules.investment_red is not None and short * PARTS > _hundredths(rules.investment_red) * base
    remedy = {"code": "invest", "amount": _text(Decimal(short - allowed) / YUAN_PER_WAN)}
    return Judgement(Colour.RED if red else Colour.YELLOW, inputs, limits, remedy)


def _base(plan: Decimal, scheduled: Decimal, rules: LightRuleSet) -> int:
    """What the shortfall is a share of, in ten-thousandths of a yuan."""
    if rules.measure == LightRuleSet.Measure.POINTS:
        return _yuan(plan) * YUAN_PER_WAN
    return max(_yuan(scheduled) * YUAN_PER_WAN, _hundredths(rules.schedule_floor or ZERO) * _yuan(plan))


def _allowed(base: int, rules: LightRuleSet) -> int:
    """The largest shortfall in yuan that is still green: yellow begins at its limit, red beyond it."""
    found = []
    if rules.investment_yellow is not None:
        found.append((_hundredths(rules.investment_yellow) * base - 1) // PARTS)
    if rules.investment_red is not None:
        found.append(_hundredths(rules.investment_red) * base // PARTS)
    return max(min(found), 0)


def _investment_limits(rules: LightRuleSet) -> dict[str, Any]:
    names = {"yellow": "investment_yellow", "red": "investment_red", "floor": "schedule_floor"}
    return {"measure": rules.measure} | {key: _text(getattr(rules, name)) for key, name in names.items()}


def _to_accept(facts: Facts) -> dict[str, Any]:
    """What the month lacks: its report, or the bureau's decision on it."""
    this = facts.filings[0]
    return {"code": "accept_month" if this and this.filed else "file_month", "month": facts.month}


def _share(short: int, base: int) -> str | None:
    """In percent (points for the one measure) with one decimal, as it is printed; the colour is not taken from it."""
    return None if not base else str((Decimal(short) * PARTS / base / 100).quantize(Decimal("0.1")))


# 节点 ---------------------------------------------------------------------------------------------


def milestones(facts: Facts, rules: LightRuleSet) -> Judgement:
    threshold = {"yellow": rules.milestone_yellow, "red": rules.milestone_red, "critical": rules.critical_red}
    if not facts.milestones:
        return _grey("no_milestones", {"code": "add_milestones"}, threshold)
    overdue = [step for step in facts.milestones if step.overdue > 0]
    lit = {step: _of_step(step, rules) for step in overdue}
    late = [step for step in overdue if lit[step] != Colour.GREEN]
    colour = Colour.RED if Colour.RED in lit.values() else Colour.YELLOW if late else Colour.GREEN
    inputs = {
        "reason": "milestones_late" if overdue else "milestones_in_time",
        "number": len(facts.milestones),
        "overdue": [
            {"name": step.name, "due": step.due.isoformat(), "days": step.overdue, "critical": step.critical}
            for step in overdue
        ],
    }
    remedy = {"code": "meet", "names": [step.name for step in late]} if late else {}
    return Judgement(colour, inputs, threshold, remedy)


def _of_step(step: Step, rules: LightRuleSet) -> str:
    colour = _worse(step.overdue, rules.milestone_yellow, rules.milestone_red)
    critical = step.critical and rules.critical_red is not None and step.overdue >= rules.critical_red
    return Colour.RED if critical else colour


# 报送 ---------------------------------------------------------------------------------------------


def reporting(facts: Facts, rules: LightRuleSet) -> Judgement:
    """Months running until this one that were late or missing (yellow), or missing (red)."""
    threshold = {
        "yellow": rules.reporting_yellow,
        "red": rules.reporting_red,
        "same": rules.same_is_yellow,
    }
    this = facts.filings[0]
    if this is None:
        return _grey("owes_nothing", {"code": "set_plan", "year": facts.year}, threshold, year=facts.year)
    if not this.filed and not this.passed:
        return _grey("not_due_yet" if this.due else "no_deadline", _file_by(facts, this), threshold, month=facts.month)
    late = _running(facts.filings, lambda filing: filing.late)
    missed = _running(facts.filings, lambda filing: filing.missed)
    inputs = {
        "month": facts.month,
        "due": this.due and this.due.isoformat(),
        "late_running": late,
        "missed_running": missed,
    }
    colour = _of_filings(late, missed, rules)
    if colour == Colour.GREEN and rules.same_is_yellow and _same(facts.filings):
        remedy = {"code": "correct_month", "month": facts.month}
        return Judgement(Colour.YELLOW, {"reason": "same_as_last", **inputs}, threshold, remedy)
    reason = "missed" if this.missed else "filed_late" if this.late else "filed"
    remedy = {} if colour == Colour.GREEN else _to_file(facts, this, rules)
    return Judgement(colour, {"reason": reason, **inputs}, threshold, remedy)


def _of_filings(late: int, missed: int, rules: LightRuleSet) -> str:
    if rules.reporting_red and missed >= rules.reporting_red:
        return Colour.RED
    return Colour.YELLOW if rules.reporting_yellow and late >= rules.reporting_yellow else Colour.GREEN


def _running(filings: Iterable[Filing | None], holds: Callable[[Filing], bool]) -> int:
    number = 0
    for filing in filings:
        if filing is None or not holds(filing):
            break
        number += 1
    return number


def _same(filings: tuple[Filing | None, ...]) -> bool:
    this, before = (*filings, None)[:2]
    return bool(this and before and this.filed and before.filed and this.figures and this.figures == before.figures)


def _file_by(facts: Facts, this: Filing) -> dict[str, Any]:
    by = {"by": this.due.isoformat()} if this.due else {}
    return {"code": "file_month", "month": facts.month, **by}


def _to_file(facts: Facts, this: Filing, rules: LightRuleSet) -> dict[str, Any]:
    """A month that is late stays late: then only the next one, filed in time, is green again."""
    following = facts.month % 12 + 1
    if not this.missed:
        return {"code": "next_on_time", "next": following}
    filed = replace(facts, filings=(replace(this, filed=True, on_time=False), *facts.filings[1:]))
    if reporting(filed, rules).colour == Colour.GREEN:
        return {"code": "file_month", "month": facts.month}
    return {"code": "file_and_next", "month": facts.month, "next": following}


# What they share ----------------------------------------------------------------------------------

DIMENSIONS: dict[str, tuple[tuple[str, ...], Callable[[Facts, LightRuleSet], Judgement]]] = {
    Dimension.START: (("start_yellow", "start_red"), start),
    Dimension.INVESTMENT: (("investment_yellow", "investment_red"), investment),
    Dimension.MILESTONES: (("milestone_yellow", "milestone_red", "critical_red"), milestones),
    Dimension.REPORTING: (("reporting_yellow", "reporting_red", "same_is_yellow"), reporting),
}


def judged_dimensions(rules: LightRuleSet) -> list[str]:
    """Those that the rules have a limit for."""
    return [
        dimension
        for dimension, (limits, _judge) in DIMENSIONS.items()
        if any(getattr(rules, name) not in (None, False) for name in limits)
    ]


def _grey(
    reason: str, remedy: dict[str, Any] | None = None, threshold: dict[str, Any] | None = None, **inputs: Any
) -> Judgement:
    return Judgement(Colour.GREY, {"reason": reason, **inputs}, threshold or {}, remedy or {})


def _worse(late: int, yellow: int | None, red: int | None) -> str:
    if late > 0 and red is not None and late >= red:
        return Colour.RED
    return Colour.YELLOW if late > 0 and yellow is not None and late >= yellow else Colour.GREEN


def _yuan(amount: Decimal) -> int:
    return int(amount * YUAN_PER_WAN)


def _hundredths(percent: Decimal) -> int:
    return int(percent * 100)


def _text(value: Decimal | None) -> str | None:
    """One spelling for a number, however the database returned it."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
