"""What a refresh changed, as a small index to run customers against. Kept per process for the changes worked on last.

The entries are those that `generation` has and `since` had not, or had otherwise, as they are in `generation`.
"""

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Final
from uuid import UUID

from ratel.statements import driver_connection
from screening.models import WatchlistGeneration
from screening.names.entity import ListedEntity, NameMatch, NameQuery
from screening.names.index import NameIndex
from screening.watchlists.differences import Revisions, changes_between, compared
from screening.watchlists.entries import open_entity
from screening.watchlists.memory import index_in_memory
from screening.watchlists.writing import reading

MOST_KEPT: Final = 2
READ_AT_ONCE: Final = 2_000
# Of more, such as the first load of a large list, no index of their own is made.
MOST_INDEXED: Final = 200_000
# A name is scored a little differently in a small index, where every token is rare: who comes near is looked at with the
# whole index, whose score decides.
WORTH_A_LOOK: Final = 60.0


@dataclass(frozen=True)
class ChangedEntries:
    """`entry_ids` are those of NameMatch, None where so much changed that everything may be looked at.

    Without an index there is nobody to look for, or nothing but the whole index to look with.
    """

    entry_ids: frozenset[str] | None
    index: NameIndex | None

    @property
    def is_nothing(self) -> bool:
        return self.entry_ids is not None and not self.entry_ids

    def near(self, query: NameQuery) -> tuple[NameMatch, ...]:
        """The changed entries that may be meant."""
        return self.index.search(query, minimum_score=WORTH_A_LOOK).matches if self.index else ()


EVERYTHING: Final = ChangedEntries(None, None)
NOTHING: Final = ChangedEntries(frozenset(), None)


class _TooMany(Exception):
    """An index of the changes would be one of nearly everything."""


_kept: Final[dict[tuple[str | None, str], ChangedEntries]] = {}
_lock: Final = threading.Lock()


def changed_entries(organisation_id: UUID | None, since: str | None, generation: str) -> ChangedEntries:
    """What changed between two generations of the public lists (None) or of an organisation's own; made once."""
    with _lock:
        kept = _kept.get((since, generation))
        if kept is None:
            while len(_kept) >= MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            kept = _kept[since, generation] = _read(organisation_id, since, generation)
        return kept


def _read(organisation_id: UUID | None, since: str | None, generation: str) -> ChangedEntries:
    entry_ids: set[str] = set()

    def noted(entities: Iterable[ListedEntity]) -> Iterator[ListedEntity]:
        for entity in entities:
            if len(entry_ids) == MOST_INDEXED:
                raise _TooMany
            entry_ids.add(entity.entry_id)
            yield entity

    with reading(organisation_id):
        entities = _entities(_revisions(organisation_id, since, generation))
        first = next(entities, None)
        if first is None:
            return NOTHING
        try:
            index = index_in_memory(noted(chain([first], entities)), f"since-{since or 'ever'}")
        except _TooMany:
            return EVERYTHING
    return ChangedEntries(frozenset(entry_ids), index)


def _revisions(organisation_id: UUID | None, since: str | None, generation: str) -> list[Revisions]:
    names = [name for name in (since, generation) if name]
    lists = dict(WatchlistGeneration.objects.filter(name__in=names).values_list("name", "lists"))
    return compared(lists.get(since or "", {}), lists.get(generation, {}), organisation_id)


def _entities(revisions: list[Revisions]) -> Iterator[ListedEntity]:
    """The entries that were added or changed, read some at a time."""
    waiting: list[UUID] = []
    for change in changes_between(revisions):
        if change.change != "removed":
            waiting.append(change.row_id)
        if len(waiting) >= READ_AT_ONCE:
            yield from _opened(waiting)
            waiting = []
    yield from _opened(waiting)


def _opened(row_ids: list[UUID]) -> Iterator[ListedEntity]:
    rows = driver_connection().execute(
        "SELECT id, document, sealed_document FROM screening_watchlistentry WHERE id = ANY (%s)", (row_ids,)
    )
    for row in rows.fetchall():
        yield open_entity(*row)
