"""When a call is repeated and how long is waited before: pure, so that both clients do the same."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

REPEATED_STATUSES = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Retries:
    """At most `attempts` calls in all; waits double from `first_wait_seconds` to `longest_wait_seconds`, with jitter.

    `Retry-After` of the server is honoured up to `longest_retry_after_seconds`; beyond it the error is raised at once.
    """

    attempts: int = 5
    first_wait_seconds: float = 0.1
    longest_wait_seconds: float = 5.0
    longest_retry_after_seconds: float = 60.0

    def wait_after(self, attempt: int, status: int | None, retry_after_seconds: float | None) -> float | None:
        """Seconds to wait after the failed attempt (from 1), or None where it is not repeated."""
        if attempt >= self.attempts or (status is not None and status not in REPEATED_STATUSES):
            return None
        if retry_after_seconds is not None:
            return retry_after_seconds if retry_after_seconds <= self.longest_retry_after_seconds else None
        longest = min(self.first_wait_seconds * 2.0 ** (attempt - 1), self.longest_wait_seconds)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads repeats, guards nothing


def retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """The header's seconds, also where it names a date; None without one that can be read."""
    if header is None:
        return None
    if header.isascii() and header.strip().isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)
