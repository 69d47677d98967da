"""Every page, with its address in the test district, and a district in which each has something to show."""

from dataclasses import dataclass
from datetime import date

from django.urls import get_resolver, reverse

from awards.models import CommendationRecipient, HonourClaim, HonourUnit
from erqi.accounts.roles import Area
from projects.models import LightRuleSet
from projects.services import lights
from tests import factories
from tests.projects import followed


@dataclass(frozen=True)
class Address:
    """A page; ``area`` as the role table names it, None for everybody with a role."""

    name: str
    parts: tuple[str, ...] = ()
    area: Area | None = None

    def __str__(self) -> str:
        return reverse(f"dashboard:{self.name}", args=self.parts)


PAGES = [
    Address("overview"),
    Address("register", area=Area.PROJECT),
    Address("project", ("S1",), Area.PROJECT),
    Address("categories", area=Area.PROJECT),
    Address("category", ("roads",), Area.PROJECT),
    Address("units", area=Area.PROJECT),
    Address("unit", ("street",), Area.PROJECT),
    Address("targets", area=Area.PUBLISHED),
    Address("honours", area=Area.AWARD),
    Address("map", area=Area.PROJECT),
    Address("screen", area=Area.PROJECT),
]


def page_names() -> set[str]:
    """The names of all pages that the site has."""
    _prefix, resolver = get_resolver().namespace_dict["dashboard"]
    return {name for name in resolver.reverse_dict if isinstance(name, str)}


def filled(district):
    """Plans, months, lights, milestones, problems, orders, targets, figures and honours of 2017, to March."""
    for number, project in enumerate((district.street_project, district.town_project)):
        factories.plan(project, 2017, 12000)
        for month in (1, 2, 3):
            factories.report(project, 2017, month, 300 + 500 * number)
        followed.milestone(project)
        followed.problem(project, project.lead_unit)
    followed.order(district.street)
    published(district)
    honoured(district)
    rules = LightRuleSet.objects.create(
        code="test", name="试行", status="in_force", investment_yellow=5, investment_red=10, start_yellow=1, start_red=3
    )
    lights.compute(months=[(2017, month) for month in (1, 2, 3)], rules=rules)
    return district


def published(district) -> None:
    source = factories.SourceFactory()
    roads = district.street_project.category
    factories.ProgrammeFactory(category=roads)
    factories.TargetFactory(source=source, category=roads)
    factories.PublishedFigureFactory(source=source)
    factories.YearThemeFactory(source=source)
    factories.CommitmentLetterFactory(unit=district.street)


def honoured(district) -> None:
    honour = factories.HonourFactory(recipient=district.street, awarded_on=date(2017, 1, 1), date_precision="year")
    HonourClaim.objects.create(honour=honour, kind="rank", words="全市第一")
    HonourUnit.objects.create(honour=honour, unit=district.town, part="supporting")
    CommendationRecipient.objects.create(commendation=factories.CommendationFactory(), unit=district.street)


def more_rows(district, number: int) -> None:
    """``number`` more units, each with a project, a year and something of everything."""
    for _ in range(number):
        unit = factories.UnitFactory(parent=district.area)
        project = factories.ProjectFactory(
            area=district.area, lead_unit=unit, host_unit=district.town, category=district.street_project.category
        )
        project.supporting_units.add(district.street)
        factories.plan(project, 2017, 1200)
        factories.report(project, 2017, 1, 10)
        followed.milestone(project)
        followed.problem(project, unit)
        followed.order(unit)
        honour = factories.HonourFactory(recipient=unit, awarded_on=date(2017, 2, 1), date_precision="year")
        HonourClaim.objects.create(honour=honour, kind="rank", words="第一")
        HonourUnit.objects.create(honour=honour, unit=district.street, part="lead")
