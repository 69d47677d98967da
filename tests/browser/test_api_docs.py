"""The API's reader works under the strict content security policy, without another site."""

from playwright.sync_api import Page, expect

from tests.factories import UserFactory


def test_the_documentation_lists_the_operations_offline(page: Page, live_server, sign_in):
    sign_in(UserFactory(is_superuser=True))
    page.goto(f"{live_server.url}/api/v1/docs/")
    expect(page.get_by_role("heading", name="二七重大项目 API")).to_be_visible()
    page.get_by_text("/api/v1/projects/{code}/progress/{year}/{month}/").last.click()
    expect(page.get_by_text("invested_to_date").first).to_be_visible()
