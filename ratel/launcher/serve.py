"""`run`: everything a newcomer needs to see Ratel decide, from an empty folder to a served page.

The steps are those of a production start (migrate, load, serve, work) on embedded services. Nothing may be
started before the port is known to be free, and everything that was started is stopped, in order, within 20
seconds.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from ratel.embedded import process
from ratel.embedded.process import ServiceError
from ratel.launcher import services
from ratel.launcher import web as web_server
from ratel.launcher.progress import say, step
from ratel.launcher.services import PROJECT, State
from ratel.launcher.stopping import POLL_SECONDS, Stopping, StopRequested
from ratel.launcher.supervisor import Program, Supervisor
from ratel.launcher.web import HOST

READY_ATTEMPTS = 600
MANAGE = (sys.executable, "manage.py")


def run(port: int) -> int:
    """Serve until Ctrl-C or a polite kill; 0 then. Raises ServiceError, LockTakenError."""
    refuse_a_taken_port(port)
    state = services.state_directory()
    stopping = Stopping()
    stopping.listen()
    try:
        with services.owned(state, kind="demo") as environment, ExitStack() as stack:
            _prepare(environment, state, port, stopping)
            supervisor = Supervisor(environment)
            stack.callback(supervisor.stop)
            _serve(supervisor, state, port, stopping)
    except StopRequested:
        say("Stopped; everything that was started has ended.")
    return 0


def refuse_a_taken_port(port: int) -> None:
    """Raise ServiceError when somebody already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as problem:
            reason = (
                "is already in use" if problem.errno == errno.EADDRINUSE else f"cannot be used: {problem}"
            )
            raise ServiceError(f"Port {port} {reason}. Choose another: make run PORT={port + 1}") from None


def _prepare(environment: Mapping[str, str], state: State, port: int, stopping: Stopping) -> None:
    """Bring the database to this version of the code and load the demo bank where there is none."""
    with step("Database migrations"):
        owner = {**environment, "RATEL_DATABASE_ROLE": "owner"}
        finish([*MANAGE, "migrate", "--noinput"], owner, stopping, log=state.logs / "migrate.log")
    with step("Demo bank"):
        finish([*MANAGE, "load_demo", "--port", str(port)], environment, stopping)


def _serve(supervisor: Supervisor, state: State, port: int, stopping: Stopping) -> None:
    """Start the web server and the worker, tell the person where, and keep both alive. Never returns."""
    web = Program("The web server", web_server.arguments(port), state.logs / "web.log")
    worker = Program("The worker", _worker_arguments(state), state.logs / "worker.log")
    with step("Web server and worker"):
        supervisor.start(web)
        supervisor.start(worker)
        _wait_until_ready(supervisor, web, port, stopping)
    finish([*MANAGE, "show_demo"], supervisor.environment, stopping)
    say(f"Ratel serves http://{HOST}:{port} (state and logs under {state.directory}); Ctrl-C stops it.")
    while True:
        supervisor.tend()
        stopping.pause(0.5)


def _worker_arguments(state: State) -> list[str]:
    beat = ["--beat", "--schedule", str(state.directory / "celery-beat")]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    return [
        *(sys.executable, "-m", "celery", "-A", "ratel", "worker"),
        *beat,
        *quiet,
        *("--prefetch-multiplier", "1", "--concurrency", "1"),
    ]


def finish(
    arguments: list[str], environment: Mapping[str, str], stopping: Stopping, *, log: Path | None = None
) -> None:
    """Run one step to its end: on the terminal, or into a log whose end is shown when it fails."""
    stopping.check()
    with ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else sys.stdout.fileno()
        child = process.start(arguments, log=output, environment=environment, directory=PROJECT)
        stack.callback(_end, child)
        code = stopping.wait_for(child)
    if code != 0:
        shown = process.tail(log) if log else "see above"
        raise ServiceError(f"{' '.join(arguments[1:3])} failed with {code}: {shown}")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Stop a step together with whatever it started in its group."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGTERM)
        process.stop(child, [(signal.SIGTERM, 4.0)])


def _wait_until_ready(supervisor: Supervisor, web: Program, port: int, stopping: Stopping) -> None:
    """Until /readyz answers 200: the database, the migrations and the lists are there."""
    problem = ""
    for _ in range(READY_ATTEMPTS):
        supervisor.require(web)
        problem = web_server.readiness(port)
        if not problem:
            return
        stopping.pause(2 * POLL_SECONDS)
    raise ServiceError(f"The web server runs but is not ready ({problem}):\n{process.tail(web.log)}")
