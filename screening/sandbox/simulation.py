"""`X-Ratel-Simulate: latency=250, fail=sanctions`: trouble on demand for test keys, refused for everybody else.

Latency is waited before the payment is decided, one call at a time in each process, so that tests hold up nobody. A
layer that is to fail is left out of the evaluation, which is partial then; its breaker hears nothing of it. Payments
that are decided later are not simulated, and whoever asks for it is refused.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ratel.problem import Invalid, Problem, Unavailable
from ratel.requests import Incoming
from screening.policy import LAYER_NAMES
from teams.principal import TeamFacts

HEADER: Final = "X-Ratel-Simulate"
LONGEST: Final = 200
LONGEST_LATENCY_MS: Final = 2_000
_META: Final = "HTTP_X_RATEL_SIMULATE"
_LIVE: Final = "is for test keys only"
_NOTHING: Final[frozenset[str]] = frozenset()
_waiting: Final = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class Simulation:
    latency_ms: int
    failing: frozenset[str]


def failing_layers(call: Incoming, team: TeamFacts) -> frozenset[str]:
    """The layers that the call wants left out, after the latency that it wants; nothing without the header.

    Raises Invalid for what cannot be simulated and outside of a sandbox, Unavailable while another call waits.
    """
    text = call.META.get(_META)
    if text is None:
        return _NOTHING
    if not team.is_sandbox:
        raise Invalid(errors=[Problem(HEADER, _LIVE)])
    wanted = _read(text)
    if wanted.latency_ms:
        _wait(wanted.latency_ms)
    return wanted.failing


def refuse_simulation(call: Incoming, team: TeamFacts) -> None:
    """For payments that are decided later: raises Invalid where the header is sent, for nothing would come of it."""
    if _META in call.META:
        not_now = "is not for payments that are decided later"
        raise Invalid(errors=[Problem(HEADER, not_now if team.is_sandbox else _LIVE)])


def _read(text: str) -> Simulation:
    latency_ms, failing, problems = 0, set(), []
    for name, value in _parts(text):
        is_latency = name == "latency" and value.isascii() and value.isdigit() and len(value) <= 5
        if is_latency and int(value) <= LONGEST_LATENCY_MS:
            latency_ms = int(value)
        elif name == "fail" and value in LAYER_NAMES:
            failing.add(value)
        else:
            problems.append(
                Problem(
                    HEADER,
                    f"takes latency=0 to {LONGEST_LATENCY_MS} (ms) and fail= one of {', '.join(LAYER_NAMES)}",
                )
            )
    if problems:
        raise Invalid(errors=problems[:1])
    return Simulation(latency_ms, frozenset(failing))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for part in text[:LONGEST].split(","):
        name, _, value = part.strip().partition("=")
        yield name, value


def _wait(latency_ms: int) -> None:
    if not _waiting.acquire(blocking=False):
        raise Unavailable("Another call is being delayed; one at a time can be")
    try:
        time.sleep(latency_ms / 1_000)
    finally:
        _waiting.release()
