"""A real web server between two faulty networks: one to PostgreSQL, one to Redis."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ratel.database.watch import SILENCE_SECONDS
from tests import server
from tests.cast import Answer, Bank, payment
from tests.evaluate.wire import post
from tests.faults.proxy import Proxy, proxy_to
from tests.promised import at_most

# A call that takes longer than this is not an answer to anybody.
PATIENCE_SECONDS = 30.0
# From when the database can be reached again.
DECIDES_AGAIN_SECONDS = at_most(5.0, patience_seconds=60.0)


@dataclass
class Scene:
    """The server's address and its two networks."""

    base_url: str
    database: Proxy
    redis: Proxy
    log: Path

    def settle(self) -> None:
        """Puts both networks right and waits until every process has noticed: one that no call has reached since would
        still refuse the next test's."""
        self.database.resume()
        self.redis.resume()
        self.redis.delay(0)
        self.database.delay(0)
        deadline = time.monotonic() + DECIDES_AGAIN_SECONDS
        while (said := self.log.read_text()).count('"database_away"') > said.count('"database_back"'):
            assert time.monotonic() < deadline, "a process still believes that the database is away"
            time.sleep(0.05)
        # Whoever asked in vain a moment ago lets nobody try again for so long.
        time.sleep(2 * SILENCE_SECONDS)

    def evaluate(self, bank: Bank, **fields: Any) -> Answer:
        return post(
            self.base_url, bank.callers["us"].key, payment(**fields), timeout_seconds=PATIENCE_SECONDS
        )

    def timed(self, bank: Bank, **fields: Any) -> tuple[Answer, float]:
        started = time.monotonic()
        answer = self.evaluate(bank, **fields)
        return answer, time.monotonic() - started

    def until_it_decides(self, bank: Bank, **fields: Any) -> None:
        """Asks again until a payment is decided."""
        deadline = time.monotonic() + DECIDES_AGAIN_SECONDS
        while (answer := self.evaluate(bank, **fields)).status != 200:
            assert time.monotonic() < deadline, f"still {answer.status}"
            time.sleep(0.05)


@contextmanager
def scene(database_url: str, redis_url: str, log: Path) -> Iterator[Scene]:
    """`database_url` names a Unix socket, `redis_url` a port; the server knows the networks between only."""
    database, redis = urlsplit(database_url), urlsplit(redis_url)
    socket = Path(parse_qs(database.query)["host"][0]) / ".s.PGSQL.5432"
    address = (redis.hostname or "", redis.port or 0)
    with (
        proxy_to(socket) as to_database,
        proxy_to(address) as to_redis,
        pytest.MonkeyPatch.context() as environment,
    ):
        login = database.username
        environment.setenv(
            "DATABASE_URL", f"postgresql://{login}@127.0.0.1:{to_database.port}{database.path}"
        )
        environment.setenv("REDIS_URL", f"redis://:{redis.password}@127.0.0.1:{to_redis.port}{redis.path}")
        with server.running(log) as base_url:
            yield Scene(base_url, to_database, to_redis, log)
