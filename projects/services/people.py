"""Whom a month's report names: many rows name the same few, most of them known already."""

from typing import Any, cast

from erqi.accounts.models import User
from projects.models import ProgressReport

PEOPLE = ProgressReport.PEOPLE


def name_people(report: ProgressReport, *known: User | None) -> None:
    """Sets whom the report names, in one statement; in none where all of them are ``known``."""
    people = {user.pk: user for user in known if user is not None}
    named = {who: getattr(report, f"{who}_id") for who in PEOPLE}
    missing = {pk for pk in named.values() if pk is not None} - people.keys()
    people |= User.objects.in_bulk(missing) if missing else {}
    for who, pk in named.items():
        setattr(report, who, people.get(pk))


def named_already(report: ProgressReport) -> list[User]:
    """Those whom the row was read with."""
    held = (cast(Any, ProgressReport._meta.get_field(who)).get_cached_value(report, None) for who in PEOPLE)
    return [user for user in held if user is not None]
