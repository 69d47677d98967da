"""The pictures of the README, from a running `make demo`:

.venv/bin/python scripts/screens.py http://127.0.0.1:8000 PASSWORD_OF_REVIEWER PASSWORD_OF_REPORTER

The two whose names have -seed- are of `make run`, taken by hand.
"""

import shutil
import sys
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

SCREENS = Path(__file__).resolve().parent.parent / "docs" / "screens"
# Wide enough for all of a page; tall enough for what a reader sees first.
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
WALL: ViewportSize = {"width": 1920, "height": 1080}
CHINESE, ENGLISH = "zh-hans", "en"

PICTURES = [
    (DESKTOP, CHINESE, "overview-demo-1440-zh", "/"),
    (DESKTOP, CHINESE, "register-1440-zh", "/projects/?ordering=ahead"),
    (DESKTOP, CHINESE, "project-1440-zh", "/projects/demo-00010/"),
    (DESKTOP, CHINESE, "categories-1440-zh", "/categories/"),
    (DESKTOP, CHINESE, "category-1440-zh", "/categories/urbanization/"),
    (DESKTOP, CHINESE, "units-1440-zh", "/units/"),
    (DESKTOP, CHINESE, "targets-1440-zh", "/targets/"),
    (DESKTOP, CHINESE, "honours-1440-zh", "/honours/"),
    (DESKTOP, CHINESE, "map-1440-zh", "/map/"),
    (DESKTOP, CHINESE, "admin-project-list-zh", "/admin/projects/project/"),
    (DESKTOP, CHINESE, "admin-review-zh", "/admin/review/"),
    (DESKTOP, CHINESE, "admin-timeliness-zh", "/admin/timeliness/"),
    (DESKTOP, ENGLISH, "overview-demo-1440-en", "/"),
    (DESKTOP, ENGLISH, "project-1440-en", "/projects/demo-00010/"),
    (DESKTOP, ENGLISH, "units-1440-en", "/units/"),
    (PHONE, CHINESE, "overview-demo-390-zh", "/"),
    (PHONE, CHINESE, "register-390-zh", "/projects/"),
    (PHONE, CHINESE, "project-390-zh", "/projects/demo-00010/"),
    (WALL, CHINESE, "screen-now-1920-zh", "/screen/?views=now"),
    (WALL, CHINESE, "screen-pressing-1920-zh", "/screen/?views=pressing"),
    (WALL, CHINESE, "screen-honours-1920-zh", "/screen/?views=honours"),
    (WALL, ENGLISH, "screen-now-1920-en", "/screen/?views=now"),
]


def signed_in(browser: Browser, base: str, user: str, password: str, size: ViewportSize, language=CHINESE) -> Page:
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
        for (size, language), pictures in groupby(PICTURES, key=lambda picture: picture[:2]):
            page = signed_in(browser, base, "reviewer", reviewer, size, language)
            for *_size, name, address in pictures:
                page.goto(address)
                shoot(page, name)
        page = signed_in(browser, base, "reviewer", reviewer, DESKTOP)
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
