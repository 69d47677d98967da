"""The deployment, proved on this machine: TLS, proxy, static files, limits, and what happens when a part dies."""

import os
import re
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from .stack import HOST, NEEDED, Answer, Stack, running, until

MISSING = [name for name in NEEDED if not shutil.which(name)]


@pytest.mark.deploy
# It starts a PostgreSQL of its own; this only keeps it to one of the two runs of `make test`.
@pytest.mark.postgresql
@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_the_deployment(subtests):
    """One test, because bringing everything up is what takes the time, and the order matters."""
    # /tmp whatever TMPDIR says: a socket's path may have no more than about a hundred characters.
    directory = Path(tempfile.mkdtemp(prefix="erqi-deploy-", dir="/tmp"))
    # nginx's workers and PostgreSQL run as other users.
    directory.chmod(0o711)
    with running(directory) as stack:
        for check in CHECKS:
            with subtests.test(check.__name__):
                check(stack)


def login_page(stack: Stack) -> Answer:
    answer = stack.curl("/admin/login/")
    assert answer.status == 200, stack.logs()
    return answer


def http_is_sent_to_https(stack):
    answer = stack.curl("/projects/?q=a", secure=False)
    assert answer.status == 301
    assert answer.headers["location"] == f"https://{HOST}:{stack.https}/projects/?q=a"


def old_tls_is_refused(stack):
    weak = ("--ciphers", "DEFAULT@SECLEVEL=0")
    assert stack.curl("/healthz", "--tlsv1.0", "--tls-max", "1.1", *weak).exit_code == 35
    assert stack.curl("/healthz", "--tlsv1.2", "--tls-max", "1.2").status == 200
    assert stack.curl("/healthz", "--tlsv1.3").status == 200


def the_login_page_has_its_headers(stack):
    headers = login_page(stack).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "max-age=31536000" in headers["strict-transport-security"]
    assert headers["x-frame-options"] == "DENY"
    assert "Secure" in headers["set-cookie"]
    assert "nginx/" not in headers["server"]


def static_files_are_compressed_and_kept(stack):
    path = re.search(r'href="(/static/[^"]+\.css)"', login_page(stack).text)[1]
    answer = stack.curl(path, "--header", "Accept-Encoding: br, gzip")
    assert answer.status == 200
    assert answer.headers["content-encoding"] == "br"
    assert "immutable" in answer.headers["cache-control"]


def people_can_log_in_through_the_proxy(stack):
    password = re.search(r"password\s+(\S+)", stack.manage("create_first_admin"))[1]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', login_page(stack).text)[1]
    url = f"https://{HOST}:{stack.https}/admin/login/"
    fields = {"csrfmiddlewaretoken": token, "username": "admin", "password": password, "next": "/admin/"}
    data = [option for name, value in fields.items() for option in ("--data-urlencode", f"{name}={value}")]
    assert stack.curl("/admin/login/", "--referer", url, *data).status == 302
    assert stack.curl("/admin/").status == 200


def a_name_that_is_not_ours_gets_no_answer(stack):
    for secure in (True, False):
        answer = stack.curl("/healthz", "--header", "Host: elsewhere.example", secure=secure)
        assert answer.status == 0
        assert answer.exit_code != 0


def a_body_over_ten_megabytes_is_refused(stack):
    upload = stack.directory / "large"
    upload.write_bytes(bytes(11 * 1024 * 1024))
    answer = stack.curl("/admin/login/", "--data-binary", f"@{upload}")
    assert answer.status == 413
    assert "10 MB" in answer.text


def a_request_id_is_kept_when_well_formed_and_made_when_not(stack):
    kept = stack.curl("/healthz", "--header", "X-Request-Id: from-elsewhere-1").headers["x-request-id"]
    assert kept == "from-elsewhere-1"
    made = stack.curl("/healthz", "--header", "X-Request-Id: no good").headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", made)


def what_a_client_says_of_how_it_came_is_not_passed_on(stack):
    """Django believes X-Forwarded-Proto: passed on, this one would be answered with a redirect."""
    assert stack.curl("/healthz", "--header", "X-Forwarded-Proto: http").status == 200


def a_killed_worker_is_replaced(stack):
    [before] = stack.workers()
    os.kill(before, signal.SIGKILL)
    until(lambda: stack.workers() - {before}, seconds=10, what="another worker")
    until(lambda: stack.curl("/healthz").status == 200, seconds=10, what="a healthy site")


def the_site_outlives_a_restart_of_its_database(stack):
    stack.database.stop()
    assert stack.curl("/healthz").status >= 500
    stack.database.start()
    until(lambda: stack.curl("/healthz").status == 200, seconds=10, what="a healthy site")
    # Still logged in: the session is in the database.
    assert stack.curl("/admin/").status == 200


def while_gunicorn_is_away_people_are_told_to_wait(stack):
    stack.gunicorn.terminate()
    stack.gunicorn.wait(timeout=10)
    answer = stack.curl("/")
    assert answer.status == 503
    assert answer.headers["retry-after"] == "10"
    assert "请稍后再试" in answer.text


CHECKS = (
    http_is_sent_to_https,
    old_tls_is_refused,
    the_login_page_has_its_headers,
    static_files_are_compressed_and_kept,
    people_can_log_in_through_the_proxy,
    a_name_that_is_not_ours_gets_no_answer,
    a_body_over_ten_megabytes_is_refused,
    a_request_id_is_kept_when_well_formed_and_made_when_not,
    what_a_client_says_of_how_it_came_is_not_passed_on,
    a_killed_worker_is_replaced,
    the_site_outlives_a_restart_of_its_database,
    while_gunicorn_is_away_people_are_told_to_wait,
)
