"""三员分立 in the pages of accounts: who keeps them, who grants, and who may do neither."""

import json

import pytest
from django.test import Client

from erqi.accounts.models import User
from erqi.accounts.roles import Role
from erqi.core.models import AuditEvent
from projects.models import Membership
from tests import factories
from tests.core.admin.pages import address, boxes, opened, refusals, send
from tests.threads import together

PASSWORDS = {"password1": "Shi-fu-2017", "password2": "Shi-fu-2017", "usable_password": "true"}


@pytest.fixture
def system(signed_in, district):
    return signed_in(factories.user_with(Role.SYSTEM, over=district.area, username="system"))


@pytest.fixture
def security(district):
    client = Client()
    client.force_login(factories.user_with(Role.SECURITY, over=district.area, username="security"))
    return client


def granting(unit, role, row=0) -> dict:
    return {
        "memberships__TOTAL_FORMS": str(row + 1),
        f"memberships__{row}__unit": str(unit.pk),
        f"memberships__{row}__role": role,
        f"memberships__{row}__active": "on",
    }


def test_one_makes_the_account_and_the_other_grants_the_role(system, security, district):
    assert send(system, address(User, "add"), username="wang", **PASSWORDS).status_code == 302
    made = User.objects.get(username="wang")
    page = opened(system, address(made, "change"))
    assert "display_name" in page
    assert not [name for name in page if name.startswith("memberships-0")]
    send(system, address(made, "change"), **granting(district.street, "reporter"))
    assert not made.memberships.exists()
    assert send(security, address(made, "change"), **granting(district.street, "reporter")).status_code == 302
    assert made.memberships.get().role == "reporter"
    assert AuditEvent.objects.first().actor == "security"


def test_who_grants_changes_nothing_else(security, district):
    page = address(district.reporter, "change")
    assert {"username", "phone", "is_active", "is_superuser"}.isdisjoint(boxes(security.get(page)))
    security.post(page, opened(security, page) | {"is_superuser": "on", "username": "taken"})
    district.reporter.refresh_from_db()
    assert (district.reporter.username, district.reporter.is_superuser) == ("reporter", False)
    assert security.post(f"/admin/accounts/user/{district.reporter.pk}/password/", PASSWORDS).status_code == 403


def test_nobody_grants_to_themselves(security, root_client, root, district):
    for client, user in ((security, User.objects.get(username="security")), (root_client, root)):
        before = set(user.memberships.values_list("pk", flat=True))
        data = boxes(client.get(address(user, "change"))) | {
            name.replace("__", "-"): value for name, value in granting(district.area, "auditor", row=1).items()
        }
        client.post(address(user, "change"), data)
        assert set(user.memberships.values_list("pk", flat=True)) == before


def test_an_administrator_gets_no_business_role(security, district):
    user = factories.user_with(Role.AUDITOR, over=district.area)
    answer = send(security, address(user, "change"), **granting(district.street, "reporter", row=1))
    assert "互不兼任" in " ".join(refusals(answer))
    assert user.memberships.count() == 1


def test_nor_two_roles_in_one_go(security, district):
    rows = granting(district.area, "system") | granting(district.area, "leader", row=1)
    answer = send(security, address(district.nobody, "change"), **rows)
    assert "互不兼任" in " ".join(refusals(answer))
    assert not district.nobody.memberships.exists()


def test_the_old_role_is_ended_and_the_new_one_given_in_one_go(security, district):
    rows = granting(district.area, "auditor", row=1)
    page = opened(security, address(district.reporter, "change"))
    del page["memberships-0-active"]
    sent = page | {name.replace("__", "-"): value for name, value in rows.items()}
    assert security.post(address(district.reporter, "change"), sent).status_code == 302
    assert district.reporter.memberships.get(active=True).role == "auditor"


def test_a_superuser_is_out_of_the_administrators_hands(system, security, root):
    for client in (system, security):
        assert client.post(address(root, "change"), {"username": "mine"}).status_code == 403
        assert client.post(f"/admin/accounts/user/{root.pk}/password/", PASSWORDS).status_code == 403
    root.refresh_from_db()
    assert root.username == "root"


def test_nobody_is_made_a_superuser_but_by_one(system, district):
    send(system, address(district.reporter, "change"), is_superuser="on", phone="13800000000")
    district.reporter.refresh_from_db()
    assert (district.reporter.is_superuser, district.reporter.phone) == (False, "13800000000")


def test_an_administrators_password_is_never_reset_in_silence(system, district):
    auditor = factories.user_with(Role.AUDITOR, over=district.area)
    answer = system.post(f"/admin/accounts/user/{auditor.pk}/password/", PASSWORDS, follow=True)
    assert "已记入审计" in answer.content.decode()
    event = AuditEvent.objects.first()
    assert (event.action, json.loads(event.after)) == ("user.password", {"administrator": "审计管理员"})


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_who_grant_at_once_do_not_grant_what_excludes_each_other(district):
    clients = []
    for name in ("one", "two"):
        clients.append(Client())
        clients[-1].force_login(factories.user_with(Role.SECURITY, over=district.area, username=name))
    page = address(district.nobody, "change")
    roles = ("auditor", "reporter")
    sent = [
        opened(client, page) | {k.replace("__", "-"): v for k, v in granting(district.area, role).items()}
        for client, role in zip(clients, roles, strict=True)
    ]
    answers = together(*(lambda c=c, d=d: c.post(page, d) for c, d in zip(clients, sent, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert Membership.objects.filter(user=district.nobody, active=True).count() == 1
