"""Accounts to try the demo with, one for each role. Passwords are random and returned once."""

import secrets

from erqi.accounts.models import User
from erqi.accounts.roles import Role
from erqi.core.services import audit
from projects.models import Membership

from .district import District
from .vocabulary import MARK

# username: (name, role, code of the bureau or "" for the whole district)
ACCOUNTS = {
    "reporter": (f"{MARK}填报人", Role.REPORTER, "zhujian"),
    "endorser": (f"{MARK}单位负责人", Role.ENDORSER, "zhujian"),
    "reviewer": (f"{MARK}审核人", Role.REVIEWER, ""),
    "reviewer2": (f"{MARK}审核人乙", Role.REVIEWER, ""),
    "leader": (f"{MARK}领导", Role.LEADER, ""),
}


def program_account() -> User:
    """In whose name rows were generated: nobody can log in with it."""
    user, created = User.objects.get_or_create(
        username="demo-program", defaults={"display_name": f"{MARK}数据程序", "is_active": False}
    )
    if created:
        user.set_unusable_password()
        user.save()
    return user


def create_users() -> tuple[dict[str, User], dict[str, str]]:
    """All users by name, and the passwords of those that did not exist before."""
    passwords = {}
    for username, (name, role, _bureau) in ACCOUNTS.items():
        if User.objects.filter(username=username).exists():
            continue
        passwords[username] = secrets.token_urlsafe(12)
        # Staff: the admin is where forms are filled in; what they may do there is up to their role.
        user = User.objects.create_user(username, password=passwords[username], display_name=name, is_staff=True)
        audit.record("user.create", user, by=None, after={"role": str(role)})
    return {user.username: user for user in User.objects.filter(username__in=ACCOUNTS)}, passwords


def give_memberships(users: dict[str, User], district: District) -> None:
    for username, (_name, role, bureau) in ACCOUNTS.items():
        unit = district.bureaus[bureau] if bureau else district.area
        Membership.objects.create(user=users[username], unit=unit, role=role)
