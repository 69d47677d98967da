"""Attachments over the API: a form in, the very bytes out, and the door closed to strangers."""

import pytest
from django.test import override_settings

from erqi.core.models import AuditEvent
from projects.models import Attachment
from tests import factories
from tests.clients import API, client_for, paths
from tests.projects import files
from tests.projects.files import upload
from tests.projects.test_attachments import _nothing_left  # noqa: F401 - used by every test here

URL = f"{API}/attachments/"


@pytest.fixture
def clerk(district):
    return client_for(district.reporter)


@pytest.fixture
def send(clerk):
    def call(content=files.PDF, name="批复 一.pdf", client=clerk, **given):
        return client.post(URL, {"project": "S1", "file": upload(content, name), **given}, format="multipart")

    return call


def test_a_file_goes_in_and_the_same_bytes_come_out(clerk, send):
    answer = send(caption="立项批复")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["project"], made["kind"], made["name"], made["caption"]) == (
        "S1",
        "document",
        "批复 一.pdf",
        "立项批复",
    )
    content = clerk.get(f"{URL}{made['id']}/content/", headers={"accept": "application/pdf"})
    assert b"".join(content.streaming_content) == files.PDF
    assert content["Content-Type"] == "application/pdf"
    assert content["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%89%B9")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert content["Cache-Control"].startswith("private")
    assert content["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert AuditEvent.objects.first().action == "attachment.add"


def test_a_photo_is_shown_not_saved(clerk, send):
    made = send(files.picture(), "现场.jpg").json()
    answer = clerk.get(f"{URL}{made['id']}/content/")
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Type"] == "image/jpeg"


def test_lists_are_filtered(clerk, send, district):
    report = factories.report(district.street_project, 2017, 1, "10", draft=True)
    send()
    send(files.picture(), "现场.jpg", report=str(report.pk))

    def names(**query):
        return [row["name"] for row in clerk.get(URL, query).json()["results"]]

    assert names() == ["现场.jpg", "批复 一.pdf"]
    assert names(project="S1", report=report.pk) == ["现场.jpg"]
    assert names(kind="document") == ["批复 一.pdf"]
    assert clerk.get(URL, {"kind": "film"}).status_code == 400


def test_another_units_project_is_not_there(send, district):
    stranger = client_for(factories.user_with("reporter", over=district.town))
    made = send().json()
    for method, address in (("get", ""), ("get", "content/"), ("delete", "")):
        assert getattr(stranger, method)(f"{URL}{made['id']}/{address}").status_code == 404
    refused = send(client=stranger)
    assert (refused.status_code, paths(refused)) == (400, ["/project"])
    assert Attachment.objects.count() == 1


def test_a_leader_reads_and_does_not_add(send, district):
    made = send().json()
    leader = client_for(district.leader)
    assert leader.get(f"{URL}{made['id']}/content/").status_code == 200
    assert send(client=leader).status_code == 403
    assert leader.delete(f"{URL}{made['id']}/").status_code == 403


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"content": b"<html>"}, "/file"),
        ({"content": b""}, "/file"),
        ({"report": "999"}, "/report"),
        ({"report": "一"}, "/report"),
        ({"project": "T1"}, "/project"),
        ({"colour": "red"}, "/colour"),
        ({"caption": "长" * 201}, "/caption"),
    ],
)
def test_each_mistake_is_told_by_field(send, given, path):
    refused = send(**given)
    assert (refused.status_code, paths(refused)) == (400, [path])
    assert not Attachment.objects.exists()


def test_a_body_that_is_no_form_is_refused(clerk, district):
    assert clerk.post(URL, {"project": "S1"}, format="json").status_code == 415
    broken = clerk.post(URL, b"--x\r\nbroken", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400
    assert clerk.post(URL, b"", content_type="multipart/form-data").status_code == 400


@override_settings(ATTACHMENT_MAX_MB=1)
def test_what_is_too_large_is_refused_by_its_length(send):
    assert send(files.PDF.ljust(1024 * 1024 + 1)).status_code == 400
    assert send(files.PDF.ljust(3 * 1024 * 1024)).status_code == 413


def test_its_uploader_takes_it_back_and_nobody_else(clerk, send, district):
    made = send().json()
    bureau = client_for(district.reviewer)
    assert bureau.delete(f"{URL}{made['id']}/").status_code == 403
    assert clerk.delete(f"{URL}{made['id']}/").status_code == 204
    assert clerk.get(f"{URL}{made['id']}/").status_code == 404


def test_a_file_that_was_lost_is_not_found_rather_than_an_error(clerk, send):
    made = send().json()
    row = Attachment.objects.get()
    row.file.storage.delete(row.file.name)
    assert clerk.get(f"{URL}{made['id']}/content/").status_code == 404
