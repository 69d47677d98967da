"""Rows kept in memory are always those of the database: whoever writes them gives them a new version."""

import pytest
from django.core import serializers
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from erqi.core.context import origin, remember
from erqi.core.models import ReferenceVersion
from erqi.core.models.reference import MEMO, kept
from projects.models import FilingCheck, Unit
from tests.factories import UnitFactory


def names() -> set[str]:
    return {unit.name for unit in kept(Unit)}


@pytest.fixture
def bureau(db):
    return UnitFactory(code="bureau", name="某局")


def test_read_again_only_after_a_change(bureau):
    kept(Unit)
    with CaptureQueriesContext(connection) as asked:
        assert kept(Unit).coded("bureau") == bureau
    assert [query["sql"] for query in asked if "projects_unit" in query["sql"]] == []
    assert len(asked) == 1


def test_the_version_is_asked_once_in_a_request(bureau):
    with origin("api", found={}), CaptureQueriesContext(connection) as asked:
        kept(Unit), kept(Unit), kept(FilingCheck)
    assert len([query for query in asked if "referenceversion" in query["sql"]]) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda: Unit.objects.filter(code="bureau").update(name="新局"), {"新局"}),
        (lambda: Unit.objects.bulk_create([Unit(code="b", name="乙局", kind="bureau")]), {"某局", "乙局"}),
        (lambda: Unit.objects.bulk_update([_renamed()], ["name"]), {"新局"}),
        (lambda: _renamed().save(), {"新局"}),
        (lambda: Unit.objects.filter(code="bureau").delete(), set()),
        (lambda: Unit.objects.get(code="bureau").delete(), set()),
    ],
    ids=["update", "bulk_create", "bulk_update", "save", "delete", "delete one"],
)
def test_every_way_to_write_them_is_seen_at_once(bureau, change, expected):
    assert names() == {"某局"}
    change()
    assert names() == expected


def _renamed() -> Unit:
    unit = Unit.objects.get(code="bureau")
    unit.name = "新局"
    return unit


def test_a_change_within_a_request_is_seen_by_the_rest_of_it(bureau):
    with origin("admin", found={}):
        assert names() == {"某局"}
        _renamed().save()
        assert names() == {"新局"}


def test_what_was_rolled_back_is_not_remembered(bureau):
    before = ReferenceVersion.current()
    with transaction.atomic():
        _renamed().save()
        assert names() == {"新局"}
        transaction.set_rollback(True)
    assert (ReferenceVersion.current(), names()) == (before, {"某局"})


def test_below_is_the_row_and_everything_under_it(bureau):
    office = UnitFactory(parent=bureau)
    desk = UnitFactory(parent=office)
    UnitFactory()
    assert kept(Unit).below([bureau.pk]) == {bureau.pk, office.pk, desk.pk}
    assert kept(Unit).below([]) == set()


def test_a_row_younger_than_the_table_is_found(bureau):
    """Written by somebody else after this request had read the table."""
    with origin("api", found={}):
        table = kept(Unit)
        young = UnitFactory()
        remember(MEMO, "of before")
        assert table.get(young.pk) == young
        assert table.get(None) is None


def test_what_a_file_loads_is_seen_at_once(bureau, tmp_path):
    file = tmp_path / "units.json"
    file.write_text(serializers.serialize("json", [_renamed()]))
    assert names() == {"某局"}
    call_command("loaddata", file, verbosity=0)
    assert names() == {"新局"}
