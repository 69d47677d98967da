"""Milestones in the project's form and on their own; problems and orders with their story and what may be done now."""

import pytest

from erqi.accounts.roles import Role
from projects.models import Milestone, MilestoneMove, Problem, SupervisionOrder
from projects.services import milestones, orders, problems
from tests.core.admin.pages import address, opened, refusals, send
from tests.factories import user_with
from tests.projects.followed import day, in_the_past, milestone, order, problem


def act(client, row, verb: str, **words):
    """Open the page, fill in one of its forms, and send it."""
    url = address(row, "change")
    client.get(url)
    return client.post(url, {"verb": verb, "seen": _seen(client, url), **words})


def _seen(client, url: str) -> str:
    offers = client.get(url).context["offers"]
    return offers[0].form.initial["seen"] if offers else ""


def offered(client, row) -> list[str]:
    return [offer.deed.verb for offer in client.get(address(row, "change")).context["offers"]]


class TestMilestones:
    def test_a_date_moves_in_the_project_only_with_a_reason(self, district, signed_in):
        row = milestone(district.street_project)
        client, url = signed_in(district.reporter), address(district.street_project, "change")
        refused = send(client, url, milestones__0__due=day(60).isoformat())
        assert "须写明理由" in "".join(refusals(refused))
        assert not MilestoneMove.objects.exists()
        sent = {"milestones__0__due": day(60).isoformat(), "milestones__0__reason": "雨季停工"}
        assert send(client, url, **sent).status_code == 302
        row.refresh_from_db()
        assert (row.due, row.original_due) == (day(60), day(30))
        assert MilestoneMove.objects.get().by == district.reporter

    def test_one_is_added_in_the_project_and_its_date_is_the_original(self, district, signed_in):
        client, url = signed_in(district.reporter), address(district.street_project, "change")
        new = {"name": "竣工", "kind": "completion", "due": day(90).isoformat(), "met_on": "", "reason": ""}
        boxes = opened(client, url) | {f"milestones-0-{name}": value for name, value in new.items()}
        assert client.post(url, boxes | {"milestones-TOTAL_FORMS": "1"}).status_code == 302
        assert Milestone.objects.get().original_due == day(90)

    def test_what_a_service_refuses_comes_back_on_its_row(self, district, signed_in, monkeypatch):
        milestone(district.street_project)

        def refuse(*_args, **_kwargs):
            raise milestones.Conflict("刚刚有人登记完成", code="milestone_met")

        monkeypatch.setattr(milestones, "move_milestone", refuse)
        client, url = signed_in(district.reporter), address(district.street_project, "change")
        sent = {"milestones__0__due": day(60).isoformat(), "milestones__0__reason": "雨季停工", "name": "改名"}
        answer = send(client, url, **sent)
        assert "刚刚有人登记完成" in "".join(refusals(answer))
        assert "雨季停工" in answer.content.decode()
        district.street_project.refresh_from_db()
        assert district.street_project.name == "街道路"

    def test_on_its_own_page_a_date_moves_only_with_a_reason_and_it_is_switched_off_with_one(self, district, signed_in):
        row = milestone(district.street_project)
        client, url = signed_in(district.reporter), address(row, "change")
        for change in ({"due": day(60).isoformat()}, {"active": ""}):
            boxes = opened(client, url) | change
            boxes = {name: value for name, value in boxes.items() if value or name != "active"}
            assert "须写明理由" in "".join(refusals(client.post(url, boxes)))
        row.refresh_from_db()
        assert (row.due, row.active) == (day(30), True)
        assert send(client, url, due=day(60).isoformat(), reason="雨季停工").status_code == 302
        page = client.get(url).content.decode()
        assert "雨季停工" in page
        assert day(30).isoformat() in page

    def test_a_leader_reads_and_changes_nothing(self, district, signed_in):
        row = milestone(district.street_project)
        client = signed_in(district.leader)
        assert client.get(address(row, "change")).status_code == 200
        assert client.post(address(row, "change"), {"due": day(60).isoformat(), "reason": "改"}).status_code == 403
        assert client.get(address(Milestone, "add")).status_code == 403

    def test_other_units_do_not_see_it(self, district, signed_in):
        row = milestone(district.street_project, name="三号地交付")
        client = signed_in(user_with(Role.REPORTER, district.town))
        assert client.get(address(row, "change")).status_code == 404
        assert "三号地交付" not in client.get(address(Milestone, "changelist") + "?standing=all").content.decode()


class TestProblems:
    def test_the_page_offers_only_what_may_be_done(self, district, signed_in):
        row = problem(district.street_project)
        assert offered(signed_in(district.reporter), row) == ["note", "settle", "escalate", "edit"]
        assert offered(signed_in(district.leader), row) == []
        problems.settle(row, resolution="好了", by=district.reporter)
        assert offered(signed_in(district.reviewer), row) == ["close", "return", "reschedule"]

    def test_a_step_is_taken_and_told(self, district, signed_in):
        row = problem(district.street_project)
        client = signed_in(district.reporter)
        assert act(client, row, "note", note="已签一户").status_code == 302
        row.refresh_from_db()
        assert row.status == Problem.Status.PROGRESSING
        told = client.get(address(row, "change")).context["told"]
        assert (told[0].what, told[0].who, told[0].reason) == ("登记进展", str(district.reporter), "已签一户")

    def test_a_refusal_keeps_what_was_typed(self, district, signed_in):
        row = problem(district.street_project)
        client = signed_in(district.reporter)
        empty = act(client, row, "escalate", level="bureau", reason="")
        assert empty.status_code == 200
        url = address(row, "change")
        seen = _seen(client, url)
        problems.settle(row, resolution="别人报的", by=None)
        late = client.post(url, {"verb": "note", "seen": seen, "note": "我写了很久"})
        assert "情况已有变化" in late.content.decode()
        assert "我写了很久" in late.content.decode()
        decided = client.post(
            url, {"verb": "note", "seen": late.context["offers"][0].form.data["seen"], "note": "我写了很久"}
        )
        assert "已解决待核" in decided.content.decode()
        assert "我写了很久" in decided.content.decode()
        assert client.post(url, {"verb": "unheard"}).status_code == 404

    def test_one_is_raised_from_the_project(self, district, signed_in):
        client = signed_in(district.reporter)
        project = district.street_project
        links = client.get(address(project, "change")).content.decode()
        url = f"{address(Problem, 'add')}?project={project.pk}&responsible_unit={project.lead_unit_id}"
        assert url.replace("&", "&amp;") in links
        form = client.get(url).context["form"]
        assert form.initial["project"] == str(project.pk)
        body = {"project": project.pk, "kind": "land", "description": "未交地", "responsible_unit": district.town.pk}
        wrong = client.post(url, {**body, "deadline": day(-1).isoformat()})
        assert "已经过去" in wrong.content.decode()
        assert "未交地" in wrong.content.decode()
        assert client.post(url, {**body, "deadline": day(5).isoformat()}).status_code == 302
        assert Problem.objects.get().raised_by == district.reporter

    @pytest.mark.parametrize("query", ["?project=x", "?project=99999", "?deadline=soon&kind=none"])
    def test_an_address_typed_by_hand_opens_an_empty_form(self, district, signed_in, query):
        answer = signed_in(district.reporter).get(address(Problem, "add") + query)
        assert answer.status_code == 200
        assert not answer.context["form"].initial

    def test_another_units_project_cannot_be_named(self, district, signed_in):
        url = f"{address(Problem, 'add')}?project={district.town_project.pk}"
        answer = signed_in(district.reporter).get(url)
        assert "镇学校" not in answer.content.decode()

    def test_the_list_shows_open_ones_first_asked_and_mine_and_overdue(self, district, signed_in):
        late = in_the_past(problem(district.street_project), deadline=day(-1))
        done = problem(district.street_project, description="已办的事")
        problems.settle(done, resolution="好了", by=None)
        problems.close(done, by=district.reviewer)
        client = signed_in(district.reporter)

        def listed(query=""):
            return list(client.get(address(Problem, "changelist") + query).context["cl"].result_list)

        assert listed() == listed("?turn=overdue") == listed("?turn=mine") == [late]
        assert listed("?turn=done") == [done]
        assert set(listed("?turn=all")) == {late, done}


class TestOrders:
    def test_the_whole_way_through_the_pages(self, district, signed_in):
        row = order(district.street, project=district.street_project, by=district.reviewer)
        unit = signed_in(district.reporter)
        assert offered(unit, row) == ["sign", "extend"]
        assert act(unit, row, "sign").status_code == 302
        assert act(unit, row, "extend", to_due=day(30).isoformat(), reason="材料未到").status_code == 302
        bureau = signed_in(district.reviewer)
        assert offered(bureau, row) == ["grant", "refuse", "remind", "revoke"]
        asked = row.extensions.get()
        assert act(bureau, row, "grant", extension=asked.pk, note="同意").status_code == 302
        unit = signed_in(district.reporter)
        assert act(unit, row, "answer", feedback="已完成").status_code == 302
        bureau = signed_in(district.reviewer)
        assert act(bureau, row, "close", note="属实").status_code == 302
        row.refresh_from_db()
        assert (row.status, row.due) == (SupervisionOrder.Status.CLOSED, day(30))
        assert offered(bureau, row) == []

    def test_a_second_reminder_says_when(self, district, signed_in):
        row = order(district.street)
        client = signed_in(district.reviewer)
        assert act(client, row, "remind", note="请尽快").status_code == 302
        again = act(client, row, "remind", note="再催")
        assert "之后才能再次催办" in again.content.decode()
        assert "再催" in again.content.decode()

    def test_only_the_bureau_issues(self, district, signed_in):
        assert signed_in(district.reporter).get(address(SupervisionOrder, "add")).status_code == 403
        client = signed_in(district.reviewer)
        body = {"unit": district.street.pk, "origin": "meeting", "title": "督办", "requirement": "十日内"}
        answer = client.post(address(SupervisionOrder, "add"), {**body, "due": day(5).isoformat()})
        assert answer.status_code == 302
        assert SupervisionOrder.objects.get().issued_by == district.reviewer

    def test_other_units_do_not_see_it(self, district, signed_in):
        row = order(district.street)
        client = signed_in(user_with(Role.REPORTER, district.town))
        assert client.get(address(row, "change")).status_code == 404
        assert client.post(address(row, "change"), {"verb": "sign"}).status_code == 404
        orders.sign(row, by=district.reporter)
