"""`make screenshots`: pictures of the main pages of the demo bank, light and dark, into docs/screenshots/.

Starts a Ratel of its own. Takes every page that is there and fails at the end for those that are not. Pictures are
reduced to a palette, which keeps them small enough to live beside the code.
"""

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from ratel.launcher import browser as installed
from ratel.launcher.progress import complain, say
from tests.desk.served import PROJECT, Served, demo_served
from tests.desk.shown import PAGES, Shown
from tests.desk.window import HEIGHT, OPTIONS, PATIENCE_MS, THEMES, WIDTH

FOLDER = PROJECT / "docs" / "screenshots"
COLOURS = 48
SETTLED_MS = 400
COUNTED_WITHIN_SECONDS = 150


def _search_a_name(page: Page) -> None:
    """Types the name of the story's customer, so that the page shows what a search finds."""
    field = page.locator("main input[type=text], main input[type=search], main input:not([type])").first
    field.fill("Oleg Deripaska")
    field.press("Enter")
    page.wait_for_timeout(SETTLED_MS)


def _move_a_threshold(page: Page) -> None:
    """So that the page shows what would have been different."""
    field = page.locator("main input[type=number]").first
    field.fill("55")
    field.press("Tab")
    page.wait_for_timeout(4 * SETTLED_MS)


def _wait_until_counted(page: Page) -> None:
    """Rules are counted in the background, once a minute."""
    for _ in range(COUNTED_WITHIN_SECONDS // 3):
        if "%" in page.inner_text("main"):
            return
        page.wait_for_timeout(3_000)
        page.reload()


# What is done on a page before its picture is taken.
BEFORE: dict[str, Callable[[Page], None]] = {
    "name-search": _search_a_name,
    "policy": _move_a_threshold,
    "rules": _wait_until_counted,
}


def main() -> int:
    path = installed.find()
    assert path, "no Chromium: `make browser` installs one"
    FOLDER.mkdir(parents=True, exist_ok=True)
    missing = []
    with demo_served() as served, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        for theme in THEMES:
            _sign_in_page(chromium, served, theme)
            for role in sorted({page.role for page in PAGES if theme in page.pictured}):
                missing += _pages_of(chromium, served, role, theme)
        chromium.close()
    for problem in missing:
        complain(f"missing: {problem}")
    return 1 if missing else 0


def _sign_in_page(chromium: Browser, served: Served, theme: str) -> None:
    page = _window(chromium, theme)
    page.goto(f"{served.base_url}/accounts/login/")
    _take(page, "sign-in", theme)
    page.context.close()


def _pages_of(chromium: Browser, served: Served, role: str, theme: str) -> list[str]:
    """Every page that this role looks at; returns what could not be shown."""
    page, login = _window(chromium, theme), served.document.users[role]
    page.goto(f"{served.base_url}/accounts/login/")
    page.fill("input[name=username]", login.email)
    page.fill("input[name=password]", login.password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    missing = []
    for shown in PAGES:
        if shown.role == role and theme in shown.pictured:
            problem = _show(page, served, shown)
            if problem:
                missing.append(f"{shown.name}, {theme}: {problem}")
                continue
            _take(page, shown.name, theme)
    page.context.close()
    return missing


def _show(page: Page, served: Served, shown: Shown) -> str:
    """Opens the page; says what is wrong where it is not there."""
    desk = f"{served.base_url}/t/{served.document.teams[shown.pack].id}"
    answer = page.goto(f"{desk}/{shown.path}")
    if answer is None or answer.status >= 400:
        return f"{shown.path} answers {answer and answer.status}"
    if shown.link:
        found = re.search(shown.link, page.content())
        if found is None:
            return f"no link of that kind on {shown.path}"
        answer = page.goto(desk + found[0])
        if answer is None or answer.status >= 400:
            return f"{found[0]} answers {answer and answer.status}"
    if shown.name in BEFORE:
        BEFORE[shown.name](page)
    return ""


def _window(chromium: Browser, theme: str) -> Page:
    context = chromium.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme=theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def _take(page: Page, name: str, theme: str) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED_MS)
    picture = Image.open(io.BytesIO(page.screenshot()))
    path = Path(FOLDER / f"{name}-{theme}.png")
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    say(f"{path.relative_to(PROJECT)}  {path.stat().st_size // 1_000} KB")


if __name__ == "__main__":
    sys.exit(main())
