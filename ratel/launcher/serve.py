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
from ratel.launcher.keeping import Kept
from ratel.launcher.progress import complain, say, step
from ratel.launcher.services import PROJECT, State
from ratel.launcher.stopping import POLL_SECONDS, Stopping, StopRequested
from ratel.launcher.supervisor import Program, Supervisor
from ratel.launcher.web import HOST

READY_ATTEMPTS = 600
LOOK_EVERY_SECONDS = 0.2
RESTARTED = "Everything was restarted in turn."
MANAGE = (sys.executable, "manage.py")


def run(port: int) -> int:
    """Serve until Ctrl-C or a polite kill; 0 then. Raises ServiceError, LockTakenError."""
    with hold_port(port) as held:
        _run_on(held, services.state_directory())
    return 0


def _run_on(held: socket.socket, state: State) -> None:
    stopping = Stopping()
    stopping.listen()
    try:
        kept: list[Kept] = []
        with services.owned(state, kind="demo", kept=kept) as environment, ExitStack() as stack:
            _prepare(environment, state, held.getsockname()[1], stopping)
            supervisor = Supervisor(environment)
            stack.callback(supervisor.stop)
            _serve(supervisor, kept, state, held, stopping)
    except StopRequested:
        say("Stopped; everything that was started has ended.")


def hold_port(port: int) -> socket.socket:
    """The socket that all web servers of this launcher serve. Raises ServiceError when somebody has the port."""
    try:
        return web_server.held_socket(port)
    except OSError as problem:
        reason = "is already in use" if problem.errno == errno.EADDRINUSE else f"cannot be used: {problem}"
        raise ServiceError(f"Port {port} {reason}. Choose another: make run PORT={port + 1}") from None


def _prepare(environment: Mapping[str, str], state: State, port: int, stopping: Stopping) -> None:
    """Bring the database to this version of the code and load the demo bank where there is none."""
    with step("Database migrations"):
        owner = {**environment, "RATEL_DATABASE_ROLE": "owner"}
        finish([*MANAGE, "migrate", "--noinput"], owner, stopping, log=state.logs / "migrate.log")
    with step("Demo bank"):
        # Thousands of calls would each write their line to the terminal.
        quiet = {**environment, "RATEL_LOG_LEVEL": os.environ.get("RATEL_LOG_LEVEL", "WARNING")}
        finish([*MANAGE, "load_demo", "--port", str(port)], quiet, stopping)


def _serve(
    supervisor: Supervisor, kept: list[Kept], state: State, held: socket.socket, stopping: Stopping
) -> None:
    """Start the web server and the worker, tell the person where, and keep everything alive. Never returns."""
    running = start_programs(supervisor, state, held, stopping)
    finish([*MANAGE, "show_demo"], supervisor.environment, stopping)
    port = held.getsockname()[1]
    say(f"Ratel serves http://{HOST}:{port} (state and logs under {state.directory}); Ctrl-C stops it.")
    keep_alive(supervisor, kept, running, stopping)


def start_programs(
    supervisor: Supervisor, state: State, held: socket.socket, stopping: Stopping
) -> list[Program]:
    """The web server on that socket, then all that works in the background; they run once the server is ready."""
    web_arguments = web_server.arguments_on(held)
    web = Program("The web server", web_arguments, state.logs / "web.log", inherited=(held.fileno(),))
    programs = [web, *_background(state)]
    with step("Web server and worker"):
        for program in programs:
            supervisor.start(program)
        _wait_until_ready(supervisor, web, held.getsockname()[1], stopping)
    return programs


def _background(state: State) -> list[Program]:
    return [
        Program("The worker", _worker_arguments(state), state.logs / "worker.log"),
        Program("The poller", [*MANAGE, "poll"], state.logs / "poller.log"),
    ]


def keep_alive(supervisor: Supervisor, kept: list[Kept], running: list[Program], stopping: Stopping) -> None:
    """Start again whatever ends by itself, and everything in turn when asked to. Leaves with StopRequested only."""
    while True:
        for service in kept:
            service.tend()
        supervisor.tend()
        if stopping.wants_restart():
            _restart_in_turn(supervisor, running)
        stopping.pause(LOOK_EVERY_SECONDS)


def _restart_in_turn(supervisor: Supervisor, running: list[Program]) -> None:
    """With the code as it is now, and without refusing anybody; what the worker has not finished waits in its rows."""
    web, *background = running
    try:
        supervisor.replace(web)
        for program in background:
            supervisor.restart(program)
    except ServiceError as problem:
        complain(str(problem))
    else:
        say(RESTARTED)


def _worker_arguments(state: State) -> list[str]:
    beat = ["--beat", "--schedule", str(state.directory / "celery-beat")]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    return [
        *(sys.executable, "-m", "celery", "-A", "ratel", "worker"),
        *beat,
        *quiet,
        # One hand delivers webhooks most of the time, one may be ending its attempts, batches may hold two.
        *("--prefetch-multiplier", "1", "--concurrency", "4"),
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
