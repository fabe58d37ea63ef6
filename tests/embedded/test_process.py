"""Children are ended politely first, firmly in the end, and never by mistake."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ratel.embedded import permissions, process
from ratel.launcher.supervisor import Program, Supervisor


def test_a_stubborn_child_is_killed_in_the_end_with_its_own_children(tmp_path: Path) -> None:
    code = (
        "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    )
    with (tmp_path / "log").open("wb") as log:
        child = process.start([sys.executable, "-c", code], log=log)
    while not (grandchild := process.tail(tmp_path / "log")):
        time.sleep(0.02)
    process.stop(child, [(signal.SIGTERM, 0.2)])
    assert child.returncode == -signal.SIGKILL
    _wait_until_gone(int(grandchild))


def test_what_a_program_left_behind_when_it_ended_by_request_ends_with_the_supervisor(tmp_path: Path) -> None:
    """A worker that is asked to end while it starts its clock has not heard of the clock yet."""
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    log = tmp_path / "log"
    supervisor = Supervisor(os.environ)
    supervisor.start(Program("The program", [sys.executable, "-c", code], log))
    while not (grandchild := process.tail(log)):
        time.sleep(0.02)
    supervisor.stop()
    _wait_until_gone(int(grandchild))


def test_a_child_lives_in_a_session_of_its_own_so_that_an_interrupt_does_not_reach_it() -> None:
    child = process.start(["sleep", "60"], log=subprocess.DEVNULL)
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    process.stop(child, [(signal.SIGTERM, 60)])
    assert child.returncode == -signal.SIGTERM


def test_a_child_heeds_interrupts_even_when_its_parent_ignores_them() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = process.start(["sleep", "60"], log=subprocess.DEVNULL)
        process.stop(child, [(signal.SIGINT, 60)])
    finally:
        signal.signal(signal.SIGINT, before)
    assert child.returncode == -signal.SIGINT


def test_a_dead_child_that_nobody_collected_counts_as_dead() -> None:
    with subprocess.Popen(["true"]) as child:
        _wait_until_gone(child.pid)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands folders over")
def test_a_closed_parent_is_opened_for_walking_through_and_for_nothing_else(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    user = permissions.unprivileged_user()
    assert closed in permissions.hand_over(closed / "inner", user)
    assert closed.stat().st_mode & 0o777 == 0o701
    assert (closed / "inner").stat().st_mode & 0o777 == 0o700
    assert permissions.hand_over(closed / "inner", user) == ()


def test_nothing_is_handed_over_where_nobody_is_root(tmp_path: Path) -> None:
    before = tmp_path.stat()
    assert permissions.hand_over(tmp_path / "inner", None) == ()
    assert tmp_path.stat().st_mode == before.st_mode


def _wait_until_gone(process_id: int) -> None:
    deadline = time.monotonic() + 60
    while process.is_alive(process_id):
        assert time.monotonic() < deadline
        time.sleep(0.02)
