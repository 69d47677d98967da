"""A superuser is told what it is for, on every page, and more plainly once it is used from day to day."""

from datetime import UTC, datetime, timedelta

import pytest

from erqi.accounts import superuser
from erqi.core.models import AuditEvent
from tests.factories import UserFactory


@pytest.fixture
def used(root):
    """Events of ``root`` so many days ago."""

    def make(*days_ago, actor="root"):
        start = AuditEvent.objects.count()
        for number, days in enumerate(days_ago, start + 1):
            at = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            AuditEvent.objects.create(sequence=number, at=at, actor=actor, action="x.change", hash="0")

    return make


@pytest.mark.parametrize("page", ["/admin/", "/admin/projects/project/", "/admin/password_change/"])
def test_every_page_says_so(root_client, page):
    assert "您正以超级用户登录" in root_client.get(page).content.decode()


def test_others_are_told_nothing(client, district):
    client.force_login(district.reviewer)
    assert "超级用户" not in client.get("/admin/").content.decode()


def test_a_few_days_are_no_habit(root, used):
    used(1, 1, 2, 40, 50)
    assert superuser.days_in_use() == 2
    assert "近 30 天" not in superuser.notice(root)


def test_more_than_a_few_days_are_told_whoever_of_them_it_was(root, used):
    UserFactory(username="second", is_superuser=True)
    used(1, 2, 3)
    used(4, 5, actor="second")
    used(6, 7, 8, actor="clerk")
    assert "近 30 天有 5 天" in superuser.notice(root)
