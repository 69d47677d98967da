from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule
from django_q.scheduler import scheduler

from erqi.core import jobs
from erqi.core.models import AuditHead, Source
from erqi.core.services import audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def alive(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "ALIVE", tmp_path / "run" / "worker.alive")
    return jobs.ALIVE


def test_every_job_names_a_function_that_exists():
    for job in jobs.JOBS:
        assert callable(import_string(job.function))


def test_jobs_are_scheduled_once_and_keep_their_next_run():
    call_command("schedule_jobs", verbosity=0)
    assert Schedule.objects.count() == len(jobs.JOBS)
    moved = timezone.now() + timedelta(days=3)
    Schedule.objects.update(next_run=moved)
    call_command("schedule_jobs", verbosity=0)
    assert set(Schedule.objects.values_list("next_run", flat=True)) == {moved}


def test_a_schedule_that_was_changed_by_hand_is_put_right():
    jobs.schedule_all()
    Schedule.objects.update(func="nowhere.at_all", schedule_type=Schedule.YEARLY)
    jobs.schedule_all()
    assert set(Schedule.objects.values_list("func", flat=True)) == {job.function for job in jobs.JOBS}


def test_nightly_jobs_wait_for_the_night():
    jobs.schedule_all()
    nightly = Schedule.objects.filter(schedule_type=Schedule.DAILY)
    at = {timezone.localtime(row.next_run).strftime("%H:%M") for row in nightly}
    assert at == {"01:20", "02:30", "02:40", "03:10"}
    assert all(row.next_run > timezone.now() for row in nightly)


def test_a_due_job_is_handed_to_the_worker_with_its_options(monkeypatch):
    # It would close the connection that the test is in.
    monkeypatch.setattr("django_q.scheduler.close_old_django_connections", lambda: None)
    jobs.schedule_all()
    due = timezone.now() + timedelta(days=2)
    Schedule.objects.exclude(schedule_type=Schedule.MINUTES).update(next_run=due)
    Schedule.objects.filter(schedule_type=Schedule.MINUTES).update(next_run=timezone.now() - timedelta(seconds=5))
    scheduler()
    [queued] = OrmQ.objects.all()
    task = queued.task
    assert task["func"] == "erqi.core.jobs.note_alive"
    assert task["save"] is False
    assert task["kwargs"] == {}


def test_a_chain_that_holds_is_not_reported(caplog):
    audit.record("test", Source.objects.create(code="a", title="a"), by=None)
    assert jobs.verify_audit_chain() == "0 problem(s)"
    assert not caplog.records


def test_a_broken_chain_is_reported_as_an_error(caplog):
    audit.record("test", Source.objects.create(code="a", title="a"), by=None)
    AuditHead.objects.update(sequence=9)
    assert jobs.verify_audit_chain() == "1 problem(s)"
    [record] = caplog.records
    assert record.levelname == "ERROR"


def test_only_expired_sessions_go():
    now = timezone.now()
    Session.objects.create(session_key="old", session_data="", expire_date=now - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=now + timedelta(days=1))
    jobs.clear_sessions()
    assert [session.pk for session in Session.objects.all()] == ["new"]


def test_the_heartbeat_can_be_repeated(alive):
    jobs.note_alive()
    jobs.note_alive()
    assert alive.exists()
