"""Embedded services that were killed come back under the address that everybody has, with what they had."""

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

import psycopg
import pytest
import redis as client

from ratel.embedded import postgres, redis
from ratel.embedded.process import ServiceError
from ratel.launcher import services
from ratel.launcher.keeping import Kept

Service = TypeVar("Service", postgres.Postgres, redis.Redis)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Kept]]:
    """Both services of a state directory, looked after as `make run` does."""
    found: list[Kept] = []
    own = {name: os.environ.pop(name) for name in services.ADDRESS_NAMES if name in os.environ}
    try:
        state = services.prepare(tmp_path_factory.mktemp("state"))
        with services.owned(state, kind="demo", kept=found):
            yield {service.name: service for service in found}
    finally:
        os.environ.update(own)


def kill_and_tend(service: Kept) -> None:
    service.running.server.send_signal(signal.SIGKILL)
    service.running.server.wait(60)
    deadline = time.monotonic() + 120
    while service.running.server.poll() is not None:
        assert time.monotonic() < deadline
        service.tend()
        time.sleep(0.05)


def test_a_killed_database_has_what_was_committed(kept: dict[str, Kept]) -> None:
    service = kept["PostgreSQL"]
    before = service.running
    assert isinstance(before, postgres.Postgres)
    with psycopg.connect(before.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.kept (number integer)")
        connection.execute("INSERT INTO public.kept VALUES (7)")
        kill_and_tend(service)
    assert service.running is not before
    with psycopg.connect(before.owner_url) as connection:
        assert connection.execute("SELECT number FROM public.kept").fetchall() == [(7,)]


def test_a_killed_redis_has_its_address_and_its_queue(kept: dict[str, Kept]) -> None:
    service = kept["Redis"]
    before = service.running
    assert isinstance(before, redis.Redis)
    with client.Redis.from_url(before.url) as store:
        store.config_set("appendfsync", "always")
        store.rpush("queue", "one", "two")
    kill_and_tend(service)
    with client.Redis.from_url(before.url) as store:
        assert store.lrange("queue", 0, -1) == [b"one", b"two"]


def test_what_runs_is_left_alone(kept: dict[str, Kept]) -> None:
    before = {name: service.running for name, service in kept.items()}
    for service in kept.values():
        service.tend()
    assert {name: service.running for name, service in kept.items()} == before


def test_a_service_that_cannot_start_is_tried_again_later_and_later(kept: dict[str, Kept]) -> None:
    attempts = []

    def refuse() -> redis.Redis:
        attempts.append(time.monotonic())
        raise ServiceError("the disk is full")

    ended = kept["Redis"].running
    failing = Kept("Redis", _Ended(ended), refuse, pause_seconds=0.02)  # type: ignore[arg-type]
    deadline = time.monotonic() + 60
    while len(attempts) < 4:
        assert time.monotonic() < deadline
        failing.tend()
        time.sleep(0.002)
    waits = [later - earlier for earlier, later in pairwise(attempts)]
    assert waits[0] >= 0.02
    assert waits[2] >= 4 * 0.02


class _Ended:
    """A service whose process is no more."""

    class server:  # noqa: N801 - the field's name
        returncode = -9

        @staticmethod
        def poll() -> int:
            return -9

    def __init__(self, _: object) -> None:
        pass
