"""Circuit breakers: who fails again and again is left alone for a while, so that nobody waits for it in vain.

`Breaker` is the state machine: closed, open, half-open. It has no clock, no lock and no dependency: every call says what
time it is (seconds of any one clock), and its state is a value that can be stored in a row (`BreakerState`). `Guard` is a
breaker of this process with a clock and a lock, found by its name in `GUARDS`. A breaker must never decide what a
refused call means: that is up to whoever asks.

Calls in flight when a breaker opens may still report; what they say while it is open changes nothing. Half-open lets one
call through at a time and takes the next report as its outcome.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import structlog

Phase = Literal["closed", "open", "half_open"]
FAILURES_IN_A_ROW: Final = 10
WINDOW_SECONDS: Final = 30
# Under this many outcomes in the window, a share of them says nothing.
FEWEST_OUTCOMES: Final = 20
OPEN_SECONDS: Final = 60.0
SUCCESSES_TO_CLOSE: Final = 5
# A probe that has not reported by then is taken for lost (its process was killed), and another one may go.
PROBE_LOST_SECONDS: Final = 30.0

NAME_INDEX: Final = "name_index"
DECISION_ENGINE: Final = "decision_engine"
BEHAVIORAL_STORE: Final = "behavioral_store"
REDIS: Final = "redis"
DEPENDENCIES: Final = (NAME_INDEX, DECISION_ENGINE, BEHAVIORAL_STORE, REDIS)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class BreakerState:
    """A breaker between two calls. `since` is when its phase began, `probe_at` when the probe in flight went out;
    `window` counts (second, successes, failures) for each whole second in which something was reported while closed."""

    phase: Phase = "closed"
    since: float = 0.0
    failures_in_a_row: int = 0
    successes_in_a_row: int = 0
    probe_at: float | None = None
    window: tuple[tuple[int, int, int], ...] = ()

    def as_document(self) -> dict[str, Any]:
        """For a JSON column; `from_document` reads it back."""
        return {**vars(self), "window": [list(second) for second in self.window]}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "BreakerState":
        window = tuple([tuple(second) for second in document.get("window", ())])
        return cls(**{**document, "window": window})


class Breaker:
    """The state machine of one dependency. `now` never goes back; the window moves in steps of one second."""

    __slots__ = (
        "_failures",
        "_second",
        "_seconds",
        "_successes",
        "failures_in_a_row",
        "phase",
        "probe_at",
        "since",
        "successes_in_a_row",
    )

    def __init__(self, state: BreakerState | None = None) -> None:
        state = state or BreakerState()
        self.phase: Phase = state.phase
        self.since = state.since
        self.failures_in_a_row = state.failures_in_a_row
        self.successes_in_a_row = state.successes_in_a_row
        self.probe_at = state.probe_at
        # One cell per second of the window: which second it counts, and the outcomes in it.
        self._clear()
        for second, successes, failures in state.window:
            cell = second % WINDOW_SECONDS
            self._second[cell], self._successes[cell], self._failures[cell] = second, successes, failures

    def allows(self, now: float) -> bool:
        """Whether a call may be made; in half-open, one that may is the probe and must be reported."""
        if self.phase == "closed":
            return True
        if self.phase == "open":
            if now - self.since < OPEN_SECONDS:
                return False
            self._enter("half_open", now)
        elif self.probe_at is not None and now - self.probe_at < PROBE_LOST_SECONDS:
            return False
        self.probe_at = now
        return True

    def succeeded(self, now: float) -> None:
        if self.phase == "closed":
            self.failures_in_a_row = 0
            second = int(now)
            cell = second % WINDOW_SECONDS
            if self._second[cell] != second:
                self._begin(cell, second)
            self._successes[cell] += 1
        elif self.phase == "half_open":
            self.probe_at = None
            self.successes_in_a_row += 1
            if self.successes_in_a_row >= SUCCESSES_TO_CLOSE:
                self._enter("closed", now)

    def failed(self, now: float) -> None:
        if self.phase == "half_open":
            self._enter("open", now)
        elif self.phase == "closed":
            self.failures_in_a_row += 1
            second = int(now)
            cell = second % WINDOW_SECONDS
            if self._second[cell] != second:
                self._begin(cell, second)
            self._failures[cell] += 1
            if self.failures_in_a_row >= FAILURES_IN_A_ROW or self._fails_too_often(second):
                self._enter("open", now)

    def outcomes(self, now: float) -> tuple[int, int]:
        """Successes and failures of the last WINDOW_SECONDS whole seconds, this one included."""
        recent = [cell for cell, second in enumerate(self._second) if int(now) - second < WINDOW_SECONDS]
        return sum([self._successes[cell] for cell in recent]), sum([self._failures[cell] for cell in recent])

    @property
    def state(self) -> BreakerState:
        counted = zip(self._second, self._successes, self._failures, strict=True)
        return BreakerState(
            phase=self.phase,
            since=self.since,
            failures_in_a_row=self.failures_in_a_row,
            successes_in_a_row=self.successes_in_a_row,
            probe_at=self.probe_at,
            window=tuple(sorted([second for second in counted if second[1] or second[2]])),
        )

    def _fails_too_often(self, second: int) -> bool:
        successes, failures = self.outcomes(second)
        return successes + failures >= FEWEST_OUTCOMES and failures >= successes

    def _begin(self, cell: int, second: int) -> None:
        self._second[cell] = second
        self._successes[cell] = self._failures[cell] = 0

    def _enter(self, phase: Phase, now: float) -> None:
        """Whatever was counted belongs to the phase that ends."""
        self.phase, self.since, self.probe_at = phase, now, None
        self.failures_in_a_row = self.successes_in_a_row = 0
        self._clear()

    def _clear(self) -> None:
        self._second = [-WINDOW_SECONDS] * WINDOW_SECONDS
        self._successes = [0] * WINDOW_SECONDS
        self._failures = [0] * WINDOW_SECONDS


@dataclass(frozen=True)
class BreakerReport:
    """What operators and the dashboard see of one guard: its phase, for how long, and the outcomes in the window."""

    name: str
    phase: Phase
    for_seconds: float
    failures_in_a_row: int
    successes: int
    failures: int


class Guard:
    """A breaker of this process: safe to be asked by many threads, and cheap while it is closed."""

    def __init__(self, name: str, clock: Callable[[], float], listeners: "list[Listener]") -> None:
        self.name = name
        self._clock = clock
        self._listeners = listeners
        self._lock = threading.Lock()
        self._breaker = Breaker(BreakerState(since=clock()))

    def allows(self) -> bool:
        """Whether to call at all; whoever may must report `succeeded` or `failed`."""
        # Reading one attribute needs no lock: a call that goes out while another opens the breaker is in flight.
        if self._breaker.phase == "closed":
            return True
        with self._lock:
            before = self._breaker.phase
            is_allowed = self._breaker.allows(self._clock())
            after = self._breaker.phase
        self._tell(before, after)
        return is_allowed

    def succeeded(self) -> None:
        with self._lock:
            before = self._breaker.phase
            self._breaker.succeeded(self._clock())
            after = self._breaker.phase
        if before is not after:
            self._tell(before, after)

    def failed(self) -> None:
        with self._lock:
            before = self._breaker.phase
            self._breaker.failed(self._clock())
            after = self._breaker.phase
        self._tell(before, after)

    def report(self) -> BreakerReport:
        with self._lock:
            now, breaker = self._clock(), self._breaker
            successes, failures = breaker.outcomes(now)
            return BreakerReport(
                name=self.name,
                phase=breaker.phase,
                for_seconds=max(now - breaker.since, 0.0),
                failures_in_a_row=breaker.failures_in_a_row,
                successes=successes,
                failures=failures,
            )

    def forget(self) -> None:
        """Begins anew, closed: for tests, and for an operator who knows better."""
        with self._lock:
            self._breaker = Breaker(BreakerState(since=self._clock()))

    def _tell(self, before: Phase, after: Phase) -> None:
        if before == after:
            return
        level = log.error if after == "open" else log.warning
        level("breaker_changed", breaker=self.name, before=before, after=after)
        for listener in self._listeners:
            listener(self.name, after)


Listener = Callable[[str, Phase], None]


class Guards:
    """The guards of one process by name, made when they are first asked for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._guards: dict[str, Guard] = {}
        # Told of each change of phase, outside of any lock, by the thread that caused it.
        self.listeners: list[Listener] = []

    def named(self, name: str) -> Guard:
        with self._lock:
            if name not in self._guards:
                self._guards[name] = Guard(name, self._clock, self.listeners)
            return self._guards[name]

    def reports(self) -> list[BreakerReport]:
        """Every guard of this process, in the order of their names."""
        with self._lock:
            guards = sorted(self._guards.values(), key=lambda guard: guard.name)
        return [guard.report() for guard in guards]

    def forget(self) -> None:
        for guard in list(self._guards.values()):
            guard.forget()


GUARDS: Final = Guards()
for _name in DEPENDENCIES:
    GUARDS.named(_name)
