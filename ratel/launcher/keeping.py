"""Keeps the embedded services alive: one that ended by itself is started again under its old address.

What was committed is in its files, so starting it again is all that is needed. It must never start a second server
over the files of one that still runs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from ratel.embedded.postgres import Postgres
from ratel.embedded.process import ServiceError
from ratel.embedded.redis import Redis
from ratel.launcher.progress import complain

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0


@dataclass(slots=True)
class Kept:
    """One service that is running, or waits for its next start."""

    name: str
    running: Postgres | Redis
    start_again: Callable[[], Postgres | Redis]
    next_start_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def tend(self) -> None:
        """Look once whether it runs; where it does not, start it, unless that failed a moment ago."""
        if self.running.server.poll() is None or time.monotonic() < self.next_start_at:
            return
        complain(f"{self.name} ended with {self.running.server.returncode}, starting it again.")
        try:
            self.running = self.start_again()
        except ServiceError as problem:
            # Such as processes of the killed server that have not noticed its end yet.
            complain(str(problem))
            self.next_start_at = time.monotonic() + self.pause_seconds
            self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        else:
            self.pause_seconds = FIRST_PAUSE_SECONDS

    def stop(self) -> None:
        self.running.stop()
