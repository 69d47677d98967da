"""The columns of the register: what each shows on the page and writes into a file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erqi.core import exports, money
from erqi.core.templatetags.figures import STATES
from projects.admin.export import rounded
from projects.models import AnnualPlan, Light, Project
from projects.reports.figures import figures_of

from . import orders


@dataclass(frozen=True)
class Column:
    """``kind``: how a cell is written: text, chinese, twin, date, amount, rate, points or light.

    ``unit`` stands in the file's header beside the label; ``descending``: a first click sorts by it from the top down.
    """

    name: str
    label: Promise
    kind: str
    value: Callable[[Project], Any]
    unit: str | Promise = ""
    usual: bool = False
    descending: bool = False

    @property
    def numeric(self) -> bool:
        return self.kind in {"amount", "rate", "points"}


def _shown(name: str) -> Callable[[Project], Any]:
    return lambda project: getattr(project, f"get_{name}_display")()


def _label_of(choices: Any, name: str) -> Callable[[Any], Any]:
    labels = dict(choices.choices)
    return lambda project: labels.get(getattr(project, name), "")


WAN = _("万元")
COLUMNS = (
    Column("code", _("项目编号"), "code", attrgetter("code"), usual=True),
    Column("name", _("项目名称"), "name", attrgetter("name"), usual=True),
    Column("category", _("类别"), "twin", attrgetter("category"), usual=True),
    Column("programme", _("专项"), "twin", attrgetter("programme")),
    Column("lead_unit", _("责任单位"), "chinese", attrgetter("lead_unit"), usual=True),
    Column("host_unit", _("属地单位"), "chinese", attrgetter("host_unit")),
    Column("owner", _("建设单位"), "chinese", attrgetter("owner")),
    Column("level", _("级别"), "text", _shown("level")),
    Column("nature", _("建设性质"), "text", _shown("nature")),
    Column("stage", _("阶段"), "text", _shown("stage")),
    Column("year_class", _("年度类型"), "text", _label_of(AnnualPlan.YearClass, "plan_class")),
    Column(
        "total_investment", _("计划总投资"), "amount", attrgetter("total_investment"), WAN, usual=True, descending=True
    ),
    Column("plan", _("年度计划"), "amount", attrgetter("plan"), WAN, usual=True, descending=True),
    Column("scheduled", _("应完成（时序）"), "amount", attrgetter("scheduled"), WAN),
    Column("done", _("累计完成"), "amount", attrgetter("done"), WAN, usual=True, descending=True),
    Column("rate", _("完成率"), "rate", lambda p: figures_of(p).rate, "%", usual=True, descending=True),
    Column("ahead", _("超/欠时序"), "points", lambda p: figures_of(p).ahead, _("百分点"), usual=True),
    Column("light", _("亮灯"), "light", _label_of(Light.Colour, "light"), usual=True, descending=True),
    Column("planned_start", _("计划开工"), "date", attrgetter("planned_start")),
    Column("actual_start", _("实际开工"), "date", attrgetter("actual_start")),
    Column("planned_finish", _("计划竣工"), "date", attrgetter("planned_finish"), usual=True),
    Column("actual_finish", _("实际竣工"), "date", attrgetter("actual_finish")),
    Column("location", _("建设地点"), "chinese", attrgetter("location")),
    Column("sponsor", _("分包领导"), "chinese", attrgetter("sponsor")),
    Column("service_officer", _("首席服务员"), "chinese", attrgetter("service_officer")),
)
BY_NAME = {column.name: column for column in COLUMNS}
# Without it nobody could tell the rows apart.
ALWAYS = "name"


def chosen(names: Iterable[str]) -> list[Column]:
    """Those named, in the register's own order; the usual ones when none is."""
    wanted = set(names) & BY_NAME.keys()
    return [c for c in COLUMNS if (c.name in wanted or c.name == ALWAYS if wanted else c.usual)]


@dataclass(frozen=True)
class Row:
    project: Project
    columns: list[Column]

    @property
    def figures(self):
        return figures_of(self.project)

    @property
    def state(self) -> str:
        return STATES.get(money.points(self.figures.ahead)[0], "even")

    @property
    def cells(self) -> list[tuple[Column, Any]]:
        return [(column, column.value(self.project)) for column in self.columns]


@dataclass(frozen=True)
class Heading:
    """A column's head; ``href`` sorts by it, the other way round where it is sorted by already."""

    column: Column
    href: str
    # As aria-sort says it; empty where the table is not sorted by this column.
    direction: str


def headings(register) -> list[Heading]:
    return [_heading(register, column) for column in register.columns]


def _heading(register, column: Column) -> Heading:
    if column.name not in orders.NAMES:
        return Heading(column, "", "")
    here = register.sort.removeprefix("-") == column.name
    descending = register.sort.startswith("-")
    turned = not descending if here else column.descending
    sort = f"-{column.name}" if turned else column.name
    direction = ("descending" if descending else "ascending") if here else ""
    return Heading(column, register.to(sort="" if sort == orders.DEFAULT else sort), direction)


def of_file(register) -> list[exports.Column]:
    return [exports.Column(_header(column, register.basis), _written(column)) for column in register.columns]


def _header(column: Column, basis) -> str:
    """As the district's own ledgers print them: the period of a figure, and its unit."""
    spans = {
        "plan": _("%(year)s年计划投资"),
        "scheduled": _("%(year)s年1–%(month)s月应完成"),
        "done": _("%(year)s年1–%(month)s月完成"),
    }
    words = str(spans[column.name]) % basis.period if column.name in spans else str(column.label)
    return gettext("%(words)s（%(unit)s）") % {"words": words, "unit": column.unit} if column.unit else words


def _written(column: Column) -> Callable[[Project], Any]:
    """Amounts exact; rates and points as they are printed."""
    if column.kind in {"rate", "points"}:
        times = 100 if column.kind == "rate" else 1
        return lambda project: rounded(column.value(project), times=times)
    return column.value
