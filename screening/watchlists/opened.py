"""An index that is open in this process and follows its generation: the next one is opened in the background.

A search never waits for a swap: it keeps the index that is there until another has been opened and warmed. Only where
none was ever open it waits, because a name that was not screened is no clear name.
"""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final
from uuid import UUID

import structlog
from django.db import connections

from screening.layers import NoList
from screening.names.entity import NameQuery, SearchResult
from screening.names.index import NameIndex
from teams.configuration import STAMPS

log = structlog.get_logger(__name__)
MOST_REMEMBERED: Final = 50_000
_ASKED_AGAIN: Final = 50
_WAIT_SECONDS: Final = 2.0
_SECONDS_AFTER_FAILURE: Final = 2.0


class RememberedSearch:
    """Searches of one generation with a memo: the same name asked again costs a look-up in a dictionary."""

    def __init__(self, generation: str, index: NameIndex) -> None:
        self.generation = generation
        self._index = index
        self._results: dict[NameQuery, SearchResult] = {}

    def remembered(self, query: NameQuery) -> SearchResult | None:
        return self._results.get(query)

    def search(self, query: NameQuery) -> SearchResult:
        result = self._results.get(query)
        if result is None:
            result = self._index.search(query)
            if result.generation != self.generation:
                # Lists were set back: an older directory answers under the name of the newer generation.
                result = replace(result, generation=self.generation)
            if len(self._results) >= MOST_REMEMBERED:
                self._results = {}
            self._results[query] = result
        return result

    def warm_from(self, other: "RememberedSearch") -> None:
        """Asks again what was last asked of another generation, so that nobody meets cold pages."""
        for query in list(islice(reversed(other._results), _ASKED_AGAIN)):
            self.search(query)


class Opened:
    """The open index of one owner of lists. `open_current` opens the generation in force, or gives None where there is
    none; it runs in a thread of its own with a connection of its own, because callers are inside of a transaction."""

    def __init__(self, scope: UUID, open_current: Callable[[], RememberedSearch | None]) -> None:
        self._scope = scope
        self._open_current = open_current
        self._search: RememberedSearch | None = None
        self._seen: Mapping[UUID, int] | None = None
        self._version: Hashable = None
        self._lock = threading.Lock()
        self._is_opening = False
        self._tried = threading.Event()
        self.is_absent = False

    def at_once(self) -> RememberedSearch | None:
        """The index to search, or None where none is open yet."""
        stamps = STAMPS.current()
        if stamps is not self._seen:
            self._look(stamps)
        return self._search

    def now(self, wait_seconds: float = _WAIT_SECONDS) -> RememberedSearch:
        """The same, waiting for the first one; raises NoList where none can be searched."""
        search = self.at_once()
        if search is None:
            self._tried.wait(wait_seconds)
            search = self._search
        if search is None:
            raise NoList
        return search

    def settle(self, wait_seconds: float) -> None:
        """Looks now, and waits until what is in force is open."""
        self.at_once()
        self._tried.wait(wait_seconds)

    def _look(self, stamps: Mapping[UUID, int]) -> None:
        """Another set of stamps: where ours differs, the generation in force is opened beside the one that is."""
        self._seen = stamps
        version = stamps.get(self._scope, 0)
        with self._lock:
            if version == self._version:
                return
            self._version = version
            if self._is_opening:
                return
            self._is_opening = True
            self._tried.clear()
        threading.Thread(target=self._open_until_current, name="open-lists", daemon=True).start()

    def _open_until_current(self) -> None:
        """Opens again until nothing has changed meanwhile."""
        version: Hashable = None
        try:
            while not self._is_done(version):
                version = self._version
                self._open()
        except Exception as error:
            # What is open keeps answering; a later set of stamps looks again.
            log.warning("lists_not_opened", error=type(error).__name__)
            time.sleep(_SECONDS_AFTER_FAILURE)
            with self._lock:
                self._version, self._is_opening = None, False
        finally:
            self._tried.set()
            connections.close_all()

    def _is_done(self, version: Hashable) -> bool:
        with self._lock:
            if version is None or version != self._version:
                return False
            self._is_opening = False
            return True

    def _open(self) -> None:
        found, old = self._open_current(), self._search
        self.is_absent = found is None
        if found is None:
            self._search = None
        elif old is None or found.generation != old.generation:
            if old is not None:
                found.warm_from(old)
            self._search = found
            log.info("lists_opened", generation=found.generation)
