"""A program is replaced only by one that serves, on a socket that never refuses anybody."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ratel.embedded import process
from ratel.embedded.process import ServiceError
from ratel.launcher import web
from ratel.launcher.supervisor import Program, Supervisor

PATIENCE_SECONDS = 60.0
# Answers every caller with its process id, and finishes with the one that it has when asked to end.
SERVER = """
import os, signal, socket, sys, threading
listening = socket.socket(fileno=int(sys.argv[1]))
listening.listen(64)
listening.settimeout(0.05)
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
if "NOTIFY_SOCKET" in os.environ:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
        telling.sendto(b"STATUS=starting", os.environ["NOTIFY_SOCKET"])
        telling.sendto(sys.argv[2].encode(), os.environ["NOTIFY_SOCKET"])
while not ended.is_set():
    try:
        caller, _ = listening.accept()
    except TimeoutError:
        continue
    caller.sendall(str(os.getpid()).encode())
    caller.close()
"""


@pytest.fixture
def held() -> Iterator[socket.socket]:
    with web.held_socket(0) as held:
        yield held


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    supervising = Supervisor(os.environ)
    yield supervising
    supervising.stop()


def program(held: socket.socket, log: Path, announcement: str = "STATUS=serving") -> Program:
    arguments = [sys.executable, "-c", SERVER, str(held.fileno()), announcement]
    return Program("The server", arguments, log, inherited=(held.fileno(),))


def ask(held: socket.socket) -> int:
    with socket.create_connection(held.getsockname(), timeout=PATIENCE_SECONDS) as connection:
        return int(connection.recv(100))


def ask_until_it_listens(held: socket.socket) -> int:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            return ask(held)
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError("the server does not listen")


def test_nobody_is_refused_while_a_program_is_replaced(
    supervisor: Supervisor, held: socket.socket, tmp_path: Path
) -> None:
    served = program(held, tmp_path / "log")
    supervisor.start(served)
    first = ask_until_it_listens(held)
    answers: list[int] = []
    ended = threading.Event()

    def keep_asking() -> None:
        while not ended.is_set():
            answers.append(ask(held))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    supervisor.replace(served)
    assert served.child is not None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while asking.is_alive() and served.child.pid not in answers:
        assert time.monotonic() < deadline, "the successor answers nobody"
        time.sleep(0.01)
    ended.set()
    asking.join(PATIENCE_SECONDS)
    assert answers[-1] == served.child.pid != first
    assert not process.is_alive(first)


def test_a_successor_that_does_not_start_leaves_its_predecessor_at_work(
    supervisor: Supervisor, held: socket.socket, tmp_path: Path
) -> None:
    served = program(held, tmp_path / "log")
    supervisor.start(served)
    first = ask_until_it_listens(held)
    served.arguments = [sys.executable, "-c", "raise SystemExit('no such module')"]
    with pytest.raises(ServiceError, match="no such module"):
        supervisor.replace(served)
    assert ask(held) == first
    supervisor.tend()
    assert served.child is not None
    assert served.child.pid == first


def test_a_caller_waits_while_what_was_killed_is_started_again(
    supervisor: Supervisor, held: socket.socket, tmp_path: Path
) -> None:
    served = program(held, tmp_path / "log")
    supervisor.start(served)
    first = ask_until_it_listens(held)
    os.kill(first, signal.SIGKILL)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(ask(held)))
    asking.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while asking.is_alive() and time.monotonic() < deadline:
        supervisor.tend()
        time.sleep(0.02)
    assert served.child is not None
    assert answers == [served.child.pid]


def test_a_restarted_program_has_ended_before_the_next_begins(supervisor: Supervisor, tmp_path: Path) -> None:
    code = "import time; print('began', flush=True)\ntry: time.sleep(60)\nfinally: print('ended', flush=True)"
    handled = f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); exec({code!r})"
    background = Program("The worker", [sys.executable, "-c", handled], tmp_path / "log")
    supervisor.start(background)
    while "began" not in process.tail(background.log):
        time.sleep(0.02)
    supervisor.restart(background)
    while process.tail(background.log).count("began") < 2:
        time.sleep(0.02)
    assert process.tail(background.log).split() == ["began", "ended", "began"]


def test_what_a_killed_program_had_started_does_not_outlive_it(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    background = Program("The worker", [sys.executable, "-c", code], tmp_path / "log")
    supervisor.start(background)
    while not (grandchild := process.tail(background.log)):
        time.sleep(0.02)
    assert background.child is not None
    background.child.kill()
    background.child.wait()
    assert process.is_alive(int(grandchild))
    supervisor.tend()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.is_alive(int(grandchild)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
