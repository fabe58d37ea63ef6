"""What this process screens names against: the public lists, and beside them an organisation's private ones.

An organisation without private lists searches the public index and nothing else. Indexes follow their generations by
themselves (opened.py); a host that does not have a public generation's directory yet has a child build it.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from screening.layers import NoList, SearchNames
from screening.models import WatchlistGeneration
from screening.names.entity import NameQuery, SearchResult
from screening.names.index import NameIndex, best_matches
from screening.watchlists.building import (
    build_in_child,
    current_public,
    directory_for,
    lists_of,
    read_ahead,
)
from screening.watchlists.entries import entities_at
from screening.watchlists.memory import index_in_memory
from screening.watchlists.opened import Opened, RememberedSearch
from screening.watchlists.writing import reading
from teams.configuration import PUBLIC, Cached

BETWEEN_GENERATIONS: Final = "+"


def current_names(organisation_id: UUID) -> SearchNames | None:
    """The lists that an organisation is screened against, or None where none is loaded."""
    has_private = _generations.get(
        organisation_id, (organisation_id,), lambda: private_generation(organisation_id)
    )
    if has_private:
        both = _private.setdefault(organisation_id, BothLists(organisation_id))
        return SearchNames(has_private, both.search, both.remembered)
    _private.pop(organisation_id, None)
    generation = _generations.get(PUBLIC, (PUBLIC,), current_generation)
    return SearchNames(generation, _search_public, _remembered_public) if generation else None


def current_generation() -> str | None:
    """The name of the generation of the public lists that is in force."""
    generation = current_public()
    return generation.name if generation else None


def private_generation(organisation_id: UUID) -> str | None:
    """The name of the generation of an organisation's private lists; None where they hold nobody."""
    with reading(organisation_id):
        generation = WatchlistGeneration.objects.filter(
            organisation_id=organisation_id, is_current=True, entry_count__gt=0
        ).first()
        return generation.name if generation else None


def readiness() -> str:
    """For /readyz: "ok" when a generation is loaded and can be searched."""
    if current_generation() is None:
        return "no watchlist is loaded"
    try:
        PUBLIC_LISTS.now()
    except NoList:
        return "the name index is not open yet on this host"
    return "ok"


def settle(wait_seconds: float = 10.0) -> None:
    """Waits until this process searches what is in force, where it has searched before: for tests of what comes after."""
    for opened in (PUBLIC_LISTS, *(both.private for both in list(_private.values()))):
        opened.settle(wait_seconds)


class BothLists:
    """The public lists and one organisation's private ones, searched side by side."""

    def __init__(self, organisation_id: UUID) -> None:
        self.private = Opened(organisation_id, lambda: _open_private(organisation_id))

    def search(self, query: NameQuery) -> SearchResult:
        found = self.private.now().search(query)
        if PUBLIC_LISTS.at_once() is None and PUBLIC_LISTS.is_absent:
            return found
        return merged(PUBLIC_LISTS.now().search(query), found)

    def remembered(self, query: NameQuery) -> SearchResult | None:
        private, public = self.private.at_once(), PUBLIC_LISTS.at_once()
        found = private.remembered(query) if private else None
        of_public = public.remembered(query) if public else None
        return merged(of_public, found) if of_public and found else None


def merged(public: SearchResult, private: SearchResult) -> SearchResult:
    """One result of two searches; `generation` names both."""
    in_order = sorted((*public.matches, *private.matches), key=lambda match: -match.score)
    below = [one for one in (public.best_below, private.best_below) if one is not None]
    return replace(
        public,
        matches=tuple(best_matches(in_order)),
        best_score=max(public.best_score, private.best_score),
        best_below=max(below, key=lambda match: match.score, default=None),
        candidates=public.candidates + private.candidates,
        generation=f"{public.generation}{BETWEEN_GENERATIONS}{private.generation}",
    )


def _search_public(query: NameQuery) -> SearchResult:
    return PUBLIC_LISTS.now().search(query)


def _remembered_public(query: NameQuery) -> SearchResult | None:
    public = PUBLIC_LISTS.at_once()
    return public.remembered(query) if public else None


def _open_public() -> RememberedSearch | None:
    """The public generation in force."""
    generation = current_public()
    if generation is None:
        return None
    directory = directory_for(generation)
    if not directory.exists():
        build_in_child(generation.name)
    read_ahead(directory)
    return RememberedSearch(generation.name, NameIndex.open(directory))


def _open_private(organisation_id: UUID) -> RememberedSearch:
    """The private lists as they are, indexed in memory."""
    with reading(organisation_id):
        generation = WatchlistGeneration.objects.filter(
            organisation_id=organisation_id, is_current=True
        ).first()
        name = generation.name if generation else ""
        index = index_in_memory(entities_at(lists_of(generation)) if generation else (), name)
    return RememberedSearch(name, index)


PUBLIC_LISTS: Final = Opened(PUBLIC, _open_public)
_private: Final[dict[UUID, BothLists]] = {}
_generations: Final[Cached[str | None]] = Cached()
