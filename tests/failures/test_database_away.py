"""Without PostgreSQL nothing is decided, and everybody is told so soon: 503 with a time to try again."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest

from ratel.database.watch import WATCH
from ratel.statements import driver_connection
from tests.cast import Answer, Bank, make_bank
from tests.evaluate.stored import evaluations
from tests.failures.scene import Scene
from tests.promised import at_most, slow_one

# Without the watch a statement may take fifteen times as long.
SOON_SECONDS = at_most(1.0, patience_seconds=5.0)


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def assert_unavailable(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.error["code"] == "unavailable"


def test_a_server_that_is_down_is_answered_for_at_once_and_found_again(bank: Bank, away: Scene) -> None:
    assert away.evaluate(bank, externalId="before").status == 200
    away.database.refuse()
    try:
        taken = []
        for number in range(20):
            answer, seconds = away.timed(bank, externalId=f"during-{number}")
            assert_unavailable(answer)
            taken.append(seconds)
        assert slow_one(taken) < 1
    finally:
        away.database.accept()
    away.until_it_decides(bank)
    with bank.seeing("us"):
        assert len(evaluations(bank, "us")) == 2


def test_a_server_that_hangs_is_answered_for_soon(bank: Bank, away: Scene) -> None:
    """Four payments at once meet connections that swallow what is sent; later ones meet nobody."""
    for _ in range(8):
        assert away.evaluate(bank).status == 200
    away.database.hang()
    with ThreadPoolExecutor(4) as threads:
        first = list(threads.map(lambda number: away.timed(bank, externalId=f"a-{number}"), range(4)))
    later = [away.timed(bank, externalId=f"b-{number}") for number in range(10)]
    for answer, _ in (*first, *later):
        assert_unavailable(answer)
    for seconds in ([seconds for _, seconds in first], [seconds for _, seconds in later]):
        assert slow_one(seconds) < SOON_SECONDS
    away.database.resume()
    away.until_it_decides(bank)


def test_what_was_asked_while_it_hung_is_decided_once_when_it_is_asked_again(bank: Bank, away: Scene) -> None:
    assert away.evaluate(bank).status == 200
    away.database.hang()
    assert_unavailable(away.evaluate(bank, externalId="once"))
    away.database.resume()
    # Each of the two web processes notices by itself that the server is back.
    for _ in range(6):
        away.until_it_decides(bank, externalId="once")
    with bank.seeing("us"):
        assert len(evaluations(bank, "us")) == 2


def test_connections_that_were_reset_are_replaced(bank: Bank, away: Scene) -> None:
    for number in range(6):
        away.database.reset()
        answer = away.evaluate(bank, externalId=f"reset-{number}")
        assert answer.status == 200
    with bank.seeing("us"):
        assert len(evaluations(bank, "us")) == 6


def test_pages_and_readiness_say_503_too(bank: Bank, away: Scene) -> None:
    away.database.refuse()
    try:
        address = urlsplit(away.base_url)
        for path, status in (("/readyz", 503), ("/api/alerts", 503), ("/healthz", 200)):
            connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
            connection.request("GET", path, headers={"X-API-Key": bank.callers["us"].key or ""})
            response = connection.getresponse()
            assert response.status == status, path
            assert (status == 200) == (response.headers["Retry-After"] is None)
            connection.close()
    finally:
        away.database.accept()
    away.until_it_decides(bank)


def test_a_statement_that_is_merely_slow_is_not_cut() -> None:
    """The watch asks while this waits, hears an answer, and leaves it alone."""
    assert driver_connection().execute("SELECT pg_sleep(1.5) IS NOT NULL").fetchone() == (True,)
    assert WATCH.is_away is False


def test_a_customers_turn_is_waited_for_however_long_another_holds_it(
    owner_connection: psycopg.Connection,
) -> None:
    owner_connection.execute("SELECT pg_advisory_lock(4711)")
    released = threading.Timer(1.5, lambda: owner_connection.execute("SELECT pg_advisory_unlock(4711)"))
    released.start()
    driver_connection().execute("SELECT pg_advisory_lock(4711)")
    driver_connection().execute("SELECT pg_advisory_unlock(4711)")
    released.join()
