from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from erqi.accounts.models import ApiToken, User
from erqi.accounts.models.token import digest


@pytest.fixture
def robot(db):
    return User.objects.create(username="robot")


def created_key(capsys, *arguments):
    call_command("create_token", "robot", *arguments)
    return capsys.readouterr().out.strip()


def test_the_key_is_printed_once_and_only_its_digest_is_stored(robot, capsys):
    key = created_key(capsys, "--scopes", "read,report", "--name", "财政系统")
    token = ApiToken.objects.get()
    assert key.startswith("erqi_")
    assert len(key) > 40
    assert token.token_hash == digest(key)
    assert key not in str(vars(token))
    assert (token.allows("read"), token.allows("report"), token.allows("review")) == (True, True, False)


def test_a_token_lives_as_long_as_it_was_given(robot, capsys):
    created_key(capsys, "--scopes", "read", "--days", "30")
    token = ApiToken.objects.get()
    assert timedelta(days=29, hours=23) < token.expires_at - timezone.now() <= timedelta(days=30)
    assert ApiToken.objects.usable().exists()


@pytest.mark.parametrize("ended", ["expires_at", "revoked_at"])
def test_an_expired_or_revoked_token_is_not_usable(robot, ended):
    token, _key = ApiToken.objects.issue(user=robot, scopes=["read"])
    ApiToken.objects.filter(pk=token.pk).update(**{ended: timezone.now() - timedelta(seconds=1)})
    assert not ApiToken.objects.usable().exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nobody", "--scopes", "read"), "没有可用的用户"),
        (("robot", "--scopes", "read,everything"), "everything"),
        (("robot", "--scopes", "read", "--days", "0"), "至少为 1"),
    ],
)
def test_mistakes_are_told(robot, arguments, told):
    with pytest.raises(CommandError, match=told):
        call_command("create_token", *arguments)
    assert not ApiToken.objects.exists()
