"""What the month page shows: the period, how many projects stand where, and the rows asked for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from erqi.accounts.roles import Action
from projects.models import PeriodExtension, ProgressReport, Project, ReportingPeriod
from projects.models.choices import FIRST_YEAR, LAST_YEAR
from projects.models.plan import MONTHS
from projects.reports import clerk
from projects.reports.clerk import Entry, Standing, State
from projects.services import periods, workflow

from .basis import whole
from .month_forms import DecisionForm, FilingForm, RowForm, form_sent
from .month_rows import Chip, Row

PER_PAGE = 100
Status = ProgressReport.Status


class Desk:
    """Everything on the page, each thing read once and for all rows together."""

    def __init__(
        self, user, address: Mapping[str, str], *, typed: Iterable[RowForm] = (), shown: Iterable[RowForm] = ()
    ):
        self.user, self.address, self.today = user, address, timezone.localdate()
        # After a page was sent: what has to come back as it was typed, and the rows that were on it.
        self.typed = {form.entry.project.pk: form for form in typed}
        self.kept = {form.entry.project.pk for form in shown}

    # — which month —

    @cached_property
    def when(self) -> tuple[int, int]:
        year = whole(self.address.get("year"), range(FIRST_YEAR, LAST_YEAR + 1))
        month = whole(self.address.get("month"), MONTHS)
        if year and month:
            return year, month
        newest = clerk.month_to_file(self.today)
        return year or newest[0], month or newest[1]

    @property
    def year(self) -> int:
        return self.when[0]

    @property
    def month(self) -> int:
        return self.when[1]

    @cached_property
    def period(self) -> ReportingPeriod | None:
        return periods.period_of(self.year, self.month)

    @property
    def to_come(self) -> bool:
        return (self.year, self.month) > (self.today.year, self.today.month)

    @cached_property
    def extensions(self) -> list[PeriodExtension]:
        return clerk.extensions_for(self.units, self.period)

    @property
    def due(self) -> date | None:
        """The deadline that holds for all of the list; the period's own where units differ."""
        found = {row.due for row in self.standings}
        if len(found) == 1:
            return found.pop()
        return self.period.due if self.period else None

    @property
    def locks(self) -> date | None:
        return self.period.locks_after(self.due) if self.period and self.due else None

    @property
    def days_left(self) -> int | None:
        return (self.due - self.today).days if self.due else None

    @property
    def days_over(self) -> int:
        return -(self.days_left or 0)

    @property
    def before(self) -> str:
        return self._month_away(-1)

    @property
    def after(self) -> str:
        return self._month_away(1)

    def _month_away(self, step: int) -> str:
        year, place = divmod(self.year * 12 + self.month - 1 + step, 12)
        return self.url(year=year, month=place + 1, p="") if FIRST_YEAR <= year <= LAST_YEAR else ""

    # — which rows —

    @property
    def query(self) -> str:
        return self.address.get("q", "").strip()[:100]

    @property
    def state(self) -> str:
        asked = self.address.get("state", "")
        return asked if asked in State.values else ""

    @cached_property
    def reports(self) -> QuerySet[ProgressReport]:
        return ProgressReport.objects.shown_to(self.user)

    @cached_property
    def reach(self) -> dict[Action, QuerySet[Project]]:
        return {action: Project.objects.reachable(self.user, action) for action in (Action.REPORT, Action.ENDORSE)}

    @cached_property
    def standings(self) -> list[Standing]:
        """Every project of this reader that owes the month and matches what was searched for."""
        projects: Any = self.reach[Action.REPORT] | self.reach[Action.ENDORSE]
        return clerk.standings(
            projects=projects.search(self.query),
            year=self.year,
            month=self.month,
            reports=self.reports,
            period=self.period,
            today=self.today,
        )

    @cached_property
    def units(self) -> set[int]:
        rows = Project.objects.filter(pk__in=[row.project for row in self.standings]).order_by()
        return {lead or area for lead, area in rows.values_list("lead_unit", "area").distinct()}

    @cached_property
    def page(self):
        rows = [row for row in self.standings if self._is_shown(row)]
        return Paginator(rows, PER_PAGE).get_page(None if self.kept else self.address.get("p"))

    def _is_shown(self, row: Standing) -> bool:
        if self.kept:
            return row.project in self.kept
        return not self.state or row.state == self.state

    @property
    def pages(self) -> list[tuple[int, str]]:
        return [(number, self.url(p=number)) for number in self.page.paginator.page_range]

    @cached_property
    def rows(self) -> list[Row]:
        entries = self.entries(list(self.page))
        reports = [entry.report for entry in entries if entry.report]
        verbs = workflow.allowed(reports, by=self.user)
        pks = [entry.project.pk for entry in entries]
        reached = {
            action: set(found.filter(pk__in=pks).values_list("pk", flat=True)) for action, found in self.reach.items()
        }
        return [self._row(entry, verbs.get(entry.report.pk, []) if entry.report else [], reached) for entry in entries]

    def entries(self, rows: list[Standing]) -> list[Entry]:
        return clerk.entries(rows, year=self.year, month=self.month, reports=self.reports)

    def _row(self, entry: Entry, verbs: list[str], reached: dict[Action, set[int]]) -> Row:
        pk, closed = entry.project.pk, self._closed(entry)
        files = pk in reached[Action.REPORT] and entry.state in clerk.TO_DO
        form = self.typed.get(pk)
        if form is None and files and not closed:
            form = self._form(FilingForm, entry)
        elif form is None and {workflow.WITHDRAW.verb, workflow.ENDORSE.verb, workflow.RETURN.verb} & set(verbs):
            form = self._form(DecisionForm, entry)
        return Row(entry, form=form, verbs=verbs, signs=pk in reached[Action.ENDORSE], closed=closed if files else "")

    def _closed(self, entry: Entry) -> str:
        """Why nothing can be written there now, as the services would say; what was sent back is always taken."""
        if self.to_come:
            return _("%(year)s 年 %(month)s 月还没有开始，不能填报。") % {"year": self.year, "month": self.month}
        asked_back = entry.report is not None and entry.report.returned_at is not None
        if self.period is None or entry.due is None or asked_back:
            return ""
        refused = periods.closed(self.period, due=entry.due, on=self.today)
        return refused.message if refused else ""

    def _form(self, kind: type[RowForm], entry: Entry, data=None) -> RowForm:
        return kind(data, entry=entry, year=self.year, month=self.month, by=self.user)

    def sent(self, data: QueryDict) -> list[RowForm]:
        """The forms that came in, for rows within reach."""
        asked = {int(text) for text in data.getlist("row") if whole_id(text)}
        rows = [row for row in self.standings if row.project in asked][: 2 * PER_PAGE]
        found = [(form_sent(data, entry), entry) for entry in self.entries(rows)]
        return [self._form(kind, entry, data) for kind, entry in found if kind]

    # — what stands above and below them —

    @cached_property
    def counts(self) -> Counter[str]:
        return Counter(str(row.state) for row in self.standings)

    @property
    def total(self) -> int:
        return len(self.standings)

    @property
    def chips(self) -> list[Chip]:
        every = self._chip("", "", self.total)
        return [every, *(self._chip(state.value, str(state.label), self.counts[state]) for state in State)]

    def _chip(self, state: str, label: str, count: int) -> Chip:
        return Chip(state, label, count, self.url(state=state, p=""), chosen=self.state == state)

    @property
    def to_do(self) -> int:
        """What its reader has still to file."""
        return sum(self.counts[state] for state in clerk.TO_DO)

    @property
    def files(self) -> bool:
        return any(row.files for row in self.rows)

    @property
    def endorses(self) -> bool:
        return any(row.endorses for row in self.rows)

    def url(self, **changes) -> str:
        known = {"year": self.year, "month": self.month, "state": self.state, "q": self.query, "p": ""}
        return month_url(**{**known, **changes})

    @property
    def everything(self) -> str:
        return month_url(year=self.year, month=self.month)

    @property
    def here(self) -> str:
        return self.url(p=self.page.number if self.page.number > 1 else "")


def whole_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def month_url(**values) -> str:
    return f"{reverse('admin:month')}?{urlencode({name: value for name, value in values.items() if value})}"
