"""What callers are told while Redis or PostgreSQL is away, late or silent: never a decision that is not stored."""

import http.client
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from tests import server
from tests.cast import Answer, Bank, make_bank, payment
from tests.evaluate.stored import NOTHING, stored
from tests.evaluate.wire import post
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.services import server_of, through

CALLS = 60
# Redis answers this late; nobody who asks for a decision may wait for it.
LATE_SECONDS = 2.0
PATIENCE_SECONDS = 60.0


@dataclass
class Site:
    """A web server that reaches both of its services through proxies."""

    base_url: str
    redis: Proxy
    database: Proxy

    def evaluate(self, bank: Bank, **fields: object) -> Answer:
        """A payment that is heard of: it leaves an alert, a case and events."""
        heard_of = {"amount": 25_000, "channel": "cash", "country": "KP", "isCrossBorder": True}
        return post(
            self.base_url, bank.callers["us"].key, payment(**{**heard_of, **fields}), timeout_seconds=20
        )

    def times(self, bank: Bank, word: str) -> tuple[Counter[int], list[float]]:
        """Statuses and seconds of a number of calls, one after the other."""
        statuses, seconds = Counter[int](), []
        for number in range(CALLS):
            started = time.monotonic()
            statuses[self.evaluate(bank, externalId=f"{word}-{number}", customerId=f"c-{number}").status] += 1
            seconds.append(time.monotonic() - started)
        return statuses, sorted(seconds)


@pytest.fixture(scope="module")
def running(database_url: str, redis_url: str, state_directory: Path) -> Iterator[Site]:
    with proxy_to(server_of(redis_url, 6379)) as redis, proxy_to(server_of(database_url)) as database:
        variables = {"REDIS_URL": through(redis, redis_url), "DATABASE_URL": through(database, database_url)}
        with server.running(state_directory / "services_away.log", **variables) as base_url:
            yield Site(base_url, redis, database)


@pytest.fixture
def site(running: Site) -> Iterator[Site]:
    """Everything there, and known to be there: what the test before took away may have been missed a moment ago."""
    _wait_until_decided(running, make_bank("Bank Before", "us"), "before everything")
    yield running
    for proxy in (running.redis, running.database):
        proxy.delay(0)
        proxy.resume()
        proxy.accept()


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def test_a_redis_that_is_down_refuses_no_decision(site: Site, bank: Bank) -> None:
    site.redis.refuse()
    statuses, _ = site.times(bank, "down")
    assert statuses == {200: CALLS}


@pytest.mark.parametrize("manner", ["late", "silent"])
def test_nobody_waits_for_a_redis_that_does_not_answer(site: Site, bank: Bank, manner: str) -> None:
    if manner == "late":
        site.redis.delay(LATE_SECONDS)
    else:
        site.redis.hang()
    statuses, seconds = site.times(bank, manner)
    assert statuses == {200: CALLS}
    # Of each process's calls the first may notice that Redis is late; the others know it, on a busy machine too.
    assert median(seconds) < LATE_SECONDS / 2


def test_a_database_that_is_down_is_said_at_once_and_nothing_is_promised(site: Site, bank: Bank) -> None:
    assert site.evaluate(bank, externalId="before").status == 200
    site.database.refuse()
    seconds = []
    for number in range(8):
        started = time.monotonic()
        answer = site.evaluate(bank, externalId=f"while-{number}")
        seconds.append(time.monotonic() - started)
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) >= 1
    assert median(seconds) < 1
    site.database.accept()
    _wait_until_decided(site, bank, "while-0")
    assert stored(bank, "us").transactions == 2


def test_a_database_that_comes_back_is_used_again(site: Site, bank: Bank) -> None:
    site.database.refuse()
    assert site.evaluate(bank, externalId="away").status == 503
    site.database.accept()
    _wait_until_decided(site, bank, "away")


def test_the_first_calls_after_the_database_came_back_are_decided(site: Site, bank: Bank) -> None:
    """Every thread's connection is gone; that is no reason to send a caller away whom the processes know."""
    for _ in range(40):
        site.evaluate(bank)
    for _ in range(3):
        site.database.reset()
        statuses = [site.evaluate(bank).status for _ in range(12)]
        assert statuses == [200] * 12


def test_a_silent_database_is_nobodys_promise_and_is_asked_again_once_it_speaks(
    site: Site, bank: Bank
) -> None:
    assert site.evaluate(bank, externalId="before").status == 200
    site.database.hang()
    body = payment(externalId="patient")
    with suppress(TimeoutError):
        assert post(site.base_url, bank.callers["us"].key, body, timeout_seconds=1).status == 503
    site.database.resume()
    _wait_until_decided(
        site, bank, "patient", amount=100, channel="transfer", country=None, isCrossBorder=None
    )
    assert stored(bank, "us").transactions == 2


def test_a_bank_that_was_never_served_has_nothing_stored(site: Site, bank: Bank) -> None:
    site.database.refuse()
    assert site.evaluate(bank, externalId="never").status == 503
    site.database.accept()
    assert stored(bank, "us") == NOTHING


def _wait_until_decided(site: Site, bank: Bank, external_id: str, **fields: object) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if site.evaluate(bank, externalId=external_id, **fields).status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() < deadline, "nothing is decided any more"
        time.sleep(0.05)
