"""Milestones, problems and orders through the API: verbs, states, scopes, filters, and what nobody else gets to see."""

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erqi.accounts.roles import Role
from projects.models import MilestoneMove
from tests.clients import API, client_for, paths
from tests.factories import ProjectFactory, user_with
from tests.projects.followed import day, in_the_past, milestone, order, problem

SCOPES = ("read", "report", "review")


@pytest.fixture
def unit(district):
    return client_for(district.reporter, *SCOPES)


@pytest.fixture
def bureau(district):
    return client_for(district.reviewer, *SCOPES)


@pytest.fixture
def stranger(district):
    return client_for(user_with(Role.REPORTER, district.town), *SCOPES)


def post(client, path, body=None):
    return client.post(f"{API}/{path}/", body or {})


def numbers(client, path, **parameters) -> list[int]:
    answer = client.get(f"{API}/{path}/", parameters)
    assert answer.status_code == 200, answer.content
    return sorted(row["id"] for row in answer.json()["results"])


class TestMilestones:
    NEW = {"project": "S1", "kind": "start", "name": "开工", "critical": True}

    def test_added_moved_and_met(self, district, unit):
        made = post(unit, "milestones", {**self.NEW, "due": day(30).isoformat()})
        assert made.status_code == 201
        path = f"milestones/{made.json()['id']}"
        moved = post(unit, f"{path}/move", {"due": day(40).isoformat(), "reason": "雨季"}).json()
        assert (moved["original_due"], moved["due"]) == (day(30).isoformat(), day(40).isoformat())
        assert moved["slipped_days"] == 10
        met = post(unit, f"{path}/meet", {"met_on": day().isoformat()}).json()
        assert (met["met_on"], met["allowed_actions"]) == (day().isoformat(), ["edit", "unmeet", "disable"])
        again = post(unit, f"{path}/meet", {"met_on": day().isoformat()})
        assert (again.status_code, again.json()["code"]) == (409, "milestone_met")
        assert (again.json()["state"], again.json()["by"]) == ("met", str(district.reporter))
        assert datetime.fromisoformat(again.json()["at"])
        assert post(unit, f"{path}/unmeet", {"reason": "有误"}).json()["met_on"] is None

    def test_no_way_to_move_a_date_without_a_reason(self, district, unit):
        row = milestone(district.street_project)
        path = f"{API}/milestones/{row.pk}/"
        assert paths(unit.patch(path, {"due": day(40).isoformat()})) == ["/due"]
        assert paths(unit.patch(path, {"original_due": day(40).isoformat()})) == ["/original_due"]
        for reason in ({}, {"reason": ""}, {"reason": " "}):
            assert paths(unit.post(f"{path}move/", {"due": day(40).isoformat(), **reason})) == ["/reason"]
        assert unit.put(path, {}).status_code == 405
        assert unit.delete(path).status_code == 405
        row.refresh_from_db()
        assert row.due == row.original_due
        assert not MilestoneMove.objects.exists()

    def test_facts_are_patched_and_a_used_name_refused(self, district, unit):
        milestone(district.street_project, name="竣工")
        row = milestone(district.street_project)
        path = f"{API}/milestones/{row.pk}/"
        assert unit.patch(path, {"critical": True, "note": "区重点"}).json()["critical"] is True
        assert paths(unit.patch(path, {"name": "竣工"})) == ["/name"]

    def test_switched_off_and_on(self, district, unit):
        row = milestone(district.street_project)
        assert paths(post(unit, f"milestones/{row.pk}/disable")) == ["/reason"]
        off = post(unit, f"milestones/{row.pk}/disable", {"reason": "合并"})
        assert off.json()["active"] is False
        assert numbers(unit, "milestones", active="false") == [row.pk]
        assert numbers(unit, "milestones", open="true") == []
        late = post(unit, f"milestones/{row.pk}/meet", {"met_on": day().isoformat()})
        assert (late.status_code, late.json()["state"], late.json()["by"]) == (409, "disabled", str(district.reporter))
        assert datetime.fromisoformat(late.json()["at"])
        assert post(unit, f"milestones/{row.pk}/enable").json()["active"] is True

    def test_filters(self, district, bureau):
        late = in_the_past(milestone(district.street_project, critical=True), due=day(-5))
        other = milestone(district.town_project, kind="completion", due=day(50))
        unled = milestone(district.unled_project, kind="other", due=day(20), by=district.reviewer)
        assert numbers(bureau, "milestones", overdue="true") == [late.pk]
        assert numbers(bureau, "milestones", overdue="false") == [other.pk, unled.pk]
        assert numbers(bureau, "milestones", critical="true") == [late.pk]
        assert numbers(bureau, "milestones", moved="true") == [late.pk]
        assert numbers(bureau, "milestones", unit="street") == [late.pk]
        # A project that nobody leads yet is the area's.
        assert numbers(bureau, "milestones", unit="area") == [late.pk, other.pk, unled.pk]
        assert numbers(bureau, "milestones", project="T1", kind="start,completion") == [other.pk]
        assert numbers(bureau, "milestones", category="homes") == [other.pk, unled.pk]
        assert numbers(bureau, "milestones", due_from=day().isoformat()) == [other.pk, unled.pk]
        assert numbers(bureau, "milestones", due_to=day(-5).isoformat()) == [late.pk]


class TestProblems:
    def new(self, **changes):
        body = {"project": "S1", "kind": "land", "description": "未交地", "responsible_unit": "town"}
        return {**body, "deadline": day(10).isoformat(), **changes}

    def test_from_raised_to_closed(self, unit, bureau, stranger):
        made = post(unit, "problems", self.new())
        assert (made.status_code, made.json()["status"]) == (201, "new")
        path = f"problems/{made.json()['id']}"
        # The responsible unit settles it although it is another unit's project.
        assert post(stranger, f"{path}/note", {"note": "在谈"}).json()["status"] == "progressing"
        assert post(stranger, f"{path}/settle", {"resolution": "已交地"}).json()["allowed_actions"] == []
        closed = post(bureau, f"{path}/close", {"note": "属实"}).json()
        assert (closed["status"], closed["status_display"], closed["allowed_actions"]) == (
            "closed",
            "已销号",
            ["reopen"],
        )
        late = post(bureau, f"{path}/settle", {"resolution": "又"})
        assert (late.status_code, late.json()["state"], late.json()["by"]) == (409, "closed", closed["closed_by"])
        assert late.json()["at"]
        assert post(bureau, f"{path}/reopen", {"reason": "反悔"}).json()["status"] == "progressing"

    def test_bad_input_names_the_field(self, unit):
        assert paths(post(unit, "problems", self.new(deadline=day(-1).isoformat()))) == ["/deadline"]
        assert paths(post(unit, "problems", self.new(kind="x", project="T1"))) == ["/kind", "/project"]
        assert paths(post(unit, "problems", self.new(status="closed"))) == ["/status"]
        row = post(unit, "problems", self.new()).json()
        assert paths(post(unit, f"problems/{row['id']}/escalate", {"level": "unit", "reason": "协调"})) == ["/level"]
        high = post(unit, f"problems/{row['id']}/escalate", {"level": "leaders", "reason": "协调"})
        assert (high.status_code, high.json()["code"]) == (403, "level_too_high")

    def test_the_facts_are_patched(self, district, unit):
        row = problem(district.street_project)
        path = f"{API}/problems/{row.pk}/"
        assert unit.patch(path, {"responsible_person": "张三"}).json()["responsible_person"] == "张三"
        assert paths(unit.patch(path, {"deadline": day(20).isoformat()})) == ["/deadline"]

    def test_filters(self, district, bureau, unit):
        late = in_the_past(problem(district.street_project), deadline=day(-1))
        raised = problem(district.town_project, kind="funding", by=district.reviewer)
        post(bureau, f"problems/{raised.pk}/escalate", {"level": "meeting", "reason": "协调"})
        assert numbers(bureau, "problems", overdue="true") == [late.pk]
        assert numbers(bureau, "problems", level="meeting,leaders") == [raised.pk]
        assert numbers(bureau, "problems", status="new,settled", kind="land") == sorted(
            {late.pk, raised.pk} & {late.pk}
        )
        assert numbers(bureau, "problems", unit="town") == [raised.pk]
        assert numbers(bureau, "problems", open="false") == []
        assert numbers(bureau, "problems", due_from=day().isoformat()) == [raised.pk]
        assert numbers(bureau, "problems", waiting_for_me="true") == [raised.pk]
        assert numbers(unit, "problems", waiting_for_me="true") == [late.pk]
        wrong = bureau.get(f"{API}/problems/", {"status": "new,gone"})
        assert (wrong.status_code, paths(wrong)) == (400, ["/status"])


class TestOrders:
    def test_from_issued_to_closed(self, unit, bureau):
        body = {"unit": "street", "origin": "meeting", "title": "督办", "requirement": "十日内"}
        made = post(bureau, "supervision-orders", {**body, "project": "S1", "due": day(10).isoformat()})
        assert made.status_code == 201
        path = f"supervision-orders/{made.json()['id']}"
        assert unit.get(f"{API}/{path}/").json()["allowed_actions"] == ["sign", "extend"]
        post(unit, f"{path}/sign")
        assert post(unit, f"{path}/answer", {"feedback": "已办"}).json()["status"] == "answered"
        assert post(bureau, f"{path}/return", {"reason": "缺材料"}).json()["redone"] == 1
        post(unit, f"{path}/answer", {"feedback": "已补"})
        assert post(bureau, f"{path}/close").json()["status"] == "closed"
        story = bureau.get(f"{API}/{path}/history/").json()
        assert [row["action"] for row in reversed(story)] == [
            f"order.{verb}" for verb in ("issue", "sign", "answer", "return", "answer", "close")
        ]
        assert {key for row in story for key in row} == {"at", "by", "action", "reason"}
        assert story[2]["reason"] == "缺材料"

    def test_an_extension_is_asked_for_and_the_one_that_was_read_is_decided(self, district, unit, bureau):
        row = order(district.street)
        path = f"supervision-orders/{row.pk}"
        assert paths(post(unit, f"{path}/extend", {"to_due": day(9).isoformat(), "reason": "忙"})) == ["/to_due"]
        asked = post(unit, f"{path}/extend", {"to_due": day(20).isoformat(), "reason": "材料未到"}).json()
        (extension,) = asked["extensions"]
        assert "grant" in bureau.get(f"{API}/{path}/").json()["allowed_actions"]
        assert paths(post(bureau, f"{path}/grant")) == ["/extension"]
        assert post(bureau, f"{path}/grant", {"extension": extension["id"] + 1}).status_code == 404
        granted = post(bureau, f"{path}/grant", {"extension": extension["id"]}).json()
        assert (granted["due"], granted["original_due"]) == (day(20).isoformat(), day(10).isoformat())
        assert post(bureau, f"{path}/refuse", {"extension": extension["id"], "reason": "不"}).status_code == 409

    def test_a_reminder_says_when_the_next_is_possible(self, district, bureau):
        path = f"supervision-orders/{order(district.street).pk}"
        assert post(bureau, f"{path}/remind").json()["reminders"] == 1
        again = post(bureau, f"{path}/remind")
        assert (again.status_code, again.json()["code"]) == (409, "reminded_lately")
        assert again.json()["next_at"]

    def test_filters(self, district, bureau, unit):
        late = in_the_past(order(district.street, project=district.street_project), due=day(-1))
        other = order(district.town, origin="light")
        assert numbers(bureau, "supervision-orders", overdue="true") == [late.pk]
        assert numbers(bureau, "supervision-orders", origin="light,problem") == [other.pk]
        assert numbers(bureau, "supervision-orders", unit="area", open="true") == sorted([late.pk, other.pk])
        assert numbers(bureau, "supervision-orders", project="S1") == [late.pk]
        assert numbers(bureau, "supervision-orders", category="roads") == [late.pk]
        assert numbers(bureau, "supervision-orders", number=other.number) == [other.pk]
        assert numbers(bureau, "supervision-orders", waiting_for_me="true") == []
        assert numbers(unit, "supervision-orders", waiting_for_me="true") == [late.pk]


def test_what_is_out_of_sight_is_not_there(district, stranger):
    hidden = [
        f"milestones/{milestone(district.street_project).pk}",
        f"problems/{problem(district.street_project).pk}",
        f"supervision-orders/{order(district.street).pk}",
    ]
    verbs = {"milestones": "meet", "problems": "settle", "supervision-orders": "sign"}
    for path in hidden:
        kind = path.partition("/")[0]
        assert stranger.get(f"{API}/{path}/").status_code == 404
        assert stranger.get(f"{API}/{path}/history/").status_code == 404
        assert post(stranger, f"{path}/{verbs[kind]}").status_code == 404
        assert numbers(stranger, kind) == []


@pytest.mark.parametrize(
    ("path", "body", "scope"),
    [
        ("problems/{problem}/note", {"note": "在谈"}, "report"),
        ("problems/{problem}/settle", {"resolution": "好了"}, "report"),
        ("problems/{problem}/escalate", {"level": "bureau", "reason": "协调"}, "report"),
        ("problems/{problem}/escalate", {"level": "meeting", "reason": "协调"}, "review"),
        ("problems/{problem}/close", {}, "review"),
        ("problems/{problem}/assign", {}, "review"),
        ("milestones/{milestone}/meet", {}, "report"),
        ("supervision-orders", {}, "review"),
        ("supervision-orders/{order}/sign", {}, "report"),
        ("supervision-orders/{order}/remind", {}, "review"),
        ("supervision-orders/{order}/grant", {}, "review"),
    ],
)
def test_a_token_takes_the_unit_s_verbs_or_the_bureau_s(district, path, body, scope):
    rows = {
        "problem": problem(district.street_project).pk,
        "milestone": milestone(district.street_project).pk,
        "order": order(district.street).pk,
    }
    other = "review" if scope == "report" else "report"
    superuser = user_with(Role.REVIEWER, district.area, is_superuser=True)
    refused = post(client_for(superuser, "read", other), path.format(**rows), body)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert post(client_for(superuser, "read", scope), path.format(**rows), body).status_code != 403


@pytest.mark.parametrize("path", ["milestones", "problems", "supervision-orders"])
def test_a_list_costs_the_same_however_long_it_is(district, bureau, path):
    def cost(rows: int) -> int:
        for _ in range(rows):
            project = ProjectFactory(area=district.area, lead_unit=district.town)
            milestone(project)
            problem(project)
            order(district.town, project=project)
        with CaptureQueriesContext(connection) as queries:
            assert bureau.get(f"{API}/{path}/", {"limit": 200}).status_code == 200
        return len(queries)

    bureau.get(f"{API}/me/")
    assert cost(2) == cost(20)
