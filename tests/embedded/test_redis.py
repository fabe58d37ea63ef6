"""The embedded Redis keeps its queue over a restart and answers nobody without the password."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis as client

from ratel.embedded import process, redis

Start = Callable[[], redis.Redis]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers over one directory, stopped when the test is over."""
    running: list[redis.Redis] = []

    def start_one() -> redis.Redis:
        running.append(redis.start(tmp_path / "redis", log=tmp_path / "redis.log"))
        return running[-1]

    yield start_one
    for server in running:
        server.stop()


def test_it_answers_with_the_password_and_refuses_without(start: Start) -> None:
    server = start()
    port = urlsplit(server.url).port
    assert client.Redis.from_url(server.url).ping()
    with pytest.raises(client.AuthenticationError):
        client.Redis(host="127.0.0.1", port=port).ping()


def test_the_password_is_not_on_the_command_line(start: Start) -> None:
    server = start()
    password = urlsplit(server.url).password
    assert password
    assert password not in process.command_of(server.server.pid)


def test_it_listens_on_the_loopback_address_only(start: Start) -> None:
    server = start()
    assert client.Redis.from_url(server.url, decode_responses=True).config_get("bind")["bind"] == "127.0.0.1"


def test_what_was_queued_survives_a_restart(start: Start) -> None:
    server = start()
    client.Redis.from_url(server.url).rpush("queue", "one", "two")
    server.stop()
    assert client.Redis.from_url(start().url).lrange("queue", 0, -1) == [b"one", b"two"]


def test_a_server_left_by_a_killed_run_is_stopped_before_the_next_start(start: Start) -> None:
    left_over = start()
    current = start()
    assert left_over.server.wait(60) == 0
    assert client.Redis.from_url(current.url).ping()
