"""Every page of every registered model: it answers, in one piece, and keeps to the content security policy."""

import re

import pytest
from django.contrib.admin import site
from django.test import override_settings
from django.utils.translation import override

from awards.models import Honour, HonourClaim
from erqi.admin import unplaced_models
from erqi.core.admin.base import ReadOnlyAdmin
from erqi.core.admin.words import action_name
from tests import everything, factories

from .pages import address, registered

POLICY = {
    "base-uri 'none'",
    "connect-src 'self'",
    "default-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' data:",
    "object-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
}
INLINE = re.compile(r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<script(?![^>]*\ssrc=)|javascript:", re.IGNORECASE)


@pytest.fixture(scope="module")
def made(kept):
    """Some of everything, once: the tests only look."""
    district = factories.district()
    everything.shared_rows(district)
    everything.rows_of(district.street_project, district.street)
    return district


@pytest.fixture
def district(made, db):
    return made


@pytest.fixture
def some_of_everything(district):
    """For what looks at rows."""


def pages_of(model) -> list[str]:
    row = model._default_manager.first()
    assert row is not None, f"no row of {model._meta.label} to look at"
    pages = [address(model, "changelist"), address(row, "change"), address(row, "history")]
    return pages if isinstance(site.get_model_admin(model), ReadOnlyAdmin) else [*pages, address(model, "add")]


@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers_without_inline_code(root_client, some_of_everything, model, language):
    for page in pages_of(model):
        response = root_client.get(page, headers={"accept-language": language})
        assert response.status_code == 200, page
        assert not INLINE.findall(response.content.decode()), page
        assert set(response["Content-Security-Policy"].split("; ")) == POLICY


@pytest.mark.parametrize("page", ["/admin/", "/admin/login/", "/admin/password_change/", "/admin/review/"])
def test_other_pages_have_no_inline_code(root_client, page):
    if "login" in page:
        root_client.logout()
    response = root_client.get(page)
    assert response.status_code == 200
    assert not INLINE.findall(response.content.decode())
    assert set(response["Content-Security-Policy"].split("; ")) == POLICY


def test_every_registered_model_has_a_place_in_the_navigation():
    assert unplaced_models() == []


def test_navigation_is_grouped_in_the_order_of_the_work(root_client):
    groups = [str(group["name"]) for group in root_client.get("/admin/").context["app_list"]]
    work = ["每月工作", "项目", "报送与规则"]
    assert groups == [*work, "目标与公布数据", "荣誉与考核", "基础数据", "来源", "账号与权限", "审计"]


def test_banners_say_what_the_site_is(root_client):
    page = root_client.get("/admin/").content.decode()
    assert "本系统为非涉密系统，禁止上传涉密信息" in page
    assert 'class="demo"' not in page
    with override_settings(DEMO=True, BANNER=""):
        page = root_client.get("/admin/").content.decode()
    assert 'class="demo"' in page
    assert "非涉密" not in page


def test_language_is_switched_without_script(root_client):
    answer = root_client.post("/i18n/setlang/", {"language": "en", "next": "/admin/"})
    assert answer.status_code == 302
    assert 'lang="en"' in root_client.get("/admin/").content.decode()


def test_nothing_is_deleted_in_bulk(root_client, some_of_everything):
    for model in registered():
        assert "delete_selected" not in root_client.get(address(model, "changelist")).content.decode()


def test_those_without_a_role_are_told_so_at_login(client, district):
    answer = client.post("/admin/login/", {"username": "nobody", "password": "pw"})
    assert "还没有任职" in answer.content.decode()
    assert client.get("/admin/").status_code == 302


def test_a_role_is_enough_to_enter(client, district):
    answer = client.post("/admin/login/?next=/admin/", {"username": "leader", "password": "pw"})
    assert answer.status_code == 302
    assert not district.leader.is_staff
    assert client.get("/admin/").status_code == 200


def test_actions_of_the_trail_are_words_in_both_languages():
    with override("en"):
        assert action_name("user.create") == "Add User"
        assert action_name("demo.generate") == "Generate demo data"
    with override("zh-hans"):
        assert action_name("progress.record") == "认定月度进度"


def test_headings_of_the_english_pages_are_english(root_client, some_of_everything):
    for page in (address(HonourClaim.objects.get().honour, "history"), address(Honour, "changelist")):
        heading = root_client.get(page, headers={"accept-language": "en"}).context["title"]
        assert heading in {"History of changes", "Honours"}
