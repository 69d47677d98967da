"""Checks on filing: what each one looks at. How strictly it is applied is data (``FilingCheck``).

A finding is a code and facts; ``message`` puts it into the reader's language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from erqi.core import money
from erqi.core.models.reference import kept
from projects.models import FilingCheck, ProgressReport

from .month_facts import MonthFacts, read_month

Code, Severity = FilingCheck.Code, FilingCheck.Severity
ZERO = Decimal(0)


@dataclass(frozen=True)
class Finding:
    """One check that fired. ``facts`` are plain texts; amounts in 万元 as they are printed."""

    code: str
    severity: str
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return message(self.code, self.facts)

    @property
    def field(self) -> str:
        return CHECKS[self.code].field


@dataclass(frozen=True)
class Filing:
    """A month as it is about to be filed, with what it is compared with."""

    report: ProgressReport
    facts: MonthFacts
    thresholds: Mapping[str, Decimal]

    @property
    def earlier(self) -> list[ProgressReport]:
        return self.facts.earlier

    @property
    def last(self) -> ProgressReport | None:
        """The month before, if it was filed: figures of half a year ago are not "last month's"."""
        year, month = self.report.year, self.report.month
        before = (year, month - 1) if month > 1 else (year - 1, 12)
        return next((row for row in self.earlier if (row.year, row.month) == before), None)

    @property
    def last_percent(self) -> Decimal | None:
        return next((row.physical_percent for row in reversed(self.earlier) if row.physical_percent is not None), None)

    @property
    def cumulative(self) -> Decimal:
        """Before the year of the latest opening figure + everything filed since + this month (万元)."""
        since, opening = self.facts.opening or (0, ZERO)
        filed = sum((row.invested for row in self.facts.others if row.year >= since), ZERO)
        return opening + filed + self.report.invested

    @property
    def to_date(self) -> Decimal:
        return self.facts.filed_before + self.report.invested


Facts = dict[str, str] | None


def _over_total(filing: Filing) -> Facts:
    total, cumulative = filing.report.project.total_investment, filing.cumulative
    if total is None or cumulative <= total:
        return None
    return {"cumulative": money.wan(cumulative), "total": money.wan(total)}


def _negative(filing: Filing) -> Facts:
    invested = filing.report.invested
    return {"invested": money.wan(invested)} if invested < 0 else None


def _negative_to_date(filing: Filing) -> Facts:
    return {"to_date": money.wan(filing.to_date)} if filing.to_date < 0 else None


def _same_as_last(filing: Filing) -> Facts:
    invested, last = filing.report.invested, filing.last
    return {"invested": money.wan(invested)} if last and invested and last.invested == invested else None


def _exactly_plan(filing: Filing) -> Facts:
    invested = filing.report.invested
    return {"invested": money.wan(invested)} if invested and filing.facts.scheduled == invested else None


def _physical_back(filing: Filing) -> Facts:
    now, last = filing.report.physical_percent, filing.last_percent
    if now is None or last is None or now >= last:
        return None
    return {"now": f"{now.normalize():f}", "last": f"{last.normalize():f}"}


def _money_only(filing: Filing) -> Facts:
    now, last = filing.report.physical_percent, filing.last_percent
    if filing.report.invested <= 0 or now is None or now != last or now >= 100:
        return None
    return {"invested": money.wan(filing.report.invested), "now": f"{now.normalize():f}"}


def _physical_only(filing: Filing) -> Facts:
    now, last = filing.report.physical_percent, filing.last_percent
    if filing.report.invested != 0 or now is None or last is None or now <= last:
        return None
    return {"now": f"{now.normalize():f}", "last": f"{last.normalize():f}"}


def _jump(filing: Filing) -> Facts:
    """Against the mean of the last twelve months that had any; two of them are the least to compare with."""
    past = [row.invested for row in filing.earlier if row.invested > 0][-12:]
    if len(past) < 2:
        return None
    mean, times = sum(past, ZERO) / len(past), filing.thresholds[Code.JUMP]
    if filing.report.invested <= mean * times:
        return None
    return {
        "invested": money.wan(filing.report.invested),
        "mean": money.wan(money.yuan(mean)),
        "times": f"{times.normalize():f}",
    }


def _copied_text(filing: Filing) -> Facts:
    last = filing.last
    note, before = "".join(filing.report.note.split()), "".join(last.note.split()) if last else ""
    return {} if note and note == before else None


@dataclass(frozen=True)
class Check:
    """``field``: the box that a person would look at. Severity and threshold hold until the bureau sets others."""

    field: str
    message: Promise
    finds: Callable[[Filing], Facts]
    severity: str = Severity.EXPLAIN
    threshold: Decimal | None = None


CHECKS: dict[str, Check] = {
    Code.OVER_TOTAL: Check(
        "invested", _("开工以来累计 %(cumulative)s 万元，超过计划总投资 %(total)s 万元。"), _over_total
    ),
    Code.NEGATIVE: Check("invested", _("本月完成为负数（%(invested)s 万元）。"), _negative),
    Code.NEGATIVE_TO_DATE: Check(
        "invested", _("本年累计为负数（%(to_date)s 万元）。"), _negative_to_date, severity=Severity.BLOCK
    ),
    Code.SAME_AS_LAST: Check("invested", _("与上月完成的 %(invested)s 万元相同。"), _same_as_last),
    Code.EXACTLY_PLAN: Check("invested", _("与本月计划的 %(invested)s 万元完全相同。"), _exactly_plan),
    Code.PHYSICAL_BACK: Check("physical_percent", _("形象进度由 %(last)s%% 退到 %(now)s%%。"), _physical_back),
    Code.MONEY_ONLY: Check("physical_percent", _("完成投资 %(invested)s 万元，形象进度仍为 %(now)s%%。"), _money_only),
    Code.PHYSICAL_ONLY: Check(
        "physical_percent", _("形象进度由 %(last)s%% 到 %(now)s%%，但本月没有投资。"), _physical_only
    ),
    Code.JUMP: Check(
        "invested",
        _("本月 %(invested)s 万元，超过以往月均 %(mean)s 万元的 %(times)s 倍。"),
        _jump,
        threshold=Decimal(5),
    ),
    Code.COPIED_TEXT: Check("note", _("形象进度说明与上月完全相同。"), _copied_text),
}


@dataclass(frozen=True)
class Rule:
    """How strictly a check is applied. ``threshold`` is None for a check that needs none."""

    severity: str
    threshold: Decimal | None


def rules() -> dict[str, Rule]:
    """Every check as the bureau has set it, or else by its default, in the order of the table above."""
    rows = {row.code: row for row in kept(FilingCheck)}
    return {code: _rule(check, rows.get(code)) for code, check in CHECKS.items()}


def _rule(check: Check, row: FilingCheck | None) -> Rule:
    if row is None:
        return Rule(check.severity, check.threshold)
    given = row.threshold if check.threshold is not None else None
    return Rule(row.severity, check.threshold if given is None else given)


def run(report: ProgressReport, facts: MonthFacts | None = None) -> list[Finding]:
    """Every check that fires on ``report`` as it stands, in the order of the table above; ``facts`` where known."""
    facts, now = facts or read_month(report.project, report.year, report.month), rules()
    thresholds = {code: rule.threshold for code, rule in now.items() if rule.threshold is not None}
    filing = Filing(report, facts, thresholds)
    found = [(code, check.finds(filing)) for code, check in CHECKS.items() if now[code].severity != Severity.OFF]
    return [Finding(code, now[code].severity, told) for code, told in found if told is not None]


def stored(report: ProgressReport) -> list[Finding]:
    """What fired when it was submitted, in the reader's language; by then nothing was left that blocks."""
    return [Finding(row["code"], Severity.EXPLAIN, row["facts"]) for row in report.findings]


def message(code: str, facts: Mapping[str, Any]) -> str:
    """A finding in words; a check that was since removed from the table keeps its code."""
    check = CHECKS.get(code)
    return str(check.message) % facts if check else code
