"""How long the client waits: what `Retry-After` says in either of its forms, however it is written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from ratel_client.retries import Retries, retry_after

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 12:00:30 +0200", 30.0),
        ("Sat, 21 Nov 2026 10:00:30 -0000", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-7", None),
        ("²", None),
        ("", None),
        ("Sat, 21 Nov 99999 10:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header, seconds):
    assert retry_after(header, NOW) == seconds


@given(
    some.text(max_size=40)
    | some.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ [\d:]+ \S*", fullmatch=True)
)
def test_whatever_it_says_nothing_breaks_and_no_wait_is_negative(header):
    seconds = retry_after(header, NOW)
    assert seconds is None or seconds >= 0


def test_what_will_not_become_better_is_not_repeated():
    repeated = [status for status in range(200, 600) if Retries().wait_after(1, status, None) is not None]
    assert repeated == [429, 500, 502, 503, 504]
    assert Retries().wait_after(1, None, None) is not None
    assert Retries(attempts=1).wait_after(1, None, None) is None
