"""Keeps the web server and the worker running: starts them, restarts them when they die, stops them in order.

A restart waits longer each time, so that a program that cannot start does not eat the machine. It must never
end a process that it did not start.
"""

import contextlib
import dataclasses
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ratel.embedded import process
from ratel.embedded.process import ServiceError
from ratel.launcher.announcements import SERVING, Announcements, announcements
from ratel.launcher.progress import complain
from ratel.launcher.services import PROJECT

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
# Having run for this long, a program counts as healthy again and its next restart is quick.
HEALTHY_AFTER_SECONDS = 5.0
STOP_TIMEOUT_SECONDS = 6.0
# A program that is asked to make room may finish what it does: requests, tasks.
MAKE_ROOM_TIMEOUT_SECONDS = 30.0
SUCCESSOR_TIMEOUT_SECONDS = 60.0


@dataclass(slots=True)
class Program:
    """One supervised program. `child` is absent while it waits for its restart."""

    name: str
    arguments: Sequence[str]
    log: Path
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS
    inherited: Sequence[int] = ()


@dataclass(slots=True)
class Supervisor:
    """Runs programs in one environment; `stop` ends them in the order in which they were started."""

    environment: Mapping[str, str]
    programs: list[Program] = field(default_factory=list)

    def start(self, program: Program) -> None:
        self.programs.append(program)
        self._launch(program)

    def require(self, program: Program) -> None:
        """Raise ServiceError, with the end of its log, when the program has ended."""
        if program.child is None or program.child.poll() is not None:
            raise ServiceError(f"{program.name} ended while starting:\n{process.tail(program.log)}")

    def tend(self) -> None:
        """Look once at every program: note the dead, restart those whose pause is over."""
        for program in self.programs:
            if program.child is not None and program.child.poll() is not None:
                self._note_death(program, program.child.returncode)
            if program.child is None and time.monotonic() >= program.restart_at:
                self._launch(program)

    def stop(self) -> None:
        """Ask all of them to end, first started first, then wait for each; the stubborn are killed."""
        living = [
            program.child for program in self.programs if program.child and program.child.poll() is None
        ]
        for child in living:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        for child in living:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), 0.1))
            process.stop(child, [(signal.SIGQUIT, 1.0)])
            # What it was just starting when it was asked to end, and so has never heard of it.
            process.end_group(child)
        self.programs.clear()

    def restart(self, program: Program) -> None:
        """End a program that may finish what it does, and start it again. Raises ServiceError where it is not running."""
        self.require(program)
        self._make_room(program)
        self._launch(program)

    def replace(self, program: Program) -> None:
        """Start a successor on the same sockets; only once it serves, ask the predecessor to end.

        Raises ServiceError where the successor does not come to serve; the predecessor then goes on.
        """
        self.require(program)
        predecessor = dataclasses.replace(program)
        with announcements() as announced:
            self._launch(program, announced.environment)
            try:
                self._wait_for_successor(program, announced)
            except ServiceError:
                successor, program.child = program.child, predecessor.child
                if successor is not None:
                    process.stop(successor, [(signal.SIGTERM, STOP_TIMEOUT_SECONDS)])
                raise
        self._make_room(predecessor)

    def _wait_for_successor(self, program: Program, announced: Announcements) -> None:
        deadline = time.monotonic() + SUCCESSOR_TIMEOUT_SECONDS
        while not announced.has_come(SERVING, within_seconds=process.POLL_SECONDS):
            self.require(program)
            if time.monotonic() > deadline:
                raise ServiceError(f"{program.name} does not come to serve:\n{process.tail(program.log)}")

    def _make_room(self, program: Program) -> None:
        if program.child is not None:
            process.stop(program.child, [(signal.SIGTERM, MAKE_ROOM_TIMEOUT_SECONDS), (signal.SIGQUIT, 2.0)])

    def _launch(self, program: Program, more: Mapping[str, str] = MappingProxyType({})) -> None:
        with program.log.open("ab") as log:
            program.child = process.start(
                program.arguments,
                log=log,
                environment={**self.environment, **more},
                directory=PROJECT,
                inherited=program.inherited,
            )
        program.started_at = time.monotonic()

    def _note_death(self, program: Program, code: int) -> None:
        now = time.monotonic()
        if now - program.started_at > HEALTHY_AFTER_SECONDS:
            program.pause_seconds = FIRST_PAUSE_SECONDS
        complain(f"{program.name} ended with {code}, starting it again in {program.pause_seconds:.1f} s:")
        complain(process.tail(program.log, lines=5))
        if not program.inherited and program.child is not None:
            # Its own children would go on for ever: a second beat, hands that nobody feeds. Those of a server that
            # shares a socket are of use until its successor serves, and end by themselves (ratel/web_process.py).
            process.end_group(program.child)
        program.child = None
        program.restart_at = now + program.pause_seconds
        program.pause_seconds = min(program.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
