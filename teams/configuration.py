"""What every process keeps of the configuration, and how it learns of a change within a second.

Keys, policies and compiled rules are cached in the process under the stamp of their scope (a team, or the nil id for
the public lists). The stamps are read again when they are older than half a second; a changed stamp drops the entry.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar
from uuid import UUID

from ratel.statements import read_rows

Value = TypeVar("Value")
PUBLIC: Final = UUID(int=0)
STAMP_AGE_SECONDS: Final = 0.5


class Stamps:
    """The counters of `teams_configurationstamp`, at most STAMP_AGE_SECONDS old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._values: dict[UUID, int] = {}

    def current(self) -> dict[UUID, int]:
        if time.monotonic() - self._read_at < STAMP_AGE_SECONDS:
            return self._values
        with self._lock:
            if time.monotonic() - self._read_at >= STAMP_AGE_SECONDS:
                started = time.monotonic()
                rows = read_rows("SELECT scope, value FROM teams_configurationstamp")
                self._values = dict(rows)
                self._read_at = started
        return self._values

    def forget(self) -> None:
        """Reads the stamps again at the next look: after a change made by this very process."""
        self._read_at = float("-inf")


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
        value = load()
        if len(self._kept) >= self._limit:
            self._kept.clear()
        self._kept[key] = (version, value)
        return value
