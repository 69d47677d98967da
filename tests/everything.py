"""At least one row of every model that has a page or an endpoint."""

from decimal import Decimal

from django.utils import timezone

from awards.models import AssessmentDimension, CommendationRecipient, HonourClaim, HonourUnit
from erqi.accounts.models import ApiToken, User
from projects.models import Attachment, FilingCheck, Light, LightRuleSet, PeriodExtension, ReportingPeriod, Unit
from projects.services import plan_changes
from tests import factories
from tests.factories import District
from tests.projects import followed


def shared_rows(district: District) -> None:
    """What belongs to no single project."""
    source = factories.SourceFactory()
    factories.SourceNoteFactory(source=source, quotes=[{"words": "合计150个", "fields": ["text"]}])
    factories.ProgrammeFactory(category=district.street_project.category, annual_plan=12)
    factories.TargetFactory()
    factories.PublishedFigureFactory()
    factories.YearThemeFactory()
    honour = factories.HonourFactory(source=source, quotes=[{"words": "全市第一", "fields": ["title"], "note": "推断"}])
    HonourClaim.objects.create(honour=honour, kind="rank", words="全市第一")
    HonourUnit.objects.create(honour=honour, unit=district.street, part="lead")
    CommendationRecipient.objects.create(commendation=factories.CommendationFactory(), unit=district.street)
    AssessmentDimension.objects.create(scheme=factories.AssessmentSchemeFactory(), number=1, name="经济")
    factories.CommitmentLetterFactory(unit=district.street)
    ApiToken.objects.issue(user=district.reporter, scopes=["read"])
    period = ReportingPeriod.objects.create(year=2017, month=6, opens="2017-06-01", due="2017-06-20")
    PeriodExtension.objects.create(period=period, unit=district.street, due="2017-06-22", reason="防汛")
    FilingCheck.objects.update_or_create(code=FilingCheck.Code.JUMP, defaults={"severity": "explain"})


def rows_of(project, unit: Unit, by: User | None = None) -> dict:
    """One of each kind of row about ``project``, by the name of its endpoint."""
    plan = factories.plan(project, 2017, "1200")
    accepted = factories.report(project, 2017, 1, "90")
    change = plan_changes.request_plan(
        project=project, year=2017, planned_investment=Decimal(1500), by=by, reason="会议"
    ).change
    return {
        "projects": project,
        "annual-plans": plan,
        "progress-reports": accepted,
        "plan-changes": change,
        "milestones": followed.milestone(project),
        "problems": followed.problem(project, unit),
        "supervision-orders": followed.order(unit),
        "lights": light(project),
        "attachments": attachment(project),
    }


def attachment(project) -> Attachment:
    """A row; its file is nowhere."""
    return Attachment.objects.create(
        project=project,
        kind=Attachment.Kind.DOCUMENT,
        file="aa/nowhere",
        name="批复.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
    )


def light(project) -> Light:
    rules, _new = LightRuleSet.objects.get_or_create(code="test", defaults={"name": "试行"})
    return Light.objects.create(
        project=project,
        year=2017,
        month=1,
        dimension=Light.Dimension.values[0],
        colour=Light.Colour.values[0],
        worst=Light.Colour.values[0],
        rules=rules,
        since_year=2017,
        since_month=1,
        computed_at=timezone.now(),
    )
