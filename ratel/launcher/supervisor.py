"""Keeps the web server and the worker running: starts them, restarts them when they die, stops them in order.

A restart waits longer each time, so that a program that cannot start does not eat the machine. It must never
end a process that it did not start.
"""

import contextlib
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ratel.embedded import process
from ratel.embedded.process import ServiceError
from ratel.launcher.progress import complain
from ratel.launcher.services import PROJECT

LONGEST_PAUSE_SECONDS = 30.0
# Having run for this long, a program counts as healthy again and its next restart is quick.
HEALTHY_AFTER_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 6.0


@dataclass(slots=True)
class Program:
    """One supervised program. `child` is absent while it waits for its restart."""

    name: str
    arguments: Sequence[str]
    log: Path
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    pause_seconds: float = 1.0


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
        self.programs.clear()

    def _launch(self, program: Program) -> None:
        with program.log.open("ab") as log:
            program.child = process.start(
                program.arguments, log=log, environment=self.environment, directory=PROJECT
            )
        program.started_at = time.monotonic()

    def _note_death(self, program: Program, code: int) -> None:
        now = time.monotonic()
        if now - program.started_at > HEALTHY_AFTER_SECONDS:
            program.pause_seconds = 1.0
        complain(f"{program.name} ended with {code}, starting it again in {program.pause_seconds:.0f} s:")
        complain(process.tail(program.log, lines=5))
        program.child = None
        program.restart_at = now + program.pause_seconds
        program.pause_seconds = min(program.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
