"""Pages for what went wrong say so in the reader's language and show the way back."""

import pytest


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "没有找到这个页面"), ("en", "This page was not found")])
def test_an_unknown_page(root_client, language, words):
    answer = root_client.get("/nowhere/", headers={"Accept-Language": language})
    assert answer.status_code == 404
    assert words in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


def test_a_row_out_of_sight_reads_as_unknown(client, district):
    client.force_login(district.reporter)
    answer = client.get(f"/admin/projects/project/{district.town_project.pk}/change/")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.content.decode()
    assert district.town_project.name not in answer.content.decode()


def test_what_a_role_may_not_do(client, district):
    client.force_login(district.reporter)
    answer = client.get("/admin/accounts/user/")
    assert answer.status_code == 403
    assert "权限" in answer.content.decode()


def test_a_filter_that_no_list_offers(root_client):
    answer = root_client.get("/admin/projects/project/?contact_phone__startswith=1")
    assert answer.status_code == 400
    assert "筛选" in answer.content.decode()
