"""The generated district: made in a demo only, and the same every time."""

import hashlib
from datetime import datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from awards.models import Honour
from awards.services.demo import generate_demo
from erqi.accounts.models import User
from erqi.core.models import AuditEvent
from projects import reports
from projects.models import (
    AnnualPlan,
    ApprovalCode,
    Light,
    Milestone,
    MilestoneMove,
    PlanChange,
    Problem,
    ProgressReport,
    Project,
    PublishedFigure,
    ReportingPeriod,
    ScheduledMonth,
    SupervisionOrder,
    Target,
    Unit,
)
from projects.services.demo import shapes

pytestmark = pytest.mark.django_db

SIZE, YEAR = 60, 2017
ROWS = {
    Unit: ("code", "name", "kind", "parent__code", "search_text"),
    Project: (
        *("code", "name", "category__code", "programme__code", "lead_unit__code", "host_unit__code", "owner__code"),
        *("stage", "level", "nature", "total_investment", "planned_start", "actual_start", "planned_finish"),
        *("actual_finish", "sponsor", "contact_phone", "content", "search_text"),
    ),
    Project.supporting_units.through: ("project__code", "unit__code"),
    ApprovalCode: ("code", "project__code"),
    AnnualPlan: (
        *("project__code", "version", "planned_investment", "opening_cumulative", "year_class", "linear"),
        *("recorded_at", "superseded_at", "reason"),
    ),
    ScheduledMonth: ("plan__project__code", "plan__version", "month", "to_date"),
    ProgressReport: (
        *("project__code", "month", "revision", "status", "invested", "physical_percent", "note", "reason"),
        *("recorded_at", "filed_at", "on_time", "returns", "accepted_at", "superseded_at"),
    ),
    ReportingPeriod: ("year", "month", "opens", "due", "locks"),
    PlanChange: ("project__code", "planned_investment", "requested_at", "decided_at"),
    Milestone: ("project__code", "name", "original_due", "due", "met_on", "critical"),
    MilestoneMove: ("milestone__project__code", "milestone__name", "from_due", "to_due", "reason", "at"),
    Problem: ("project__code", "kind", "description", "deadline", "status", "level"),
    Light: ("project__code", "month", "dimension", "colour", "worst", "since_month", "months_running"),
    SupervisionOrder: ("number", "project__code", "title", "due", "status"),
    PublishedFigure: ("code", "value", "label"),
    Target: ("code", "value", "deadline"),
    Honour: ("code", "title", "awarded_on"),
}


def digest() -> str:
    found = hashlib.sha256()
    for model, names in ROWS.items():
        for row in model.objects.order_by(*names).values_list(*names):
            found.update(repr(row).encode())
    return found.hexdigest()


@pytest.fixture(autouse=True)
def in_a_demo(settings):
    settings.DEMO = True


@pytest.fixture
def demo():
    return generate_demo(projects=SIZE, seed=1, year=YEAR)


def test_it_is_refused_outside_a_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="ERQI_DEMO=1"):
        call_command("generate_demo")
    assert not Unit.objects.exists()


def test_it_is_refused_where_anything_real_is_kept(demo):
    Unit.objects.create(code="real", name="真单位", kind=Unit.Kind.BUREAU)
    before = digest()
    with pytest.raises(CommandError, match="不是演示数据"):
        call_command("generate_demo", projects=3)
    assert digest() == before


@pytest.mark.parametrize("arguments", [{"projects": 0}, {"year": 2999}, {"year": 1999}])
def test_arguments_that_make_no_sense_are_refused(arguments):
    with pytest.raises(CommandError):
        call_command("generate_demo", **arguments)


def test_the_same_seed_and_size_give_the_same_rows(demo, monkeypatch):
    first = digest()
    monkeypatch.setattr(timezone, "now", lambda: datetime(2031, 5, 6, tzinfo=timezone.get_default_timezone()))
    generate_demo(projects=SIZE, seed=1, year=YEAR)
    assert digest() == first
    generate_demo(projects=SIZE, seed=2, year=YEAR)
    assert digest() != first


def test_the_demo_of_a_seed_does_not_drift():
    """If this fails on purpose, say in the change log that demos look different from now on."""
    generate_demo(projects=12, seed=2017, year=YEAR)
    project = Project.objects.get(code="demo-00001")
    figures = reports.overview(year=YEAR, month=12).total
    assert (project.name, project.total_investment) == ("演示·锦程综合管廊配套项目", Decimal(137200))
    assert (figures.plan, figures.done) == (Decimal("236040.75"), Decimal("248396.74"))


def test_winter_is_slow():
    generate_demo(projects=150, seed=1, year=YEAR)
    months = {line.month: line.invested for line in reports.monthly_curve(year=YEAR, month=12)}
    assert months[1] + months[2] < (months[5] + months[6]) / 2


def test_accounts_get_passwords_once_and_roles_where_they_work(demo):
    assert set(demo.passwords) == {"reporter", "endorser", "reviewer", "reviewer2", "leader"}
    for username, password in demo.passwords.items():
        assert User.objects.get(username=username).check_password(password)
    reporter, leader = User.objects.get(username="reporter"), User.objects.get(username="leader")
    assert 0 < Project.objects.visible_to(reporter).count() < SIZE
    assert Project.objects.visible_to(leader).count() == SIZE
    assert not User.objects.get(username="demo-program").has_usable_password()
    assert generate_demo(projects=3, seed=1, year=YEAR).passwords == {}


def test_one_event_speaks_for_the_generation_and_the_chain_holds(demo, capsys):
    [event] = AuditEvent.objects.filter(action="demo.generate")
    assert f'"projects": "{SIZE}"' in event.after
    others = AuditEvent.objects.exclude(action="light.compute")
    assert others.count() == 1 + len(demo.passwords)
    call_command("verify_audit")
    assert "审计链完整" in capsys.readouterr().out


@pytest.mark.parametrize("total", [Decimal("0.01"), Decimal(7), Decimal("999.99"), Decimal(1000), Decimal(123457)])
def test_the_parts_of_an_amount_add_up_to_it(total):
    parts = shapes.spread(total, shapes.SEASON)
    assert sum(parts) == total
    assert len(parts) == 12
    assert min(parts) >= 0
