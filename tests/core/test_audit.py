import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from erqi.core.context import origin
from erqi.core.exceptions import Conflict
from erqi.core.models import AuditEvent, AuditHead, Source
from erqi.core.services import audit
from projects.services.projects import save_project
from tests.factories import UnitFactory


@pytest.fixture
def source(db):
    return Source.objects.create(code="s", title="一份资料")


@pytest.fixture
def three_events(source):
    with origin("admin", "192.0.2.7", "request-1"):
        return [audit.record("source.change", source, by=None, after={"n": str(n)}) for n in range(3)]


def tamper(sql, *parameters):
    """As somebody with the database password would, past the model and past the trigger."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE core_auditevent DISABLE TRIGGER audit_append_only")
        cursor.execute(sql, parameters)


def test_an_event_says_who_what_when_and_from_where(three_events):
    event = AuditEvent.objects.get(sequence=1)
    assert (event.actor, event.action, event.model, event.object_key) == ("system", "source.change", "core.source", "s")
    assert (event.channel, event.address, event.request_id) == ("admin", "192.0.2.7", "request-1")
    assert event.at.endswith("+00:00")


def test_only_what_changed_is_kept_and_nothing_is_recorded_when_nothing_did(source):
    before = audit.snapshot(source)
    audit.record_change("source.change", source, by=None, before=before, after=before)
    assert not AuditEvent.objects.exists()
    source.title = "另一份"
    audit.record_change("source.change", source, by=None, before=before, after=audit.snapshot(source))
    event = AuditEvent.objects.get()
    assert (event.before, event.after) == ('{"title": "一份资料"}', '{"title": "另一份"}')


def test_the_model_offers_no_way_to_change_or_remove_an_event(three_events):
    for forbidden in (
        three_events[0].save,
        three_events[0].delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.update(actor="x"),
    ):
        with pytest.raises(TypeError):
            forbidden()


@pytest.mark.postgresql
def test_postgresql_itself_refuses_to_change_or_remove_an_event(three_events):
    for sql in ("UPDATE core_auditevent SET actor = 'x'", "DELETE FROM core_auditevent"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_an_untouched_chain_verifies(three_events, capsys):
    call_command("verify_audit")
    assert "3 条" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE core_auditevent SET actor = 'mallory' WHERE sequence = 2", "第 2 条内容被改动"),
        ("DELETE FROM core_auditevent WHERE sequence = 2", "第 2–2 条缺失"),
        ("DELETE FROM core_auditevent WHERE sequence = 3", "链止于第 2 条"),
        ("DELETE FROM core_auditevent WHERE sequence = 1", "第 1–1 条缺失"),
    ],
)
def test_verify_finds_a_changed_and_a_missing_event(three_events, capsys, sql, found):
    tamper(sql)
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert found in capsys.readouterr().err


def test_verify_finds_reordered_events(three_events, capsys):
    tamper("UPDATE core_auditevent SET sequence = 99 WHERE sequence = 2")
    tamper("UPDATE core_auditevent SET sequence = 2 WHERE sequence = 3")
    tamper("UPDATE core_auditevent SET sequence = 3 WHERE sequence = 99")
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert "第 2 条" in capsys.readouterr().err


def test_a_chain_rebuilt_from_scratch_is_betrayed_by_the_hash_noted_earlier(three_events):
    noted = AuditHead.objects.get().hash
    call_command("verify_audit", expect=noted)
    with pytest.raises(CommandError):
        call_command("verify_audit", expect="0" * 64)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_simultaneous_writers_make_one_chain_without_forks():
    source = Source.objects.create(code="s", title="一份资料")

    def write():
        try:
            for n in range(10):
                audit.record("source.change", source, by=None, after={"n": str(n)})
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert AuditEvent.objects.count() == 40
    assert list(audit.broken_links()) == []


def test_without_its_end_the_chain_is_broken_and_nothing_more_is_written(source, three_events):
    tamper("DELETE FROM core_audithead")
    assert list(audit.broken_links())
    with pytest.raises(Conflict, match="verify_audit"):
        audit.record("source.change", source, by=None)


def test_links_to_two_units_of_one_name_are_not_the_same(district):
    """Else a change of one for the other would leave no event, and whoever asks again would be told of none."""
    for parent in (district.street, district.town):
        unit = UnitFactory(code=f"{parent.code}-office", name="城管局", parent=parent)
        save_project(district.street_project, by=None, supporting_units=[unit])
    before, after = AuditEvent.objects.order_by("-sequence").values_list("before", "after")[0]
    assert "城管局（street-office）" in before
    assert "城管局（town-office）" in after
