"""The pictures of the README, from a running `make demo`:

.venv/bin/python scripts/screens.py http://127.0.0.1:8000 PASSWORD_OF_REVIEWER PASSWORD_OF_REPORTER
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

SCREENS = Path(__file__).resolve().parent.parent / "docs" / "screens"
# Wide enough for all of a page; tall enough for what a reader sees first.
DESKTOP: ViewportSize = {"width": 1440, "height": 1100}
PHONE: ViewportSize = {"width": 390, "height": 844}


def signed_in(browser: Browser, base: str, user: str, password: str, size: ViewportSize, language="zh-hans") -> Page:
    context = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=base)
    context.add_cookies([{"name": "erqi_language", "value": language, "url": base}])
    page = context.new_page()
    page.goto("/admin/login/?next=/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{base}/")
    return page


def shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SCREENS / f"{name}.png", animations="disabled")
    print(f"{name}.png {(SCREENS / f'{name}.png').stat().st_size // 1024} KB")


def main(base: str, reviewer: str, reporter: str) -> None:
    SCREENS.mkdir(exist_ok=True)
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        # Chromium's own sandbox refuses to start as root.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        shoot(signed_in(browser, base, "reviewer", reviewer, DESKTOP, "en"), "overview-demo-1440-en")
        shoot(signed_in(browser, base, "reviewer", reviewer, PHONE), "overview-demo-390-zh")
        page = signed_in(browser, base, "reviewer", reviewer, DESKTOP)
        shoot(page, "overview-demo-1440-zh")
        for address, name in (
            ("projects/project/", "admin-project-list-zh"),
            ("review/", "admin-review-zh"),
            ("timeliness/", "admin-timeliness-zh"),
        ):
            page.goto(f"/admin/{address}")
            shoot(page, name)
        page.goto("/admin/projects/project/")
        page.locator("#result_list tbody th a").first.click()
        shoot(page, "admin-project-form-zh")
        for size, name in ((DESKTOP, "admin-month-1440-zh"), (PHONE, "admin-month-390-zh")):
            clerk = signed_in(browser, base, "reporter", reporter, size)
            clerk.goto("/admin/month/")
            shoot(clerk, name)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
