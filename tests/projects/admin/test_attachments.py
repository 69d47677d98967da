"""Attachments on the pages of a project and of a month."""

import pytest

from projects.models import Attachment
from tests import factories
from tests.core.admin.pages import address
from tests.projects import files
from tests.projects.files import upload
from tests.projects.test_attachments import _nothing_left  # noqa: F401 - used by every test here

ADD = "/admin/attachments/add/"


@pytest.fixture
def clerk(signed_in, district):
    return signed_in(district.reporter)


def send(client, project, *found, **given):
    page = address(project, "change")
    return client.post(ADD, {"project": project.pk, "uploads": list(found), "next": page, **given}, follow=True)


def test_several_files_at_once_each_for_itself(clerk, project):
    answer = send(
        clerk,
        project,
        upload(files.picture(), "现场.jpg"),
        upload(b"<html>", "网页.jpg"),
        upload(files.PDF, "批复.pdf"),
        caption="三月",
    )
    page = answer.content.decode()
    assert "已上传 2 个附件" in page
    assert "“网页.jpg”没有上传：只接受照片" in page
    assert set(Attachment.objects.values_list("name", "caption")) == {("现场.jpg", "三月"), ("批复.pdf", "三月")}


def test_nothing_chosen_is_told(clerk, project):
    assert "请先选择文件" in send(clerk, project).content.decode()


def test_a_month_has_its_own(clerk, project):
    report = factories.report(project, 2017, 3, "70", draft=True)
    page = address(report, "change")
    send(clerk, project, upload(files.picture(), "三月.jpg"), report=report.pk, next=page)
    assert "三月.jpg" in clerk.get(page).content.decode()
    assert "三月.jpg" not in clerk.get(address(project, "change")).content.decode()


def test_an_accepted_month_offers_no_upload(clerk, project):
    page = clerk.get(address(project.reports.get(month=1), "change")).content.decode()
    assert "附件不再增减" in page
    assert ADD not in page


def test_content_is_for_those_who_see_the_project(signed_in, clerk, project, district):
    send(clerk, project, upload(files.PDF, "批复.pdf"))
    content = f"/admin/attachments/{Attachment.objects.get().pk}/"
    answer = clerk.get(content)
    assert b"".join(answer.streaming_content) == files.PDF
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert signed_in(district.honours).get(content).status_code == 404
    clerk.logout()
    assert clerk.get(content).status_code == 302


def test_another_units_project_is_not_there(clerk, district):
    answer = clerk.post(ADD, {"project": district.town_project.pk, "uploads": [upload(files.PDF)], "next": "/admin/"})
    assert answer.status_code == 404
    assert not Attachment.objects.exists()


def test_a_leader_sees_the_list_without_the_form(signed_in, clerk, project, district):
    send(clerk, project, upload(files.PDF, "批复.pdf"))
    page = signed_in(district.leader).get(address(project, "change")).content.decode()
    assert "批复.pdf" in page
    assert ADD not in page
    assert "remove/" not in page
    answer = signed_in(district.leader).post(
        ADD, {"project": project.pk, "uploads": [upload(files.picture())], "next": "/admin/"}
    )
    assert answer.status_code == 403


def test_its_uploader_removes_it(clerk, project):
    send(clerk, project, upload(files.PDF, "批复.pdf"))
    found = Attachment.objects.get()
    page = address(project, "change")
    assert f"/admin/attachments/{found.pk}/remove/" in clerk.get(page).content.decode()
    answer = clerk.post(f"/admin/attachments/{found.pk}/remove/", {"next": page}, follow=True)
    assert "已删除" in answer.content.decode()
    assert not Attachment.objects.exists()


def test_it_leads_back_to_this_site_only(clerk, project):
    answer = clerk.post(ADD, {"project": project.pk, "uploads": [upload(files.PDF)], "next": "https://evil.example/"})
    assert answer["Location"] == "/admin/"
