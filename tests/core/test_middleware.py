import pytest
from django.test import RequestFactory, override_settings

from erqi.core.middleware import channel, client_address


def test_a_well_formed_request_id_is_kept_and_another_replaced(client, db):
    assert client.get("/healthz", headers={"X-Request-Id": "abc-12345678"})["X-Request-Id"] == "abc-12345678"
    assert client.get("/healthz", headers={"X-Request-Id": "<script>"})["X-Request-Id"].isalnum()


@pytest.mark.parametrize(("path", "name"), [("/api/v1/me/", "api"), ("/admin/", "admin"), ("/", "web")])
def test_the_channel_follows_the_path(path, name):
    assert channel(path) == name


def test_forwarded_addresses_count_only_behind_our_own_proxy_and_only_its_own_hop():
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.9"}, REMOTE_ADDR="127.0.0.1")
    assert client_address(request) == "127.0.0.1"
    with override_settings(BEHIND_PROXY=True):
        assert client_address(request) == "192.0.2.9"
