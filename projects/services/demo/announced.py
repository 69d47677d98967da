"""What the demo district announced: theme, targets, headline figures. Some agree with the register and some do not."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.timezone import localdate

from erqi.core.models import SourceNote
from erqi.core.money import WAN_PER_YI
from projects.models import Category, PublishedFigure, Target, YearTheme
from projects.models.choices import Commitment, Qualifier

from .district import District
from .projects import Drawn
from .shapes import rounded
from .vocabulary import MARK

Measure = PublishedFigure.Measure
NOTE = f"{MARK}数据。"
LABELS = {
    Measure.PROJECT_COUNT: ("项目个数", "projects", "个"),
    Measure.TOTAL_INVESTMENT: ("总投资", "total investment", "亿元"),
    Measure.ANNUAL_PLAN: ("年度计划投资", "annual plan", "亿元"),
}
# Per cent of what the register holds: announced early in the year, before projects were added and dropped.
ANNOUNCED = {"ecology": 100, "urbanization": 104, "industry": 97, "infrastructure": 100, "livelihood": 108}
ANNOUNCED_IN_ALL = 102


@dataclass(frozen=True)
class Promise:
    """``month`` is that of the deadline; what is not counted in the register says how much was ``done`` by when."""

    indicator: str
    english: str
    value: str
    unit: str
    qualifier: str
    commitment: str
    month: int
    done: str = ""
    done_month: int = 12


TARGETS = (
    Promise(
        "安置房竣工",
        "Resettlement housing completed",
        "120",
        "万平方米",
        Qualifier.AT_LEAST,
        Commitment.ENSURE,
        12,
        "126.4",
    ),
    Promise("群众回迁", "Residents moved back", "1.5", "万人", Qualifier.EXACT, Commitment.ENSURE, 12, "1.32"),
    Promise("新增绿地", "New green space", "80", "万平方米", Qualifier.AT_LEAST, Commitment.ENSURE, 11, "83.5", 11),
    Promise("打通断头路", "Dead-end roads opened", "12", "条", Qualifier.EXACT, Commitment.STRIVE, 10, "9", 11),
    Promise(
        "新建、改扩建中小学", "Schools built or enlarged", "9", "所", Qualifier.EXACT, Commitment.ENSURE, 9, "9", 9
    ),
    Promise("新增学位", "New school places", "10800", "个", Qualifier.AT_LEAST, Commitment.PLAN, 9),
    Promise("优良天数", "Days of good air", "200", "天", Qualifier.AT_LEAST, Commitment.STRIVE, 12, "203"),
    Promise("引进龙头企业", "Leading companies attracted", "6", "家", Qualifier.AT_LEAST, Commitment.STRIVE, 12),
)
RESULTS = (
    ("上年度完成固定资产投资", "Investment of the year before", "365.2", "亿元", 3),
    ("上年度新增市场主体", "New businesses of the year before", "8200", "户", 2),
    ("上年度回迁群众", "Residents moved back the year before", "1.2", "万人", 1),
    ("上年度新建游园", "New parks of the year before", "14", "个", None),
)


@dataclass
class Sums:
    """What the register holds of a category: count, 万元."""

    count: int = 0
    total: Decimal = Decimal(0)
    plan: Decimal = Decimal(0)

    def add(self, drawn: Drawn, plan: Decimal | None) -> None:
        self.count += 1
        self.total += drawn.project.total_investment or 0
        self.plan += plan or 0


def announce(district: District, sums: dict[str, Sums], *, year: int) -> None:
    YearTheme.objects.bulk_create(
        [
            YearTheme(
                code="demo-theme",
                year=year,
                name=f"{MARK}·项目攻坚年",
                set_by=district.area.name,
                source=district.source,
            )
        ]
    )
    PublishedFigure.objects.bulk_create(_figures(district, sums, year))
    Target.objects.bulk_create(_targets(district, sums, year))
    SourceNote.objects.bulk_create(_notes(district))


def _figures(district: District, sums: dict[str, Sums], year: int) -> list[PublishedFigure]:
    figures: list[PublishedFigure] = []
    for code, held in sums.items():
        figures += _headline(district, held, year, category=district.categories[code], percent=ANNOUNCED[code])
    in_all = Sums(
        count=sum(held.count for held in sums.values()),
        total=sum((held.total for held in sums.values()), Decimal(0)),
        plan=sum((held.plan for held in sums.values()), Decimal(0)),
    )
    figures = [*_headline(district, in_all, year, category=None, percent=ANNOUNCED_IN_ALL), *figures]
    figures += _results(district, year)
    for order, figure in enumerate(figures, 1):
        figure.order = order
    return figures


def _headline(
    district: District, held: Sums, year: int, *, category: Category | None, percent: int
) -> Iterable[PublishedFigure]:
    values = {
        Measure.PROJECT_COUNT: Decimal(held.count * percent // 100),
        Measure.TOTAL_INVESTMENT: _printed(held.total, percent),
        Measure.ANNUAL_PLAN: _printed(held.plan, percent),
    }
    for measure, value in values.items():
        label, english, unit = LABELS[measure]
        whose, whose_in_english = (category.name, category.name_en) if category else ("全区", "All projects")
        yield PublishedFigure(
            code=f"demo-{category.code if category else 'all'}-{measure}",
            year=year,
            category=category,
            value=value,
            unit_of_measure=unit,
            measure=measure,
            label=f"{whose}{label}",
            label_en=f"{whose_in_english}: {english}",
            commitment=Commitment.PLAN if measure == Measure.ANNUAL_PLAN else "",
            note=NOTE,
            source=district.source,
        )


def _printed(amount: Decimal, percent: int) -> Decimal:
    """万元 → 亿元 as a headline prints it."""
    return rounded(amount * percent / 100 / WAN_PER_YI, Decimal("0.1"))


def _results(district: District, year: int) -> Iterable[PublishedFigure]:
    for number, (label, english, value, unit, rank) in enumerate(RESULTS, 1):
        yield PublishedFigure(
            code=f"demo-result-{number}",
            year=year - 1,
            value=Decimal(value),
            unit_of_measure=unit,
            measure=Measure.RESULT,
            label=label,
            label_en=english,
            rank=rank,
            comparison_scope=f"{MARK}市" if rank else "",
            note=NOTE,
            source=district.source,
        )


def _targets(district: District, sums: dict[str, Sums], year: int) -> Iterable[Target]:
    """The first two are counted in the register, most of the others were entered, and of some nothing is known."""
    plan = sum((held.plan for held in sums.values()), Decimal(0))
    started = sum(held.count for held in sums.values()) // 4
    amount, number = str(_printed(plan, 100)), str(max(started, 1))
    invested = Promise(
        "完成年度投资", "Investment of the year", amount, "亿元", Qualifier.AT_LEAST, Commitment.ENSURE, 12
    )
    starts = Promise("新开工项目", "Projects started", number, "个", Qualifier.EXACT, Commitment.STRIVE, 12)
    yield _target(district, invested, year, 1, measure=Target.Measure.INVESTED)
    yield _target(district, starts, year, 2, measure=Target.Measure.PROJECTS_STARTED)
    for order, promise in enumerate(TARGETS, 3):
        yield _target(district, promise, year, order, **_done(promise, year))


def _done(promise: Promise, year: int) -> dict[str, Any]:
    """Nothing for a day that has not come yet."""
    day = date(year, promise.done_month, 28)
    if not promise.done or day > localdate():
        return {}
    return {
        "actual": Decimal(promise.done),
        "actual_on": day,
        "actual_source": f"{MARK}单位 {promise.done_month} 月报表",
    }


def _target(district: District, promise: Promise, year: int, order: int, **measured: Any) -> Target:
    return Target(
        code=f"demo-target-{order}",
        year=year,
        indicator=promise.indicator,
        indicator_en=promise.english,
        value=Decimal(promise.value),
        unit_of_measure=promise.unit,
        qualifier=promise.qualifier,
        commitment=promise.commitment,
        deadline=date(year, promise.month, monthrange(year, promise.month)[1]),
        deadline_text=f"{promise.month}月底前",
        order=order,
        note=NOTE,
        source=district.source,
        **measured,
    )


def _notes(district: District) -> list[SourceNote]:
    return [
        SourceNote(
            code="demo-sum",
            kind=SourceNote.Kind.SUM,
            topic=f"{MARK}：分类合计与总数不符",
            topic_en="Demo: the categories do not add up to the total",
            text="公布的五类项目数之和与公布的总数不同，登记库按实际登记显示，不作调整。",
            text_en="The five published counts do not add up to the published total; the register is shown as it is.",
            on_overview=True,
            order=1,
            source=district.source,
        )
    ]
