"""The figures of the page on timeliness, declared once for its tables, their order, their links and the exports."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erqi.core import money
from erqi.core.exports import Column
from projects.reports import Filing, Timeliness, TimelinessGroup

# In the place of a unit's code: the projects that nobody leads yet.
NOBODY = "-"


@dataclass(frozen=True)
class Kind:
    """A figure that counts project-months: which they are."""

    label: Promise
    counts: Callable[[Filing], bool]


KINDS = {
    "due": Kind(gettext_lazy("到期应报"), lambda row: row.passed),
    "filed": Kind(gettext_lazy("已报"), lambda row: row.passed and row.filed),
    "on_time": Kind(gettext_lazy("按时"), lambda row: row.passed and row.on_time is True),
    "late": Kind(gettext_lazy("逾期报送"), lambda row: row.passed and row.filed and row.on_time is not True),
    "overdue": Kind(gettext_lazy("逾期未报"), lambda row: row.overdue),
    "accepted": Kind(gettext_lazy("已认定"), lambda row: row.passed and row.accepted_at is not None),
    "not_yet_due": Kind(gettext_lazy("未到期"), lambda row: row.deadline is not None and not row.passed),
    "undated": Kind(gettext_lazy("无报送期"), lambda row: row.deadline is None),
    "passed": Kind(gettext_lazy("首次填报已认定"), lambda row: row.accepted_at is not None),
    "first_pass": Kind(gettext_lazy("一次通过"), lambda row: row.accepted_at is not None and not row.returns),
    "returns": Kind(gettext_lazy("曾被退回"), lambda row: row.filed and row.returns > 0),
}


@dataclass(frozen=True)
class Figure:
    """A column: ``name`` of ``Timeliness``, how it is written, and which rows stand behind it (a ``Kind``)."""

    name: str
    label: Promise
    write: Callable[[Any], str] = str
    rows: str = ""
    unit: Promise | str = ""
    # Where low is what a reader looks for first.
    low_first: bool = False

    def of(self, figures: Timeliness) -> Any:
        return getattr(figures, self.name)


def _days(value: Decimal | int | None) -> str:
    return "—" if value is None else str(value)


def _each(value: Decimal | None) -> str:
    return "—" if value is None else f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP)}"


PERCENT = "%"
DAYS = gettext_lazy("天")
FIGURES = (
    Figure("projects", gettext_lazy("项目")),
    Figure("due", gettext_lazy("到期应报"), rows="due"),
    Figure("filed", gettext_lazy("已报"), rows="filed"),
    Figure("on_time", gettext_lazy("按时"), rows="on_time"),
    Figure("overdue", gettext_lazy("逾期未报"), rows="overdue"),
    Figure("filed_rate", gettext_lazy("报送率"), money.percent, unit=PERCENT, low_first=True),
    Figure("on_time_rate", gettext_lazy("按时率"), money.percent, unit=PERCENT, low_first=True),
    Figure("accepted_rate", gettext_lazy("认定率"), money.percent, "accepted", PERCENT, low_first=True),
    Figure("money_rate", gettext_lazy("投资覆盖"), money.percent, "accepted", PERCENT, low_first=True),
    Figure("first_pass_rate", gettext_lazy("一次通过"), money.percent, "first_pass", PERCENT, low_first=True),
    Figure("returns_per_report", gettext_lazy("每份退回"), _each, "returns"),
    Figure("review_mean", gettext_lazy("平均审核"), _days, "passed", DAYS),
    Figure("review_median", gettext_lazy("审核中位"), _days, "passed", DAYS),
    Figure("newest_age", gettext_lazy("最新数"), _days, unit=DAYS),
    Figure("oldest_age", gettext_lazy("最旧数"), _days, unit=DAYS),
    Figure("not_yet_due", gettext_lazy("未到期"), rows="not_yet_due"),
)
BY_NAME = {figure.name: figure for figure in FIGURES}


def ordered(groups: list[TimelinessGroup], sort: str) -> list[TimelinessGroup]:
    """By a column (``-`` before it: the largest first); what has no value comes last either way."""
    figure = BY_NAME.get(sort.removeprefix("-"))
    if figure is None:
        return groups
    known = [group for group in groups if figure.of(group.figures) is not None]
    unknown = [group for group in groups if figure.of(group.figures) is None]
    known.sort(key=lambda group: figure.of(group.figures), reverse=sort.startswith("-"))
    return known + unknown


def heading(figure: Figure) -> str:
    """With its unit, as an export's header says it."""
    return (
        _("%(label)s（%(unit)s）") % {"label": figure.label, "unit": figure.unit} if figure.unit else str(figure.label)
    )


def _exported(figure: Figure, value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    times = 100 if figure.unit == PERCENT else 1
    return (value * times).quantize(Decimal("0.01" if times == 1 else "0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Cell:
    figure: Figure
    text: str
    href: str


def cells(figures: Timeliness, query: dict[str, Any]) -> dict[str, Cell]:
    """By the figure's name; each leads to its rows, but nothing stands behind a zero or an unknown."""
    return {
        figure.name: Cell(figure, figure.write(value), rows_address(query, figure.rows) if value else "")
        for figure in FIGURES
        for value in [figure.of(figures)]
    }


def rows_address(query: dict[str, Any], kind: str) -> str:
    return f"{reverse('admin:timeliness_rows')}?{urlencode({**query, 'of': kind})}" if kind else ""


@dataclass(frozen=True)
class Line:
    name: str
    figures: Timeliness
    cells: dict[str, Cell]


class Table:
    """Groups of one kind (``unit``, ``category``, ``month``) as lines, in the order asked for."""

    def __init__(self, by: str, groups: Iterable[TimelinessGroup], scope: dict[str, Any], sort: str = ""):
        self.by, self.scope, self.sort = by, scope, sort
        self.lines = [self._line(group) for group in ordered(list(groups), sort)]

    def _line(self, group: TimelinessGroup) -> Line:
        return Line(self.name(group.of), group.figures, cells(group.figures, self.scope | self._own(group.of)))

    def _own(self, of: Any) -> dict[str, Any]:
        if self.by == "month":
            return {"from_month": of, "month": of}
        return {"led_by" if self.by == "unit" else "category": getattr(of, "code", NOBODY)}

    def name(self, of: Any) -> str:
        if self.by == "month":
            return _("%(month)s 月") % {"month": of}
        return _("尚无责任单位") if of is None else str(of)

    @property
    def headings(self) -> Iterator[dict[str, Any]]:
        """Each with the order that a click asks for: the worst first, and then the other way round."""
        for figure in FIGURES:
            first, second = f"-{figure.name}", figure.name
            if figure.low_first:
                first, second = second, first
            state = {figure.name: "ascending", f"-{figure.name}": "descending"}.get(self.sort, "none")
            href = urlencode({**self.scope, "sort": second if self.sort == first else first})
            yield {"label": heading(figure), "href": f"?{href}", "state": state}


EXPORTED_ONLY = (
    Figure("late", gettext_lazy("逾期报送")),
    Figure("accepted", gettext_lazy("已认定")),
    Figure("filed_early", gettext_lazy("未到期已报")),
    Figure("undated", gettext_lazy("无报送期")),
    Figure("returns", gettext_lazy("退回次数")),
    Figure("silent", gettext_lazy("尚无认定数的项目")),
)


def group_columns() -> list[Column]:
    """Of (kind of group, name, figures)."""

    def column(figure: Figure) -> Column:
        return Column(heading(figure), lambda row: _exported(figure, figure.of(row[2])))

    first = [Column(_("分组"), lambda row: row[0]), Column(_("名称"), lambda row: row[1])]
    return [*first, *(column(figure) for figure in (*FIGURES, *EXPORTED_ONLY))]
