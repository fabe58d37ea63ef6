"""What every process keeps of the configuration, and how it learns of a change within a second.

Keys, policies and compiled rules are cached in the process under the stamp of their scope (a team, or the nil id for
the public lists). The stamps are read again when they are older than half a second; a changed stamp drops the entry.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar
from uuid import UUID

from ratel.statements import again_if_lost, read_rows

Value = TypeVar("Value")
PUBLIC: Final = UUID(int=0)
STAMP_AGE_SECONDS: Final = 0.5


class Stamps:
    """The counters of `teams_configurationstamp`, at most STAMP_AGE_SECONDS old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forgetting = threading.Lock()
        self._generation = 0
        # The generation that the values were read in, and when.
        self._read: tuple[int, float] = (-1, 0.0)
        self._values: dict[UUID, int] = {}

    def current(self) -> dict[UUID, int]:
        if self._is_fresh():
            return self._values
        with self._lock:
            if not self._is_fresh():
                begun = (self._generation, time.monotonic())
                rows = read_rows("SELECT scope, value FROM teams_configurationstamp")
                self._values = dict(rows)
                self._read = begun
        return self._values

    def forget(self) -> None:
        """Reads the stamps again at the next look, whatever is being read now: after a change made by this process."""
        with self._forgetting:
            self._generation += 1

    def _is_fresh(self) -> bool:
        generation, begun_at = self._read
        return generation == self._generation and time.monotonic() - begun_at < STAMP_AGE_SECONDS


STAMPS: Final = Stamps()


class Cached(Generic[Value]):
    """Values of one kind by key, each dropped as soon as the stamp of its scope changes."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._kept: dict[Hashable, tuple[tuple[int, ...], Value]] = {}

    def get(self, key: Hashable, scopes: tuple[UUID, ...], load: Callable[[], Value]) -> Value:
        """The value under `key`, loaded anew when a stamp of `scopes` differs from the one it was loaded under."""
        stamps = STAMPS.current()
        version = tuple([stamps.get(scope, 0) for scope in scopes])
        kept = self._kept.get(key)
        if kept is not None and kept[0] == version:
            return kept[1]
        value = again_if_lost(load)
        if len(self._kept) >= self._limit:
            self._kept.clear()
        self._kept[key] = (version, value)
        return value
