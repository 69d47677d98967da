"""Who sees and changes which project, on every way into it."""

import pytest
from django.urls import reverse

from erqi.accounts.roles import Role
from erqi.core.models import AuditEvent
from projects.models import AnnualPlan, ProgressReport, Project
from projects.services import workflow
from tests import factories
from tests.core.admin.pages import address, opened, refusals, send

pytestmark = pytest.mark.usefixtures("kept_project")
OTHER = "镇学校"


@pytest.fixture
def other(district):
    """A project of another unit, with a plan and a month."""
    factories.plan(district.town_project, 2017, "500")
    factories.report(district.town_project, 2017, 1, "10")
    return district.town_project


@pytest.mark.parametrize(
    ("who", "own", "others"),
    [("reporter", 302, 404), ("reviewer", 302, 302), ("leader", 403, 403), ("honours", 403, 403)],
)
def test_who_may_change_what(signed_in, district, project, other, who, own, others):
    client = signed_in(getattr(district, who))
    for row, expected in ((project, own), (other, others)):
        page = address(row, "change")
        form = opened(client, page) if client.get(page).status_code == 200 else {}
        assert client.post(page, form | {"name": "新名"}).status_code == expected


@pytest.mark.parametrize(("who", "status"), [("reporter", 404), ("leader", 200), ("honours", 403)])
def test_who_may_look_at_anothers_project(signed_in, district, other, who, status):
    client = signed_in(getattr(district, who))
    for page in ("change", "history"):
        answer = client.get(address(other, page))
        # A page of history says 404 to anyone who may not look.
        assert answer.status_code == (404 if page == "history" and status == 403 else status)
        assert (OTHER in answer.content.decode()) == (status == 200)


def test_a_reporter_meets_no_other_project_anywhere(signed_in, district, project, other):
    client = signed_in(district.reporter)
    autocomplete = reverse("admin:autocomplete")
    pages = [
        "/admin/",
        address(Project, "changelist"),
        f"{address(Project, 'changelist')}?q={OTHER}",
        f"{address(Project, 'changelist')}?category__id__exact={other.category_id}",
        address(AnnualPlan, "changelist"),
        address(ProgressReport, "changelist"),
        f"{autocomplete}?app_label=projects&model_name=project&field_name=parent&term=",
        f"{autocomplete}?app_label=projects&model_name=annualplan&field_name=project&term=",
        reverse("admin:projects_project_export", args=["csv"]),
    ]
    for page in pages:
        answer = client.get(page)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        # The search box repeats what was asked.
        assert text.decode().count(OTHER) == (1 if "q=" in page else 0), page
    for model, rows in ((AnnualPlan, other.plans), (ProgressReport, other.reports)):
        assert client.get(address(rows.get(), "change")).status_code == 404, model


def test_filters_offer_only_what_visible_projects_name(signed_in, district, project, other):
    # A filter with a single choice is not shown at all.
    factories.ProjectFactory(lead_unit=district.street, category__name="生态建设")
    page = signed_in(district.reporter).get(address(Project, "changelist")).content.decode()
    filters = page[page.index("changelist-filter") :]
    assert "基础设施" in filters
    assert "生态建设" in filters
    assert "社会民生" not in filters
    assert "某镇" not in filters


def test_another_units_project_cannot_be_named_as_parent(signed_in, district, project, other):
    answer = send(signed_in(district.reporter), address(project, "change"), parent=str(other.pk))
    assert refusals(answer)
    assert OTHER not in answer.content.decode()


def test_a_parent_out_of_sight_is_kept_but_not_named(signed_in, district, project, other):
    Project.objects.filter(pk=project.pk).update(parent=other)
    page = address(project, "change")
    client = signed_in(district.reporter)
    assert OTHER not in client.get(page).content.decode()
    assert send(client, page, location="北环路").status_code == 302
    project.refresh_from_db()
    assert (project.parent, project.location) == (other, "北环路")


def test_a_project_cannot_be_moved_out_of_its_editors_reach(signed_in, district, project):
    answer = send(signed_in(district.reporter), address(project, "change"), lead_unit=str(district.town.pk))
    assert "应为您任职的单位" in " ".join(refusals(answer))


def test_a_leader_reads_the_year_without_boxes(signed_in, district, project):
    page = signed_in(district.leader).get(f"{address(project, 'change')}?year=2017").content.decode()
    assert "80.5" in page
    assert 'name="months-1-invested"' not in page
    assert 'name="_save"' not in page


def test_telephones_are_masked_outside_the_unit(signed_in, district, project):
    page = address(project, "change")
    export = reverse("admin:projects_project_export", args=["csv"])
    for who, phone in ((district.leader, "138****5678"), (district.reporter, "13812345678")):
        client = signed_in(who)
        assert phone in client.get(page).content.decode()
        assert phone in b"".join(client.get(export).streaming_content).decode()


def test_a_membership_that_ended_opens_nothing(signed_in, district, project):
    client = signed_in(district.reporter)
    district.reporter.memberships.update(active=False)
    assert client.get(address(project, "change")).status_code == 302
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("who", ["reporter", "reviewer", "leader", "honours"])
def test_accounts_are_the_superusers_business(signed_in, district, who):
    client = signed_in(getattr(district, who))
    assert client.get("/admin/accounts/user/").status_code == 403
    assert client.get("/admin/accounts/apitoken/").status_code == 403
    assert "账号与权限" not in client.get("/admin/").content.decode()


def test_no_one_deletes_a_project(root_client, project):
    assert root_client.get(address(project, "delete")).status_code == 403
    assert root_client.post(address(project, "delete"), {"post": "yes"}).status_code == 403


def test_only_those_who_keep_the_sources_edit_them(signed_in, district, project):
    for who, edits in ((district.reporter, False), (district.reviewer, True)):
        page = opened(signed_in(who), address(project, "change"))
        assert ("source" in page, "quotes" in page) == (edits, edits)


@pytest.fixture
def street_reviewer(district):
    return factories.user_with(Role.REVIEWER, over=district.street)


def test_a_streets_reviewer_cannot_move_units_to_reach_their_projects(signed_in, district, other, street_reviewer):
    client = signed_in(street_reviewer)
    page = address(district.town, "change")
    assert "parent" not in opened(client, page)
    assert client.post(page, {"parent": district.street.pk, "name": "某镇"}).status_code == 403
    district.town.refresh_from_db()
    assert district.town.parent == district.area
    assert client.get(address(other, "change")).status_code == 404


def test_a_streets_reviewer_keeps_its_projects_but_nothing_of_the_whole_district(
    signed_in, district, project, street_reviewer
):
    client = signed_in(street_reviewer)
    assert send(client, address(project, "change"), location="北环路").status_code == 302
    for row in (project.category, factories.TargetFactory(), factories.HonourFactory(), factories.SourceFactory()):
        assert client.get(address(row, "change")).status_code == 200
        assert client.post(address(row, "change"), {}).status_code == 403
        assert client.get(address(row, "add")).status_code == 403
    assert client.get(address(AuditEvent, "changelist")).status_code == 403
    assert "审计" not in [str(group["name"]) for group in client.get("/admin/").context["app_list"]]


@pytest.fixture
def drafts(project):
    """A month that is nothing but a draft, and a correction beside the month in force."""
    factories.report(project, 2017, 3, "77.77", note="第三月的草稿", draft=True)
    factories.report(project, 2017, 2, "88.88", note="第二月的草稿", reason="漏报", draft=True)
    return project.reports.open()


@pytest.mark.parametrize(("who", "sees"), [("leader", False), ("reporter", True), ("reviewer", True)])
def test_drafts_are_shown_only_to_those_who_report(signed_in, district, project, drafts, who, sees):
    client = signed_in(getattr(district, who))
    form, ledger = f"{address(project, 'change')}?year=2017", address(ProgressReport, "changelist")
    for page in (form, address(project, "history"), ledger, f"{ledger}?versions=all"):
        text = client.get(page).content.decode()
        assert ("77.77" in text, "88.88" in text) == (sees, sees), page
        assert "80.5" in text
    for draft in drafts:
        assert client.get(address(draft, "change")).status_code == (200 if sees else 404)


def test_a_units_head_reads_what_was_filed_and_no_draft(signed_in, district, project):
    head = factories.user_with(Role.ENDORSER, over=district.street)
    report = factories.report(project, 2017, 3, "77.77", draft=True)
    form = f"{address(project, 'change')}?year=2017"
    assert "77.77" not in signed_in(head).get(form).content.decode()
    workflow.submit(report, by=None, explanation="已核对")
    page = signed_in(head).get(form).content.decode()
    assert "77.77" in page
    assert 'name="months-3-invested"' not in page


def test_who_may_read_a_project_but_not_change_it_cannot_move_it_into_reach(signed_in, district, project, other):
    """A role that only reads elsewhere widens no reach."""
    district.reporter.memberships.create(unit=district.town, role=Role.LEADER)
    client = signed_in(district.reporter)
    answer = send(client, address(project, "change"), lead_unit=str(district.town.pk))
    assert "应为您任职的单位" in " ".join(refusals(answer))
