"""The name index that this process screens against, swapped when a list is loaded.

A generation is an immutable directory under the state directory; all processes of a host map the same files. A host
that does not have the directory yet builds it from the entries in the database.
"""

import threading
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from ratel.statements import driver_connection
from screening.layers import SearchNames
from screening.names.entity import NameQuery, SearchResult
from screening.names.index import NameIndex
from screening.watchlists.generations import build_from_database, directory_of
from teams.configuration import PUBLIC, Cached

MOST_REMEMBERED: Final = 50_000


class RememberedSearch:
    """Searches of one generation with a memo: the same name asked again costs a look-up in a dictionary."""

    def __init__(self, index: NameIndex) -> None:
        self._index = index
        self._results: dict[NameQuery, SearchResult] = {}

    def remembered(self, query: NameQuery) -> SearchResult | None:
        return self._results.get(query)

    def search(self, query: NameQuery) -> SearchResult:
        result = self._results.get(query)
        if result is None:
            result = self._index.search(query)
            if len(self._results) >= MOST_REMEMBERED:
                self._results = {}
            self._results[query] = result
        return result


_generations: Final[Cached[str | None]] = Cached()
_open: Final[dict[str, SearchNames]] = {}
_lock: Final = threading.Lock()


def current_names(organisation_id: UUID) -> SearchNames | None:
    """The lists that an organisation is screened against, or None where none is loaded."""
    generation = _generations.get("current", (PUBLIC,), current_generation)
    return _opened(generation) if generation else None


def current_generation() -> str | None:
    """The name of the newest generation of the public lists."""
    row = (
        driver_connection()
        .execute(
            "SELECT name FROM screening_watchlistgeneration WHERE organisation_id IS NULL AND is_current"
            " ORDER BY created_at DESC LIMIT 1"
        )
        .fetchone()
    )
    return str(row[0]) if row else None


def _opened(generation: str) -> SearchNames:
    found = _open.get(generation)
    if found is not None:
        return found
    with _lock:
        if generation not in _open:
            directory: Path = directory_of(settings.RATEL_STATE_DIRECTORY, generation)
            if not directory.exists():
                build_from_database(generation)
            search = RememberedSearch(NameIndex.open(directory))
            # Requests in flight keep the generation they began with; the one before is dropped here.
            for old in [name for name in _open if name != generation]:
                del _open[old]
            _open[generation] = SearchNames(generation, search.search, search.remembered)
        return _open[generation]


def readiness() -> str:
    """For /readyz: "ok" when a generation is loaded and can be searched."""
    generation = current_generation()
    if generation is None:
        return "no watchlist is loaded"
    _opened(generation)
    return "ok"
