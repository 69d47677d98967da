"""Reads from a replica: never behind what the reader has written, and never an error when it is away."""

import logging
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError, connections, transaction
from django.http import StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from erqi.accounts.models import ApiToken
from erqi.core import routing
from erqi.core.context import origin, remember
from erqi.core.models import AuditHead
from erqi.core.models.audit import TRAIL
from erqi.core.models.reference import kept
from erqi.core.services.audit import record
from projects.models import Category, Project, Unit
from tests import factories
from tests.api.test_query_counts import BUDGETS
from tests.clients import API, client_for
from tests.core.lagging import Lagging, routed
from tests.dashboard.pages import PAGES, filled

MARCH = f"{API}/projects/S1/progress/2017/3/"


@pytest.fixture
def district(transactional_db):
    return factories.district()


@pytest.fixture
def replica(district, tmp_path, worker_id):
    name = tmp_path / "replica.sqlite3" if connections["default"].vendor == "sqlite" else f"replica_{worker_id}"
    copy = Lagging(str(name))
    with override_settings(**routed()):
        yield copy
    routing.replica.lost_at = None
    copy.end()


@pytest.fixture
def away(replica, monkeypatch):
    """The replica cannot be reached."""

    def refuse(*_arguments, **_options):
        raise OperationalError("connection refused")

    connections["replica"].close()
    monkeypatch.setattr(connections["replica"], "connect", refuse)
    return monkeypatch


def rename(name: str) -> None:
    """Without a trace in the audit trail, so that it shows only whose copy is read."""
    Project.objects.filter(code="S1").update(name=name)


def name_read_by(client) -> str:
    return client.get(f"{API}/projects/S1/").json()["name"]


class TestWhoReadsWhat:
    def test_who_wrote_nothing_reads_the_replica(self, district, replica):
        client = client_for(district.leader)
        replica.catch_up()
        rename("新名")
        assert name_read_by(client) == "街道路"
        replica.catch_up()
        assert name_read_by(client) == "新名"

    def test_who_wrote_reads_the_primary_until_the_replica_has_it(self, district, replica):
        writer, other = client_for(district.reporter), client_for(district.reviewer)
        replica.catch_up()
        assert writer.put(MARCH, {"invested": "7"}).status_code == 201
        assert writer.get(MARCH).json()["open"]["invested"] == "7.0000"
        assert other.get(MARCH).status_code == 404
        replica.catch_up()
        rename("新名")
        assert other.get(MARCH).status_code == 200
        assert name_read_by(writer) == "街道路"

    def test_also_under_another_username(self, district, replica):
        writer = client_for(district.reviewer)
        replica.catch_up()
        writer.patch(f"{API}/projects/S1/", {"name": "改的名"}, format="json")
        district.reviewer.username = "renamed"
        district.reviewer.save()
        record("user.change", district.reviewer, by=None)
        assert name_read_by(writer) == "改的名"

    def test_what_others_write_meanwhile_does_not_matter(self, district, replica):
        """The replica has all of the writer's, though not all there is."""
        writer, other = client_for(district.reporter), client_for(district.reviewer)
        writer.put(MARCH, {"invested": "7"})
        replica.catch_up()
        other.put(f"{API}/projects/T1/progress/2017/3/", {"invested": "8"})
        rename("新名")
        assert name_read_by(writer) == "街道路"
        assert name_read_by(other) == "新名"

    def test_the_same_holds_for_pages(self, district, replica):
        client = Client()
        client.force_login(district.reviewer)
        replica.catch_up()
        rename("新名")
        assert "街道路" in client.get("/projects/S1/").content.decode()
        record("edit", district.street_project, by=district.reviewer)
        assert "新名" in client.get("/projects/S1/").content.decode()

    def test_the_admin_reads_the_primary(self, district, replica, root_client):
        replica.catch_up()
        rename("新名")
        assert "新名" in root_client.get("/admin/projects/project/").content.decode()

    def test_who_may_come_in_is_asked_of_the_primary(self, district, replica):
        client = client_for(district.leader)
        replica.catch_up()
        ApiToken.objects.update(revoked_at=timezone.now())
        assert client.get(f"{API}/projects/S1/").status_code == 401

    def test_what_they_may_do_too(self, district, replica):
        """A session's roles are a statement of their own; a token's come with it."""
        browser, client = Client(), client_for(district.leader)
        browser.force_login(district.leader)
        replica.catch_up()
        district.leader.memberships.update(active=False)
        assert "街道路" not in browser.get("/projects/").content.decode()
        assert client.get(f"{API}/projects/S1/").status_code == 403


class TestOneRequest:
    """``reads()`` is the database that answers a read of projects now."""

    @pytest.fixture
    def request_of(self, replica, district):
        def made(method="GET", path="/", user=district.leader):
            request = RequestFactory().generic(method, path)
            request.user = user
            return request

        return made

    def through(self, request, view):
        return routing.ReadRouteMiddleware(view)(request)

    def seen(self, request) -> list[str]:
        found = []
        self.through(request, lambda _request: found.append(reads()) or StreamingHttpResponse())
        return found

    def test_safe_requests_read_the_replica_and_others_do_not(self, request_of):
        assert [self.seen(request_of(method)) for method in ("GET", "HEAD")] == [["replica"], ["replica"]]
        assert [self.seen(request_of(method)) for method in ("POST", "PUT", "PATCH", "DELETE")] == [["default"]] * 4

    def test_nobody_known_reads_the_primary(self, request_of):
        assert self.seen(request_of(user=AnonymousUser())) == ["default"]

    def test_commands_and_jobs_read_the_primary(self, replica):
        assert reads() == "default"

    def test_a_transaction_reads_the_primary_throughout(self, request_of):
        def view(_request):
            with transaction.atomic():
                assert reads() == "default"
            assert reads() == "replica"
            return StreamingHttpResponse()

        self.through(request_of(), view)

    def test_after_a_write_the_rest_is_read_where_it_was_written(self, request_of, district):
        def view(_request):
            assert reads() == "replica"
            Category.objects.filter(code="roads").update(name="新名")
            assert reads() == "default"
            return StreamingHttpResponse()

        self.through(request_of(), view)

    def test_what_is_streamed_is_read_along_the_same_route(self, request_of):
        response = self.through(request_of(), lambda _request: StreamingHttpResponse(reads() for _ in range(2)))
        assert b"".join(response) == b"replicareplica"
        assert reads() == "default"

    def test_versions_of_data_are_those_of_the_database_that_is_read(self, request_of, district, replica):
        """A version from the primary's head over the replica's older rows would keep these fresh for ever."""
        record("edit", district.street_project, by=district.reviewer)
        replica.catch_up()
        record("edit", district.street_project, by=district.reviewer)
        behind = AuditHead.objects.using("replica").get().hash

        def view(_request):
            remember(TRAIL, AuditHead.objects.using("default").get().hash)
            routing.settle(district.leader)
            assert AuditHead.reached() == behind
            return StreamingHttpResponse()

        with origin("api", found={}):
            self.through(request_of(), view)


def test_rows_that_are_kept_in_memory_come_from_the_primary_as_their_version_does(district, replica):
    district.street.name = "新街道"
    district.street.save()
    with routing.on(routing.Route(RequestFactory().get("/"), database="replica")):
        assert kept(Unit).get(district.street.pk).name == "新街道"


class TestAReplicaThatIsAway:
    def test_the_primary_answers_and_the_log_says_so_once(self, district, away, caplog):
        client = client_for(district.leader)
        rename("新名")
        with caplog.at_level(logging.WARNING, "erqi.core.routing"):
            assert [name_read_by(client) for _ in range(3)] == ["新名"] * 3
        assert len(caplog.records) == 1

    def test_it_is_not_asked_again_at_once(self, district, away):
        client = client_for(district.leader)
        name_read_by(client)
        away.undo()
        rename("新名")
        assert name_read_by(client) == "新名"
        away.setattr(routing, "PAUSE_SECONDS", 0)
        assert name_read_by(client) == "街道路"


def test_every_page_and_every_read_of_the_api_can_be_answered_by_a_replica(district, replica):
    """No statement joins rows of two databases, and nothing of the register is asked of the primary."""
    filled(district)
    calls = [
        f"{API}{call.partition(' ')[2]}" for call in BUDGETS if call.startswith("GET ") and "periods/2" not in call
    ]
    browser, client = Client(), client_for(district.leader)
    browser.force_login(district.leader)
    client.get(f"{API}/me/")
    replica.catch_up()
    with CaptureQueriesContext(connections["default"]) as primary:
        answers = {path: browser.get(path).status_code for path in map(str, PAGES)}
        answers |= {path: client.get(path).status_code for path in calls}
    assert set(answers.values()) == {200}, answers
    assert {table for table in tables(primary) if table.startswith(("projects_", "awards_"))} <= FROM_PRIMARY


# Roles, saved views, and the rows that are kept in memory.
FROM_PRIMARY = {
    "projects_membership",
    "projects_savedview",
    "projects_unit",
    "projects_category",
    "projects_programme",
    "projects_filingcheck",
}


def tables(queries) -> set[str]:
    return {
        name for query in queries for name in re.findall(r'FROM "(\w+)"|JOIN "(\w+)"', query["sql"]) for name in name
    }


def reads() -> str:
    return Project.objects.all().db
