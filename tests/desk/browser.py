"""A real Chromium at the desk: people who sign in, press keys, and pages that are held against axe."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from ratel.launcher import browser as installed
from tests.cast import PASSWORD, Bank
from tests.desk.window import HEIGHT, OPTIONS, PATIENCE_MS, THEMES, WIDTH

# What a person does to a page, who is slower than its script is loaded.
ACTIONS = ("check", "click", "fill", "press", "select_option", "set_input_files")

MOST_TABS = 100


@contextmanager
def chromium() -> Iterator[Browser]:
    path = installed.find()
    assert path, "no Chromium: `make test` installs one"
    with pytest.MonkeyPatch.context() as environment, sync_playwright() as playwright:
        # Playwright keeps a loop in this thread; the tests' own use of the database does not run on it.
        environment.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=PATIENCE_MS)
        for target in (Locator, Page):
            for action in ACTIONS:
                environment.setattr(target, action, once_loaded(getattr(target, action)))
        running = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield running
        finally:
            running.close()


def once_loaded(action: Callable[..., Any]) -> Callable[..., Any]:
    """The action, on a page that has run its script: text is there before, and a click on it would be nobody's."""

    @wraps(action)
    def acting(target: Page | Locator, *arguments: Any, **named: Any) -> Any:
        page = target.page if isinstance(target, Locator) else target
        page.wait_for_load_state()
        return action(target, *arguments, **named)

    return acting


@dataclass
class Visitor:
    """One person in one browser window, at the desk of one team of their bank."""

    page: Page
    base_url: str
    bank: Bank
    pack: str

    def address(self, path: str = "") -> str:
        return f"{self.base_url}/t/{self.bank.teams[self.pack].id}/{path}"

    def go(self, path: str = "") -> Page:
        """Opens an address of the team's desk, such as `alerts` or `policy?days=7`."""
        answer = self.page.goto(self.address(path))
        assert answer is not None and answer.status < 400, f"{path}: {answer and answer.status}"
        return self.page

    def press(self, *keys: str) -> None:
        self.page.wait_for_load_state()
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str, *, back: bool = False) -> None:
        """Tabs until the element has the focus."""
        for _ in range(MOST_TABS):
            if self.page.query_selector(f"{selector}:focus"):
                return
            self.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{selector} cannot be reached by keys")

    def text(self) -> str:
        self.page.wait_for_load_state()
        return str(self.page.inner_text("main"))

    def assert_accessible(self) -> None:
        """No violation of axe on the page as it is, in light and in dark."""
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            found = violations(self.page)
            assert found == [], f"{theme}, {self.page.url}: {found}"
        self.page.emulate_media(color_scheme="light")


def violations(page: Page) -> list[Any]:
    response = _axe().run(page).response
    return [
        (one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]])
        for one in response["violations"]
    ]


@cache
def _axe() -> Axe:
    return Axe()


@contextmanager
def visiting(browser: Browser, base_url: str, bank: Bank, role: str, pack: str) -> Iterator[Visitor]:
    """Signs the person in with the mouse's work done by the keyboard, in a window of their own."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    try:
        page.goto(f"{base_url}/accounts/login/")
        page.fill("input[name=username]", bank.people[role].email)
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        yield Visitor(page, base_url, bank, pack)
        refusals = [one for one in problems if "Content Security Policy" in one or "Error:" in one]
        assert refusals == [], refusals
    finally:
        context.close()
