from collections.abc import Iterator

import pytest
from django.test import override_settings

from tests.evaluate.lists import load_demo_list
from tests.mail.smtp import MailServer, mail_server


@pytest.fixture(scope="session", autouse=True)
def lists(database_for_every_test: None) -> None:
    """Names can be screened."""
    load_demo_list()


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server that Ratel sends to."""
    with (
        mail_server() as state,
        override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=state.port,
            EMAIL_TIMEOUT=5,
            DEFAULT_FROM_EMAIL="Ratel <ratel@bank.example>",
            RATEL_PUBLIC_URL="https://ratel.bank.example",
        ),
    ):
        yield state
