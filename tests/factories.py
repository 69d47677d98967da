"""Test data, each with as little as it takes.

street = UnitFactory(parent=area)
clerk = user_with(Role.REPORTER, over=street)
project = ProjectFactory(lead_unit=street)
plan(project, 2017, "1200");  report(project, 2017, 3, "100")
"""

from dataclasses import dataclass
from decimal import Decimal

import factory

from awards.models import AssessmentScheme, Commendation, CommitmentLetter, Honour
from erqi.accounts.models import ApiToken, Scope, User
from erqi.accounts.roles import Role
from erqi.core.models import Source, SourceNote
from projects.models import (
    AnnualPlan,
    Category,
    Membership,
    Programme,
    ProgressReport,
    Project,
    PublishedFigure,
    Target,
    Unit,
    YearTheme,
)
from projects.services import totals, workflow
from projects.services.plans import set_plan
from projects.services.progress import record_month


class Factory(factory.django.DjangoModelFactory):
    class Meta:
        abstract = True
        skip_postgeneration_save = True


class UserFactory(Factory):
    class Meta:
        model = User

    username = factory.Sequence("user{}".format)
    password = factory.django.Password("pw")
    display_name = factory.Sequence("用户{}".format)


class UnitFactory(Factory):
    class Meta:
        model = Unit

    code = factory.Sequence("unit-{}".format)
    name = factory.Sequence("单位{}".format)
    kind = Unit.Kind.BUREAU
    order = factory.Sequence(lambda n: n % 30000)


class CategoryFactory(Factory):
    class Meta:
        model = Category

    code = factory.Sequence("category-{}".format)
    name = factory.Sequence("类别{}".format)


class ProgrammeFactory(Factory):
    class Meta:
        model = Programme

    code = factory.Sequence("programme-{}".format)
    name = factory.Sequence("专项{}".format)
    category = factory.SubFactory(CategoryFactory)


class ProjectFactory(Factory):
    class Meta:
        model = Project

    code = factory.Sequence("T{:04d}".format)
    name = factory.Sequence("项目{}".format)
    category = factory.SubFactory(CategoryFactory)
    lead_unit = factory.SubFactory(UnitFactory)
    # The area stands above the lead unit; a lone unit is its own.
    area = factory.LazyAttribute(lambda project: project.lead_unit.parent or project.lead_unit)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return counted(super()._create(model_class, *args, **kwargs))


class SourceFactory(Factory):
    class Meta:
        model = Source

    code = factory.Sequence("source-{}".format)
    title = factory.Sequence("来源{}".format)


class SourceNoteFactory(Factory):
    class Meta:
        model = SourceNote

    code = factory.Sequence("note-{}".format)
    kind = SourceNote.Kind.SUM
    topic = "合计"
    text = "合计与分项不符"


class TargetFactory(Factory):
    class Meta:
        model = Target

    code = factory.Sequence("target-{}".format)
    year = 2017
    indicator = "安置房开工"
    value = Decimal(10)


class PublishedFigureFactory(Factory):
    class Meta:
        model = PublishedFigure

    code = factory.Sequence("figure-{}".format)
    year = 2017
    label = "年度计划投资"
    measure = PublishedFigure.Measure.ANNUAL_PLAN
    unit_of_measure = "亿元"
    value = Decimal(1)


class YearThemeFactory(Factory):
    class Meta:
        model = YearTheme

    code = factory.Sequence("theme-{}".format)
    year = 2017
    name = "奋力推进年"


class HonourFactory(Factory):
    class Meta:
        model = Honour

    code = factory.Sequence("honour-{}".format)
    title = factory.Sequence("荣誉{}".format)
    recipient = factory.SubFactory(UnitFactory)


class CommendationFactory(Factory):
    class Meta:
        model = Commendation

    code = factory.Sequence("commendation-{}".format)
    title = factory.Sequence("表彰{}".format)
    year = 2017
    recipient_kind = Commendation.RecipientKind.UNIT


class AssessmentSchemeFactory(Factory):
    class Meta:
        model = AssessmentScheme

    code = factory.Sequence("scheme-{}".format)
    name = factory.Sequence("考核{}".format)
    owner = factory.SubFactory(UnitFactory)
    assessed = "各区"


class CommitmentLetterFactory(Factory):
    class Meta:
        model = CommitmentLetter

    unit = factory.SubFactory(UnitFactory)
    year = 2017


def counted(project: Project) -> Project:
    """A new row that came past ``save_project``, in the totals all the same."""
    totals.move({}, totals.first_of(project))
    return project


def recount() -> None:
    """After rows were changed past the services: totals as if the services had done it."""
    totals.rewrite()


def user_with(role: Role, over: Unit, **attributes):
    """A user with one role over a unit and its subtree."""
    user = UserFactory(**attributes)
    Membership.objects.create(user=user, unit=over, role=role)
    return user


def key_for(user, *scopes: str, **attributes) -> str:
    """The key of a new token; without scopes it has all of them."""
    return ApiToken.objects.issue(user=user, scopes=scopes or Scope.values, **attributes)[1]


def plan(project: Project, year: int, amount, **attributes) -> AnnualPlan:
    """A plan in force (万元), linear unless ``schedule`` is given."""
    attributes = {"by": None, **attributes}
    return set_plan(project=project, year=year, planned_investment=Decimal(amount), **attributes).plan


def report(project: Project, year: int, month: int, amount, *, draft=False, **attributes) -> ProgressReport:
    """An accepted month (万元), whoever files it; a draft with ``draft=True``. A month in force is corrected."""
    content = {"by": None, "explanation": "已核对", **attributes}
    in_force = ProgressReport.objects.in_force().filter(project=project, year=year, month=month).first()
    if in_force:
        workflow.reopen(in_force, by=None, reason=content.get("reason") or "更正")
    content["draft"] = draft
    filed = record_month(project=project, year=year, month=month, invested=Decimal(amount), **content).report
    return filed if draft else workflow.accept(filed, by=None)


@dataclass
class District:
    """An area over a street (with a station below it) and a town; one project led by each of station and town."""

    area: Unit
    street: Unit
    station: Unit
    town: Unit
    street_project: Project
    town_project: Project
    # Its lead unit is not known yet, so only the area's people reach it.
    unled_project: Project
    # The street's.
    reporter: User
    reviewer: User
    leader: User
    honours: User
    nobody: User


def district() -> District:
    area = UnitFactory(code="area", name="某区", kind=Unit.Kind.AREA)
    street = UnitFactory(code="street", name="某街道", kind=Unit.Kind.STREET, parent=area)
    station = UnitFactory(code="station", name="某站", kind=Unit.Kind.OFFICE, parent=street)
    town = UnitFactory(code="town", name="某镇", kind=Unit.Kind.TOWN, parent=area)
    roads, homes = CategoryFactory(code="roads", name="基础设施"), CategoryFactory(code="homes", name="社会民生")
    return District(
        area,
        street,
        station,
        town,
        ProjectFactory(
            code="S1", name="街道路", lead_unit=station, area=area, category=roads, contact_phone="13812345678"
        ),
        ProjectFactory(
            code="T1", name="镇学校", lead_unit=town, area=area, category=homes, contact_phone="13912345678"
        ),
        ProjectFactory(code="U1", name="未定", lead_unit=None, area=area, category=homes),
        user_with(Role.REPORTER, over=street, username="reporter"),
        user_with(Role.REVIEWER, over=area, username="reviewer"),
        user_with(Role.LEADER, over=area, username="leader"),
        user_with(Role.HONOURS, over=area, username="honours"),
        UserFactory(username="nobody"),
    )
