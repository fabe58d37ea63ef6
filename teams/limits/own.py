"""The buckets of this process, for as long as Redis is away: each holds the key's share of one process.

The same whole numbers as in bucket.lua, on this process's clock. All processes together admit what the key may, once more
than Redis has admitted in the same time. It must never ask anybody.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from teams.limits.bucket import Bucket, Level, Taken

TOKEN: Final = 60_000_000
MOST_KEPT: Final = 20_000


class OwnBuckets:
    """`processes` is how many share each limit; `clock` gives nanoseconds and never goes back."""

    def __init__(self, processes: int, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._processes = processes
        self._clock = clock
        self._lock = threading.Lock()
        # When and at which level each bucket was last changed.
        self._kept: dict[str, tuple[int, int]] = {}

    def take(self, buckets: Sequence[Bucket]) -> Taken:
        with self._lock:
            now = self._clock() // 1_000
            rates = [max(bucket.per_minute // self._processes, 1) for bucket in buckets]
            capacities = [max(bucket.burst // self._processes, 1) * TOKEN for bucket in buckets]
            levels = [
                self._level(bucket.stored_as, now, rate, capacity)
                for bucket, rate, capacity in zip(buckets, rates, capacities, strict=True)
            ]
            waits = [-((level - TOKEN) // rate) for level, rate in zip(levels, rates, strict=True)]
            is_admitted = all(level >= TOKEN for level in levels)
            if is_admitted:
                levels = [level - TOKEN for level in levels]
                self._keep(buckets, now, levels)
        numbers = zip(levels, rates, capacities, strict=True)
        left = [Level(level // TOKEN, -((level - capacity) // rate)) for level, rate, capacity in numbers]
        return Taken(is_admitted, now, 0 if is_admitted else max(waits), left)

    def _level(self, name: str, now: int, rate: int, capacity: int) -> int:
        at, kept = self._kept.get(name, (now, capacity))
        return min(kept + (now - at) * rate, capacity)

    def _keep(self, buckets: Sequence[Bucket], now: int, levels: Sequence[int]) -> None:
        for bucket, level in zip(buckets, levels, strict=True):
            # The one that was changed last stands last, so that what makes room rests longest and is the fullest.
            self._kept.pop(bucket.stored_as, None)
            self._kept[bucket.stored_as] = (now, level)
        while len(self._kept) > MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
