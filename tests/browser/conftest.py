"""Journeys through a real Chromium; Debian's own, so that nothing is downloaded."""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, expect

# Playwright keeps an event loop in the main thread, where Django would then refuse to use the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# How long what is awaited may take; only a failure waits so long, and a busy machine is none.
expect.set_options(timeout=20_000)

HERE = Path(__file__).parent
AXE = HERE.parents[1] / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# What axe is to look at: by night the same page only has other colours.
BY_SCHEME: dict[str, list[str]] = {"light": [], "dark": ["color-contrast", "link-in-text-block"]}
MISSING = "no Chromium on PATH: install Debian's package chromium (and fonts-noto-cjk)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not item.get_closest_marker("journey"):
                item.add_marker(pytest.mark.once)
            if not CHROMIUM and not os.environ.get("ERQI_REQUIRE_BROWSER"):
                item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if not CHROMIUM:
        pytest.fail(MISSING)
    quiet = ["--disable-gpu", "--disable-quic", "--no-first-run"]
    offline = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    # Chromium's own sandbox refuses to start as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": quiet + offline + sandbox}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def page(page: Page, live_server):
    """Watches every journey for what no page may do: fail in a script, break the CSP, ask another site."""
    trouble: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:", "about:")):
            trouble.append(f"request leaves the site: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            trouble.append(message.text)

    page.on("request", on_request)
    page.on("console", on_console)
    page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))
    yield page
    assert not trouble, "\n".join(trouble)


@pytest.fixture
def silent(page: Page):
    """Nothing at all is written to the console."""
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    yield
    assert said == []


@pytest.fixture
def sign_in(page: Page, live_server, client):
    """The pages from here on are a user's, in a language."""

    def as_user(user, language: str = "zh-hans") -> None:
        client.force_login(user)
        cookies = {"sessionid": client.cookies["sessionid"].value, "erqi_language": language}
        page.context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
        )

    return as_user


@pytest.fixture
def axe(page: Page):
    """Returns what is serious for assistive technology on the page as it stands, one readable line each; of the rules
    that are named, else of all.
    """

    def run(*rules: str) -> list[str]:
        # Evaluated by the debugger, so the page's CSP stays as strict as it is; copies of the style sheets, which axe
        # would write into the page, would break it.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        options = {"preload": False, "resultTypes": ["violations"], **({"runOnly": rules} if rules else {})}
        violations = page.evaluate("async (options) => (await axe.run(options)).violations", options)
        return [
            f"{found['impact']}: {found['id']} at {node['target']}"
            for found in violations
            if found["impact"] in {"serious", "critical"}
            for node in found["nodes"]
        ]

    return run
