"""The launcher as a person meets it: real processes, real exit codes, nothing left running."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ratel.embedded import process
from ratel.embedded.process import ServiceError
from ratel.launcher import command, serve
from ratel.launcher.supervisor import Program, Supervisor


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Without addresses, so that the launcher brings its own services, in a folder of its own."""
    dropped = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PYTEST_PLUGINS"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "RATEL_STATE_DIRECTORY": str(tmp_path / "var")}


def launch(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ratel.launch", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_finds_the_services_and_its_exit_code_is_passed_on(environment: dict[str, str]) -> None:
    code = (
        "import os, psycopg, redis;"
        "redis.Redis.from_url(os.environ['REDIS_URL']).ping();"
        "print(psycopg.connect(os.environ['DATABASE_URL']).execute('SELECT current_user').fetchone());"
        "raise SystemExit(7)"
    )
    done = launch(environment, "exec", "--", "python", "-c", code)
    assert done.returncode == 7, done.stderr
    assert "('ratel_app',)" in done.stdout
    assert _processes_of(environment["RATEL_STATE_DIRECTORY"]) == []


def test_a_second_command_borrows_the_services_and_the_first_waits_for_it(
    environment: dict[str, str], tmp_path: Path
) -> None:
    inner = "echo started; while [ ! -e go ]; do sleep 0.05; done"
    script = f"cd {tmp_path}; {inner}"
    outer = [sys.executable, "-m", "ratel.launch", "exec", "--", "sh", "-c", script]
    with subprocess.Popen(outer, env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        while owner.stdout.readline() != "started\n":
            assert owner.poll() is None
        check = (
            "import os, time, psycopg; time.sleep(1);"
            "psycopg.connect(os.environ['DATABASE_URL']); print('there')"
        )
        go = f'touch {tmp_path}/go; exec python -c "{check}"'
        borrowed = launch(environment, "exec", "--", "sh", "-c", go)
        assert owner.wait(120) == 0
    assert f"Using the services of process {owner.pid}." in borrowed.stdout
    assert "there" in borrowed.stdout


def test_a_port_that_is_taken_is_refused_before_anything_is_done(environment: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = launch(environment, "run", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is already in use" in done.stderr
    assert not Path(environment["RATEL_STATE_DIRECTORY"]).exists()


def test_a_port_that_is_none_is_refused(environment: dict[str, str]) -> None:
    assert launch(environment, "run", "--port", "70000").returncode == 2


def test_a_step_that_fails_is_told_with_the_end_of_its_log(
    environment: dict[str, str], tmp_path: Path
) -> None:
    stopping = serve.Stopping()
    failing = [sys.executable, "-c", "raise SystemExit('the disk is full')"]
    with pytest.raises(ServiceError, match="the disk is full"):
        serve.finish(failing, environment, stopping, log=tmp_path / "step.log")


def test_a_command_killed_by_a_signal_is_reported_as_shells_do(environment: dict[str, str]) -> None:
    done = launch(environment, "exec", "--", "sh", "-c", "kill -9 $$")
    assert done.returncode == 128 + signal.SIGKILL, done.stderr
    assert command.PROJECT.joinpath("manage.py").exists()


@pytest.fixture
def supervisor(environment: dict[str, str]) -> Iterator[Supervisor]:
    supervising = Supervisor(environment)
    yield supervising
    supervising.stop()


def test_a_program_that_dies_is_started_again_later_and_later(supervisor: Supervisor, tmp_path: Path) -> None:
    program = Program("Dummy", ["sh", "-c", "echo I lived; exit 3"], tmp_path / "log", pause_seconds=0.05)
    supervisor.start(program)
    deadline = time.monotonic() + 60
    while process.tail(tmp_path / "log").count("I lived") < 3:
        assert time.monotonic() < deadline
        supervisor.tend()
        time.sleep(0.01)
    assert program.pause_seconds >= 0.2


def test_programs_are_stopped_and_the_stubborn_do_not_hold_up_the_end(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    polite = Program("Polite", ["sleep", "60"], tmp_path / "polite")
    supervisor.start(polite)
    child = polite.child
    assert child is not None
    supervisor.stop()
    assert child.returncode == -signal.SIGTERM


def test_a_program_that_cannot_start_is_told_with_the_end_of_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    program = Program("Dummy", ["sh", "-c", "echo no such setting; exit 1"], tmp_path / "log")
    supervisor.start(program)
    assert program.child is not None
    program.child.wait()
    with pytest.raises(ServiceError, match="no such setting"):
        supervisor.require(program)


def _processes_of(state_directory: str) -> list[str]:
    """Processes that name the folder on their command line or work in it."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            working_directory = str((entry / "cwd").readlink())
        except OSError:
            continue
        command_line = process.command_of(int(entry.name))
        if state_directory in command_line or working_directory.startswith(state_directory):
            found.append(command_line)
    return found
