"""Honours, commendations and assessment of the demo district."""

from dataclasses import dataclass
from datetime import date

from awards.models import (
    AssessmentDimension,
    AssessmentScheme,
    Commendation,
    CommendationRecipient,
    CommitmentLetter,
    Honour,
    HonourClaim,
    HonourUnit,
)
from projects.models import Unit
from projects.models.choices import Level
from projects.services.demo.district import District
from projects.services.demo.vocabulary import MARK

# Dependent rows first.
EMPTIED = (
    CommitmentLetter,
    AssessmentDimension,
    AssessmentScheme,
    CommendationRecipient,
    Commendation,
    HonourUnit,
    HonourClaim,
    Honour,
)

Kind, Part, Precision = HonourClaim.Kind, HonourUnit.Part, Honour.DatePrecision
Recipients = Commendation.RecipientKind


@dataclass(frozen=True)
class Praise:
    """An honour in short; a blank says what the imagined announcement leaves open."""

    title: str
    level: str
    body: str
    bureau: str
    month: int | None
    kind: str
    words: str
    value: int | None = None


HONOURS = (
    Praise("重大项目建设先进区", Level.MUNICIPAL, "demo-city", "fagai", 1, Kind.RANK, "全市第一", 1),
    Praise("棚户区改造工作优秀区", Level.MUNICIPAL, "demo-city-building", "zhujian", 3, Kind.RANK, "全市第二", 2),
    Praise("生态建设示范区", Level.PROVINCIAL, "demo-province", "nongshui", 5, Kind.ONLY, "全省唯一"),
    Praise("义务教育优质均衡先行区", Level.PROVINCIAL, "demo-province", "jiaoti", 6, Kind.FIRST, "全省率先通过验收"),
    Praise("清洁城市行动优秀城区", Level.MUNICIPAL, "demo-city", "chengguan", 9, Kind.STREAK, "连续三年", 3),
    Praise("养老服务体系试点区", Level.PROVINCIAL, "demo-province", "minzheng", None, Kind.FIRST, "全省首批"),
    Praise("商贸流通统计先进集体", "", "demo-city", "shangwu", None, "", ""),
    Praise("卫生应急示范区", Level.NATIONAL, "", "weiji", 11, Kind.ONLY, "全市唯一"),
)
# (title, kind, stated count, its unit). More are stated than named, as real announcements do.
COMMENDATIONS = (
    ("年度工作考核优秀单位", Recipients.UNIT, 12, "个"),
    ("重大项目建设先进单位", Recipients.UNIT, 10, "个"),
    ("突出贡献企业", Recipients.ENTERPRISE, 8, "家"),
)
NAMED = 5
DIMENSIONS = {"重大项目": 30, "招商引资": 20, "生态环境": 15, "城市管理": 15, "民生实事": 20, "争先创优": None}
LETTER_DAY = (2, 20)


def honour(district: District, year: int) -> None:
    honours = [_honour(district, praise, year, number) for number, praise in enumerate(HONOURS, 1)]
    Honour.objects.bulk_create(honours)
    pairs = list(zip(honours, HONOURS, strict=True))
    HonourUnit.objects.bulk_create(part for row, praise in pairs for part in _parts(district, row, praise))
    HonourClaim.objects.bulk_create(_claim(district, row, praise) for row, praise in pairs if praise.kind)
    bodies = {unit.code: unit for unit in district.above}
    for row, praise in pairs:
        if praise.body:
            row.awarding_bodies.add(bodies[praise.body])


def _honour(district: District, praise: Praise, year: int, number: int) -> Honour:
    row = Honour(
        code=f"demo-honour-{number}",
        title=f"{MARK}·{praise.title}",
        recipient=district.area,
        level=praise.level,
        level_basis=Honour.LevelBasis.TITLE if praise.level else "",
        awarding_note="" if praise.body else "未写明授予单位。",
        awarded_on=date(year, praise.month or 1, 1),
        date_precision=Precision.MONTH if praise.month else Precision.YEAR,
        order=number,
        source=district.source,
    )
    row.fill_search_text()
    return row


def _parts(district: District, row: Honour, praise: Praise) -> list[HonourUnit]:
    bureaus = list(district.bureaus.values())
    lead = district.bureaus[praise.bureau]
    neighbour = bureaus[(bureaus.index(lead) + 1) % len(bureaus)]
    return [
        HonourUnit(honour=row, unit=lead, part=Part.LEAD, source=district.source),
        HonourUnit(honour=row, unit=neighbour, part=Part.SUPPORTING, source=district.source),
    ]


def _claim(district: District, row: Honour, praise: Praise) -> HonourClaim:
    return HonourClaim(
        honour=row,
        kind=praise.kind,
        scope=praise.words[:2] if praise.words.startswith("全") else "",
        value=praise.value,
        words=praise.words,
        source=district.source,
    )


def commend(district: District, year: int) -> None:
    recipients: list[CommendationRecipient] = []
    for number, (title, kind, stated, word) in enumerate(COMMENDATIONS, 1):
        row = Commendation.objects.create(
            code=f"demo-commendation-{number}",
            title=f"{MARK}·{title}",
            year=year - 1,
            announced_on=date(year, *LETTER_DAY),
            recipient_kind=kind,
            stated_count=stated,
            count_unit=word,
            order=number,
            source=district.source,
        )
        named = district.enterprises if kind == Recipients.ENTERPRISE else _units(district)[number:]
        recipients += [
            CommendationRecipient(commendation=row, unit=unit, source=district.source) for unit in named[:NAMED]
        ]
    CommendationRecipient.objects.bulk_create(recipients)


def assess(district: District, year: int) -> None:
    scheme = AssessmentScheme.objects.create(
        code="demo-scheme",
        name=f"{MARK}·目标考核办法",
        owner=district.area,
        assessed="各镇、街道、管委会和区直部门",
        since_year=year,
        frequency="年度",
        source=district.source,
    )
    AssessmentDimension.objects.bulk_create(
        AssessmentDimension(scheme=scheme, number=number, name=name, weight=weight, source=district.source)
        for number, (name, weight) in enumerate(DIMENSIONS.items(), 1)
    )
    CommitmentLetter.objects.bulk_create(_letter(district, unit, year, n) for n, unit in enumerate(_units(district)))


def _letter(district: District, unit: Unit, year: int, number: int) -> CommitmentLetter:
    """Of every seven units one has not handed it in and of one it is not known."""
    handed_in = {5: False, 6: None}.get(number % 7, True)
    day = date(year, *LETTER_DAY) if handed_in else None
    return CommitmentLetter(unit=unit, year=year, handed_in=handed_in, handed_in_on=day, source=district.source)


def _units(district: District) -> list[Unit]:
    return [*district.hosts, *district.bureaus.values()]
