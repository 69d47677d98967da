"""Rule sets, from several sides at the same moment."""

from functools import partial
from threading import Thread

import pytest
from django.db import connection, transaction

from projects.models import Light, LightRuleSet, Project
from projects.services import lights
from projects.services.light_rule_sets import locked_draft, put_in_force
from tests.factories import plan
from tests.threads import refusals, together

from .test_light_rule_sets import draft


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_put_in_force_at_once_one_remains(district):
    sets = [draft(f"r{number}") for number in range(4)]
    put_in_force(sets.pop(), by=None)
    outcomes = together(*(partial(put_in_force, rules, by=district.reviewer) for rules in sets))
    assert not refusals(outcomes)
    assert sorted(LightRuleSet.objects.values_list("status", flat=True)) == ["in_force", *["retired"] * 3]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_light_refers_to_rules_that_somebody_holds(district):
    """It is checked at commit: a light waiting there with the end of the audit trail in hand would be a deadlock."""
    rules, street = draft(), district.street_project
    plan(street, 2017, 100)

    def light():
        try:
            lights.compute(months=[(2017, 2)], rules=rules, projects=Project.objects.filter(pk=street.pk))
        finally:
            connection.close()

    thread = Thread(target=light)
    with transaction.atomic():
        locked_draft(rules.pk)
        thread.start()
        thread.join(30)
        lit = Light.objects.filter(rules=rules).exists()
    thread.join(60)
    assert lit
