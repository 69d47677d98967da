"""What an address or a stale page may not do."""

import pytest
from django.urls import reverse

from erqi.accounts.models import User
from projects.models import Membership, Project
from tests.core.admin.pages import address, opened, send
from tests.factories import recount


def listing(model="project"):
    return reverse(f"admin:projects_{model}_changelist")


def test_a_password_is_never_in_the_page_nor_taken_from_it(root_client, root):
    other = User.objects.create_user("other", password="Old-Password-1")
    before = User.objects.get(pk=other.pk).password
    assert before not in root_client.get(address(other, "change")).content.decode()
    assert send(root_client, address(other, "change"), password="Plain-Text-1").status_code == 302
    assert User.objects.get(pk=other.pk).password == before


def test_a_role_that_was_taken_away_is_not_given_back_by_a_page_opened_before(root_client, district):
    clerk = User.objects.create(username="clerk2")
    role = Membership.objects.create(user=clerk, unit=district.street, role="reporter")
    form = opened(root_client, address(clerk, "change"))
    role.active = False
    role.save()
    assert root_client.post(address(clerk, "change"), form | {"phone": "13800000000"}).status_code == 302
    role.refresh_from_db()
    assert role.active is False
    assert User.objects.get(pk=clerk.pk).phone == "13800000000"


@pytest.mark.parametrize(
    "lookup",
    ["contact_phone__startswith=1", "note__regex=(a%2B)%2B%24", "lead_unit__memberships__user__password__startswith=a"],
)
def test_columns_that_the_list_does_not_offer_cannot_be_probed_through_its_address(root_client, lookup):
    assert root_client.get(f"{listing()}?{lookup}").status_code in {302, 400}


@pytest.mark.parametrize(
    "query", ["month=00005777", "month=" + "9" * 5000, "planned_start__year=9999", "name__regex=[", "order__range=1"]
)
def test_odd_addresses_are_answered(root_client, district, query):
    assert root_client.get(f"{listing()}?{query}").status_code < 500


def test_a_unit_list_counts_only_projects_its_reader_sees(client, district):
    client.force_login(district.reporter)
    page = client.get(listing("unit"))
    seen = Project.objects.visible_to(district.reporter)
    for unit in page.context["cl"].result_list:
        assert unit.led_count == seen.filter(lead_unit=unit).count()


@pytest.mark.parametrize("quotes", ["5", '[{"words": "x", "fields": 5}]', "[1]"])
def test_quotes_of_another_shape_come_back_with_a_message(root_client, district, quotes):
    project = Project.objects.first()
    answer = send(root_client, address(project, "change"), quotes=quotes)
    assert answer.status_code == 200
    assert "引文" in answer.content.decode()


@pytest.mark.parametrize("page", [listing(), "/admin/"])
def test_a_unit_without_projects_is_told_how_they_come(client, district, page):
    Project.objects.update(lead_unit=district.town)
    recount()
    client.force_login(district.reporter)
    assert "还没有负责的项目" in client.get(page).content.decode()
