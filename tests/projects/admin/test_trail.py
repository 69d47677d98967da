"""What a change leaves behind: audit events with before and after, and a history people can read."""

import json

import pytest

from erqi.accounts.models import ApiToken, User
from erqi.core.models import AuditEvent
from projects.models import ApprovalCode, Category, Membership, Project, Unit
from tests import factories
from tests.core.admin.pages import address, opened, refusals, send


def last_event() -> AuditEvent:
    return AuditEvent.objects.first()


def test_a_change_is_kept_with_before_and_after(root_client, project):
    send(
        root_client,
        address(project, "change"),
        sponsor="张三",
        approval_codes__TOTAL_FORMS="1",
        approval_codes__0__code="2017-410103-48-01-001234",
    )
    event = last_event()
    assert (event.action, event.actor, event.channel, event.object_key) == ("project.change", "root", "admin", "S1")
    assert json.loads(event.before) == {"sponsor": "", "approval_codes": ""}
    assert json.loads(event.after) == {"sponsor": "张三", "approval_codes": "2017-410103-48-01-001234"}
    assert ApprovalCode.objects.get().project == project


def test_parts_of_a_row_are_kept_with_it(root_client, district):
    honour = factories.HonourFactory()
    boxes = {"claims__TOTAL_FORMS": "1", "claims__0__kind": "rank", "claims__0__words": "全市第一"}
    boxes |= {"claims__0__order": "0"}
    send(root_client, address(honour, "change"), **boxes)
    after = json.loads(last_event().after)
    assert [value for name, value in after.items() if name.endswith(".words")] == ["全市第一"]


def test_adding_and_deleting_are_kept_too(root_client, district):
    theme = factories.YearThemeFactory(name="奋力推进年")
    root_client.post(address(theme, "delete"), {"post": "yes"})
    event = last_event()
    assert (event.action, json.loads(event.before)["name"]) == ("yeartheme.delete", "奋力推进年")
    send(root_client, address(Category, "add"), name="其他", code="other")
    assert (last_event().action, json.loads(last_event().after)["name"]) == ("category.add", "其他")


def test_a_save_that_changes_nothing_leaves_nothing(root_client, project):
    before = AuditEvent.objects.count()
    send(root_client, address(project, "change"))
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("model", [Category, Unit, Project, User], ids=lambda model: model.__name__)
def test_rows_that_others_point_at_are_switched_off_not_deleted(root_client, district, model):
    row = model.objects.first()
    assert root_client.get(address(row, "delete")).status_code == 403
    assert "deletelink" not in root_client.get(address(row, "change")).content.decode()


def test_history_tells_fields_plans_and_months_in_words(root_client, project, district):
    send(root_client, address(project, "change"), stage="construction", supporting_units=[str(district.town.pk)])
    factories.plan(project, 2017, "1500", reason="常务会议", by=district.reporter)
    factories.report(project, 2017, 2, "90", reason="漏报设备款", by=district.reporter)
    page = root_client.get(address(project, "history"))
    entries = {entry.what: entry for entry in page.context["page"]}
    changed = {c.name: (c.old, c.new) for entry in page.context["page"] for c in entry.changes}
    assert changed["阶段"] == ("—", "在建")
    assert changed["配合单位"] == ("—", "某镇")
    plan = entries["调整 2017 年计划（第 2 版）"]
    assert (plan.who, plan.reason) == (str(district.reporter), "常务会议")
    assert [(c.old, c.new) for c in plan.changes] == [("1,200 万元", "1,500 万元")]
    month = entries["更正 2017 年 2 月进度"]
    assert next((c.old, c.new) for c in month.changes) == ("80.5 万元", "90 万元")
    assert "{" not in page.content.decode().split("<main")[1].split("</main")[0]


def test_history_names_no_other_project_and_no_telephone(signed_in, district, project):
    project.parent, project.contact_phone = district.town_project, "13800000000"
    project.save()
    page = signed_in(district.leader).get(address(project, "history")).content.decode()
    assert "T1" in page
    assert "镇学校" not in page
    assert "13800000000" not in page


def test_the_trail_is_read_and_never_written(root_client, project):
    event = last_event()
    page = root_client.get(address(event, "change")).content.decode()
    assert "认定月度进度" in page
    assert 'name="_save"' not in page
    for action in ("change", "delete"):
        assert root_client.post(address(event, action), {"post": "yes"}).status_code == 403
    assert root_client.get(address(AuditEvent, "add")).status_code == 403


def test_an_account_is_made_with_its_memberships(root_client, district):
    boxes = {"username": "wang", "password1": "Shi-fu-2017", "password2": "Shi-fu-2017"}
    assert send(root_client, address(User, "add"), **boxes).status_code == 302
    made = User.objects.get(username="wang")
    send(
        root_client,
        address(made, "change"),
        memberships__TOTAL_FORMS="1",
        memberships__0__unit=str(district.street.pk),
        memberships__0__role="reporter",
        memberships__0__active="on",
    )
    assert Membership.objects.get(user=made).unit == district.street
    assert "membership" in last_event().after


def test_setting_a_password_is_kept_without_the_password(root_client, district):
    page = f"/admin/accounts/user/{district.reporter.pk}/password/"
    root_client.post(page, {"password1": "Shi-fu-2017", "password2": "Shi-fu-2017", "usable_password": "true"})
    event = last_event()
    assert (event.action, event.object_key) == ("user.password", str(district.reporter.pk))
    assert "argon" not in event.after + event.before
    district.reporter.refresh_from_db()
    assert district.reporter.check_password("Shi-fu-2017")


def test_a_token_is_shown_once_and_revoked_for_good(root_client, district):
    boxes = {"user": str(district.reporter.pk), "name": "统计平台", "scopes": ["read", "report"]}
    answer = send(root_client, address(ApiToken, "add"), **boxes)
    token = ApiToken.objects.get()
    key = answer.context["key"]
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert key not in root_client.get(address(token, "change")).content.decode()
    assert last_event().action == "apitoken.add"
    assert key not in last_event().after
    send(root_client, address(token, "change"), revoke="on")
    assert not ApiToken.objects.usable().exists()
    assert last_event().action == "apitoken.revoke"


def test_quotes_are_checked_where_they_are_edited(root_client, project):
    for wrong in ("{", '{"words": "x"}', "[" * 5000, '[{"words": "\u202e", "fields": []}]'):
        assert refusals(send(root_client, address(project, "change"), quotes=wrong)), wrong[:20]
    send(root_client, address(project, "change"), quotes='[{"words": "加快建设", "fields": ["goal"]}]')
    page = root_client.get(address(project, "change")).content.decode()
    assert "<q>加快建设</q>" in page
    assert "支持：公布的目标" in page


def test_a_year_is_a_plain_whole_number(root_client, district):
    theme = factories.YearThemeFactory()
    for wrong in ("1_000", "2017.5", "1e3", "九"):
        assert refusals(send(root_client, address(theme, "change"), year=wrong)), wrong
    assert send(root_client, address(theme, "change"), year="２０１８").status_code == 302
    theme.refresh_from_db()
    assert theme.year == 2018
    assert opened(root_client, address(theme, "change"))["year"] == "2018"
