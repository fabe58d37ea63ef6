"""One browser per test process."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.cast import Bank
from tests.desk.browser import Visitor, chromium, visiting


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser, live_server_process: str) -> Iterator[Callable[..., Visitor]]:
    """`visit(bank, "analyst", "us")`: a person in a window of their own, until the test ends."""
    with ExitStack() as windows:

        def one(bank: Bank, role: str = "analyst", pack: str = "us") -> Visitor:
            return windows.enter_context(visiting(browser, live_server_process, bank, role, pack))

        yield one
