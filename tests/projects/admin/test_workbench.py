"""The first page names what waits for its reader, and nothing that waits for somebody else."""

from decimal import Decimal

import pytest

from erqi.accounts.roles import Role
from projects.models import PlanChange
from projects.services.progress import record_month
from tests import factories


@pytest.fixture
def waiting(district):
    """March of the street's project filed, and another plan asked for."""
    project = district.street_project
    factories.plan(project, 2017, 1200)
    record_month(project=project, year=2017, month=3, invested=Decimal(100), explanation="已核对", by=district.reporter)
    PlanChange.objects.create(
        project=project, year=2017, planned_investment=900, reason="调减", requested_by=district.reporter
    )
    return district


@pytest.fixture
def tasks(client):
    def of(user) -> dict[str, int]:
        client.force_login(user)
        return {task.words: task.count for task in client.get("/admin/").context["tasks"]}

    return of


def test_the_bureau_reads_what_to_review_and_to_decide(waiting, tasks):
    assert tasks(waiting.reviewer) == {"项月度进度等您审核": 1, "件计划调整等您审定": 1}


def test_a_clerk_is_asked_to_file_and_not_to_review(waiting, tasks):
    assert not any("审" in words for words in tasks(waiting.reporter))


def test_a_unit_head_is_asked_to_sign_and_never_to_file(waiting, tasks):
    head = factories.user_with(Role.ENDORSER, over=waiting.street, username="head")
    assert not any("填报" in words for words in tasks(head))


def test_a_leader_has_nothing_to_do_here(waiting, tasks):
    assert tasks(waiting.leader) == {}
