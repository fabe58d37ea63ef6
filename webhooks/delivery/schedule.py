"""When a delivery is tried again: pure functions over numbers and times.

Waits are those of the contract (standard) or 10 attempts over 24 hours (extended). The last wait of each passes before
the delivery is given up. It must never read a clock: every call says what time it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

# The wait after the first failure, after the second, ...; after the last one the delivery is dead.
WAITS_SECONDS: Final[dict[str, tuple[int, ...]]] = {
    "standard": (5, 10, 20, 40, 80),
    # The nine waits between ten attempts make 24 hours.
    "extended": (5, 300, 1_800, 3_600, 7_200, 10_800, 14_400, 19_800, 28_495, 3_600),
}
# A wait is never shorter than the contract says, and at most this share longer, so that retries spread.
LARGEST_JITTER: Final = 0.1


@dataclass(frozen=True)
class Step:
    """What becomes of a delivery after an attempt: its state, when it is looked at again, and attempts spent."""

    state: Literal["done", "pending", "last_wait"]
    next_attempt_at: datetime
    attempts_spent: int


def after_success(*, attempts_spent: int, now: datetime) -> Step:
    return Step("done", now, attempts_spent)


def after_failure(
    *,
    schedule: str,
    attempts_spent: int,
    now: datetime,
    resumes_at: datetime | None,
    retry_after_seconds: float | None,
    random: Callable[[], float],
) -> Step:
    """`resumes_at` is set where the attempt was made by hand: it spends nothing and the schedule goes on as it was.

    `random` gives numbers from 0 to 1, for the jitter.
    """
    waits = WAITS_SECONDS[schedule]
    if resumes_at is not None:
        return Step(_state(attempts_spent, waits), max(resumes_at, now), attempts_spent)
    spent = attempts_spent + 1
    wait_seconds = wait(waits, spent, retry_after_seconds=retry_after_seconds, random=random)
    return Step(_state(spent, waits), now + timedelta(seconds=wait_seconds), spent)


def wait(
    waits: tuple[int, ...], spent: int, *, retry_after_seconds: float | None, random: Callable[[], float]
) -> float:
    """Seconds after the failure number `spent`. A receiver that asks for more time gets it, up to the longest wait."""
    usual = waits[min(spent, len(waits)) - 1] * (1 + LARGEST_JITTER * random())
    if retry_after_seconds is None:
        return usual
    return max(usual, min(retry_after_seconds, max(waits)))


def _state(spent: int, waits: tuple[int, ...]) -> Literal["pending", "last_wait"]:
    return "last_wait" if spent >= len(waits) else "pending"
