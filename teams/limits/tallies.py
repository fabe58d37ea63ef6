"""What metrics read of the limiter in this process: who decided, how many were refused, and whether Redis is away."""

import threading
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Tally:
    """`shared` and `own`: calls decided in Redis and in this process; `rejected`: of both; `is_alone`: Redis is away."""

    shared: int = 0
    own: int = 0
    rejected: int = 0
    is_alone: bool = False


class Tallies:
    """Counts from the start of the process. `counted_...` say whether this call is the first of its kind in a row."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared = self._own = self._rejected = 0
        self._is_alone = False

    def counted_shared(self) -> bool:
        with self._lock:
            self._shared += 1
            was_alone, self._is_alone = self._is_alone, False
            return was_alone

    def counted_here(self) -> bool:
        with self._lock:
            self._own += 1
            was_alone, self._is_alone = self._is_alone, True
            return not was_alone

    def rejected(self) -> None:
        with self._lock:
            self._rejected += 1

    def read(self) -> Tally:
        with self._lock:
            return Tally(self._shared, self._own, self._rejected, self._is_alone)


TALLIES: Final = Tallies()
