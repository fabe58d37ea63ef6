"""What callers notice when a web server is asked to end, or is killed, while they are connected."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ratel.embedded import process
from ratel.launcher import web
from tests.chaos.processes import children

HEALTH = "/healthz"
START_TIMEOUT_SECONDS = 60


@contextmanager
def served(log: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port of a held socket and the server on it, ready to answer."""
    with web.held_socket(0) as held, log.open("ab") as output:
        port = held.getsockname()[1]
        server = process.start(web.arguments_on(held), log=output, inherited=(held.fileno(),))
        try:
            deadline = time.monotonic() + START_TIMEOUT_SECONDS
            while ask(port) != 200:
                assert time.monotonic() < deadline, process.tail(log)
                time.sleep(0.1)
            yield port, server
        finally:
            process.stop(server, [(signal.SIGTERM, 3.0), (signal.SIGQUIT, 2.0)])


def ask(port: int) -> int:
    """The status on a connection of its own; 0 where there is none."""
    connection = http.client.HTTPConnection(web.HOST, port, timeout=10)
    try:
        connection.request("GET", HEALTH)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def test_an_idle_connection_is_answered_once_more_after_the_server_was_asked_to_end(tmp_path: Path) -> None:
    with served(tmp_path / "log") as (port, server):
        connection = http.client.HTTPConnection(web.HOST, port, timeout=10)
        connection.request("GET", HEALTH)
        connection.getresponse().read()
        server.terminate()
        # Longer than gunicorn's own patience of two seconds, shorter than ours of five.
        time.sleep(2.5)
        connection.request("GET", HEALTH)
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("Connection") == "close"
        connection.close()


def test_the_processes_of_a_killed_server_answer_until_a_successor_can(tmp_path: Path) -> None:
    with served(tmp_path / "log") as (port, server):
        orphans = children(server.pid)
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        try:
            until = time.monotonic() + 3
            answers = []
            while time.monotonic() < until:
                answers.append(ask(port))
                time.sleep(0.05)
            assert set(answers) == {200}
        finally:
            for orphan in orphans:
                os.kill(orphan, signal.SIGTERM)


def test_the_processes_of_a_killed_server_end_by_themselves(tmp_path: Path) -> None:
    with served(tmp_path / "log") as (_, server):
        orphans = children(server.pid)
        assert orphans
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        deadline = time.monotonic() + 40
        while any(process.is_alive(orphan) for orphan in orphans):
            assert time.monotonic() < deadline
            time.sleep(0.2)
