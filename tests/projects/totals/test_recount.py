"""``verify_totals``: totals that are wrong are told one by one, and written anew on request."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from erqi.core.models import AuditEvent
from projects import jobs
from projects.models import MonthlyTotal, ProgrammeTotal, ProgressReport, Project
from projects.services import totals
from projects.services.totals import recount
from tests.factories import report
from tests.projects.totals.exact import exact


def verify(**options) -> str:
    out = StringIO()
    call_command("verify_totals", stdout=out, stderr=out, **options)
    return out.getvalue()


def test_totals_that_are_exact(counted):
    assert "一致" in verify()
    assert jobs.verify_totals() == "0 difference(s)"


def test_a_yuan_too_much_is_found(counted):
    row = MonthlyTotal.objects.get(year=2017, month=5, lead_unit=counted.lead_unit)
    MonthlyTotal.objects.filter(pk=row.pk).update(done="220.0002")
    out = StringIO()
    with pytest.raises(CommandError, match="1 处不符"):
        call_command("verify_totals", stderr=out)
    assert f"MonthlyTotal year=2017 month=5 category={counted.category_id}" in out.getvalue()
    assert f"lead_unit={counted.lead_unit_id}: done 应为 220.0001，实为 220.0002" in out.getvalue()
    assert jobs.verify_totals() == "1 difference(s)"


def test_rows_that_are_missing_or_too_many_are_found(counted, district):
    MonthlyTotal.objects.filter(year=2017, month=12).delete()
    MonthlyTotal.objects.create(year=2016, month=1, category=counted.category, area=district.area, due=1)
    with pytest.raises(CommandError):
        verify()


def test_a_row_of_zeros_is_as_none(counted, district):
    MonthlyTotal.objects.create(year=2016, month=1, category=counted.category, area=district.area)
    assert "一致" in verify()


def test_a_change_past_the_services_is_found_and_a_rebuild_mends_it(counted, district):
    Project.objects.filter(pk=counted.pk).update(lead_unit=district.town, stage="suspended")
    with pytest.raises(CommandError):
        verify()
    assert "已重写" in verify(rebuild=True)
    assert exact()
    assert AuditEvent.objects.order_by("-sequence")[0].action == "totals.rebuild"


def test_an_empty_register(db):
    assert "0 行" in verify(rebuild=True)
    assert "一致" in verify()


def test_a_correction_accepted_by_a_clock_that_is_behind(counted):
    ahead = timezone.now() + timedelta(seconds=5)
    ProgressReport.objects.filter(month=3).update(accepted_at=ahead)
    totals.rebuild(by=None)
    report(counted, 2017, 3, 90)
    assert ProgressReport.objects.in_force().get(project=counted, month=3).accepted_at == ahead
    assert exact()


def test_totals_wait_for_nobody_who_changes_a_unit(db):
    """A foreign key is checked at commit, while the end of the audit trail is held."""
    for table in (MonthlyTotal, ProgrammeTotal):
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table._meta.db_table)
        assert not [name for name, constraint in found.items() if constraint["foreign_key"]]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's only writer")
def test_verifying_keeps_no_writer_waiting(counted):
    with CaptureQueriesContext(connection) as statements:
        assert exact()
    assert statements[0]["sql"] == "BEGIN DEFERRED"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite's only writer")
def test_verifying_may_be_the_first_thing_that_is_asked(db, monkeypatch):
    fresh = connection.copy()
    monkeypatch.setattr(recount, "connection", fresh)
    with recount._only_reading():
        assert fresh.transaction_mode == "DEFERRED"
    assert fresh.transaction_mode == "IMMEDIATE"
    fresh.close()
