"""Rule sets: a draft is edited, one is in force, what lit a light stays as it was; and a set can be tried."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from erqi.core.exceptions import Conflict, Forbidden
from erqi.core.models import AuditEvent
from projects.models import FilingCheck, Light, LightRuleSet, Project
from projects.services import lights
from projects.services.checks import CHECKS
from projects.services.light_rule_sets import copy_rules, locked_draft, put_in_force
from projects.services.light_trial import try_rules
from tests.factories import ProjectFactory, plan, report

pytestmark = pytest.mark.django_db
TRIAL_STATEMENTS = 9


def draft(code="draft", **limits) -> LightRuleSet:
    return LightRuleSet.objects.create(code=code, name=code, **{"start_yellow": 1, **limits})


class TestLife:
    def test_one_is_in_force_and_the_one_before_retires(self, district):
        first, second = draft("a"), draft("b")
        put_in_force(first, by=district.reviewer)
        put_in_force(second, by=district.reviewer)
        states = dict(LightRuleSet.objects.values_list("code", "status"))
        assert states == {"a": "retired", "b": "in_force"}
        assert lights.in_force().put_in_force_at is not None
        actions = AuditEvent.objects.order_by("sequence").values_list("action", flat=True)
        assert list(actions) == [
            "lightruleset.put_in_force",
            "lightruleset.retire",
            "lightruleset.put_in_force",
        ]

    def test_the_database_holds_one_only(self, db):
        draft("a", status="in_force")
        with pytest.raises(IntegrityError), transaction.atomic():
            draft("b", status="in_force")

    def test_only_a_draft_comes_into_force_or_is_edited(self, district):
        rules = put_in_force(draft(), by=district.reviewer)
        with pytest.raises(Conflict, match="复制为新版本"):
            put_in_force(rules, by=district.reviewer)
        with pytest.raises(Conflict):
            locked_draft(rules.pk)

    def test_a_set_that_judges_nothing_does_not_come_into_force(self, district):
        with pytest.raises(ValidationError, match="界限"):
            put_in_force(draft(start_yellow=None), by=district.reviewer)

    def test_a_copy_is_the_next_version_with_the_same_limits(self, district):
        rules = put_in_force(draft(investment_yellow=Decimal("12.5"), same_is_yellow=True), by=district.reviewer)
        copy = copy_rules(rules, by=district.reviewer)
        again = copy_rules(rules, by=district.reviewer)
        assert (copy.version, again.version, copy.status) == (2, 3, "draft")
        assert (copy.investment_yellow, copy.same_is_yellow, copy.put_in_force_at) == (Decimal("12.5"), True, None)

    @pytest.mark.parametrize("who", ["reporter", "leader", "honours"])
    def test_the_bureau_keeps_them_and_nobody_else(self, district, who):
        for verb in (copy_rules, put_in_force):
            with pytest.raises(Forbidden):
                verb(draft(verb.__name__), by=getattr(district, who))


@pytest.fixture(scope="class")
def seeds(kept_by_class):
    call_command("load_fixtures", verbosity=0)


@pytest.mark.usefixtures("seeds")
class TestSeeded:
    def test_three_sets_with_ours_in_force(self):
        found = dict(LightRuleSet.objects.values_list("code", "status"))
        assert found == {"erqi": "in_force", "yinchuan-2025": "draft", "sanya-2022": "draft"}
        ours = lights.in_force()
        assert (ours.measure, bool(ours.schedule_floor)) == ("ratio", True)

    def test_checks_as_the_code_has_them(self):
        rows = {row.code: (row.severity, row.threshold) for row in FilingCheck.objects.all()}
        assert rows == {code: (check.severity, check.threshold) for code, check in CHECKS.items()}

    def test_what_people_changed_stays(self):
        put_in_force(copy_rules(lights.in_force(), by=None), by=None)
        FilingCheck.objects.filter(code="jump").update(severity="off")
        call_command("load_fixtures", verbosity=0)
        assert (lights.in_force().code, lights.in_force().version) == ("erqi", 2)
        assert FilingCheck.objects.get(code="jump").severity == "off"


class TestTrial:
    @pytest.fixture
    def lit(self, planned):
        draft("before", measure="ratio", investment_yellow=0, investment_red=50, status="in_force")
        report(planned, 2017, 2, "60")
        lights.compute(months=[(2017, 2)])
        return planned

    def test_shows_what_would_change_and_stores_nothing(self, lit):
        points = draft("points", measure="points", investment_yellow=10, investment_red=30)
        stamps = set(Light.objects.values_list("pk", "colour", "computed_at"))
        trial = try_rules(points, year=2017, month=2, projects=Project.objects.all())
        assert (trial.before["investment"]["red"], trial.after["investment"]["yellow"]) == (1, 1)
        changed = {change.dimension: (change.before, change.after.colour) for change in trial.changes}
        assert changed == {"investment": ("red", "yellow"), "overall": ("red", "yellow")}
        assert trial.changes[-1].after.remedy["amount"] == "20.0001"
        assert set(Light.objects.values_list("pk", "colour", "computed_at")) == stamps

    def test_a_dimension_that_would_go_out_is_counted_before_only(self, lit):
        trial = try_rules(draft("less"), year=2017, month=2, projects=Project.objects.all())
        assert trial.before["investment"]["red"] == 1
        assert "investment" not in trial.after
        assert {change.dimension for change in trial.changes} == {"overall"}

    def test_a_month_never_lit_has_nothing_before(self, lit):
        trial = try_rules(lights.in_force(), year=2017, month=5, projects=Project.objects.all())
        assert not trial.before
        assert {change.before for change in trial.changes} == {None}

    def test_the_same_rules_change_nothing(self, lit):
        assert not try_rules(lights.in_force(), year=2017, month=2, projects=Project.objects.all()).changes

    @pytest.mark.parametrize("number", [5, 50])
    def test_costs_the_same_for_any_number(self, lit, area, number):
        for _ in range(number):
            plan(ProjectFactory(area=area, lead_unit=area, category=lit.category), 2017, 100)
        with CaptureQueriesContext(connection) as queries:
            try_rules(lights.in_force(), year=2017, month=2, projects=Project.objects.all())
        assert len(queries) <= TRIAL_STATEMENTS
