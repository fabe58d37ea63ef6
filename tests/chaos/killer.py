"""Kills and stops the processes of a stage, one after the other, as its seed says, and times how long nobody is served.

Only processes below the stage's own launcher are ever signalled, each by the id that it has at that moment. The
launcher itself is spared: in production that is the init system.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ratel.embedded import process
from ratel.launcher.supervisor import HEALTHY_AFTER_SECONDS
from tests.chaos import processes
from tests.chaos.processes import Found

# Kind of target -> how often it is chosen, relative to the others.
KILLED: Final = {
    "web process": 4,
    "web server": 2,
    "worker process": 2,
    "worker": 3,
    "poller": 2,
    "redis": 2,
    "postgres backend": 3,
    "postgres": 2,
}
STOPPED: Final = ("web process", "worker", "poller", "redis", "postgres backend", "postgres")
# A supervised program that dies again soon after its start is started later each time, so it is left to recover.
LEAST_AGE_SECONDS: Final = {
    "web server": HEALTHY_AFTER_SECONDS,
    "worker": HEALTHY_AFTER_SECONDS,
    "poller": HEALTHY_AFTER_SECONDS,
}
STOPS_PER_KILL: Final = 0.15
STOPPED_SECONDS: Final = (0.3, 1.2)
PAUSE_SECONDS: Final = (0.1, 0.6)
NEVER_AGAIN_SECONDS: Final = 60.0


def targets(found: Found) -> dict[str, list[int]]:
    return {
        "web process": found.web_processes,
        "web server": found.web,
        "worker process": found.worker_processes,
        "worker": found.worker,
        "poller": found.poller,
        "redis": found.redis,
        "postgres backend": found.postgres_backends,
        "postgres": found.postgres,
    }


@dataclass
class Recovery:
    """How long after a signal everything was serving again."""

    kind: str
    seconds: float


@dataclass
class Killer:
    """`is_serving(since)` tells whether decisions that were asked for after that moment are answered again."""

    launcher: int
    seed: int
    is_serving: Callable[[float], bool]
    kills: Counter[str] = field(default_factory=Counter)
    stops: Counter[str] = field(default_factory=Counter)
    recoveries: list[Recovery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chosen = random.Random(self.seed)

    def kill(self, count: int, tell: Callable[[str], None] = lambda line: None) -> None:
        """Kills that many processes, each after the one before has been recovered from, and stops some on the way."""
        while self.kills.total() < count:
            if self._chosen.random() < STOPS_PER_KILL:
                self._stop_and_continue()
            kind = self._chosen.choices([*KILLED], [*KILLED.values()])[0]
            if self._signal(kind, signal.SIGKILL):
                self.kills[kind] += 1
                self._wait_until_served(kind, time.monotonic())
                tell(f"{self.kills.total()} of {count}: {kind}, {self.recoveries[-1].seconds:.2f} s")
            time.sleep(self._chosen.uniform(*PAUSE_SECONDS))

    def slowest(self) -> float:
        return max((recovery.seconds for recovery in self.recoveries), default=0.0)

    def _stop_and_continue(self) -> None:
        kind = self._chosen.choice(STOPPED)
        stopped = self._signal(kind, signal.SIGSTOP)
        if not stopped:
            return
        try:
            time.sleep(self._chosen.uniform(*STOPPED_SECONDS))
        finally:
            if process.is_alive(stopped):
                os.kill(stopped, signal.SIGCONT)
        self.stops[kind] += 1
        self._wait_until_served(f"{kind}, stopped", time.monotonic())

    def _signal(self, kind: str, number: signal.Signals) -> int:
        """The id of the process that was signalled; 0 where there is none of that kind to be had just now."""
        old_enough = [
            candidate
            for candidate in targets(processes.find(self.launcher))[kind]
            if processes.age_seconds(candidate) >= LEAST_AGE_SECONDS.get(kind, 0)
        ]
        if not old_enough:
            return 0
        chosen = self._chosen.choice(sorted(old_enough))
        try:
            os.kill(chosen, number)
        except ProcessLookupError:
            return 0
        return chosen

    def _wait_until_served(self, kind: str, since: float) -> None:
        while not self.is_serving(since):
            if time.monotonic() - since > NEVER_AGAIN_SECONDS:
                break
            time.sleep(0.01)
        self.recoveries.append(Recovery(kind, time.monotonic() - since))
