"""Writes what a list's next revision holds, in short transactions that nobody sees until the list's revision is raised.

What a killed load left of that revision is taken away first, so a load can be repeated at any time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar
from uuid import UUID

from ratel.statements import InsertInto, driver_connection, insert
from screening.watchlists.entries import ListAt, StoredForm, digests_at
from screening.watchlists.writing import reading, writing

Item = TypeVar("Item")
# Few enough that no transaction of these holds the audit trail up.
_AT_ONCE: Final = 2_000
_ENTRY_INSERT: Final = InsertInto(
    "screening_watchlistentry",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "watchlist_id": "uuid",
        "reference": "text",
        "key": "uuid",
        "document": "jsonb",
        "sealed_document": "bytea",
        "digest": "text",
        "revision_from": "integer",
    },
)


@dataclass(frozen=True)
class Staged:
    """What the next revision has that the current one has not."""

    added: int
    changed: int
    removed: int

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.changed or self.removed)


def stage(organisation_id: UUID | None, current: ListAt, forms: Iterable[StoredForm]) -> Staged:
    """Makes revision `current.revision + 1` of a list hold exactly these entries."""
    discard(organisation_id, current)
    with reading(organisation_id):
        stored = dict(digests_at(current))
    added = changed = 0
    ended: list[str] = []
    for chunk in chunks(forms):
        new = [form for form in chunk if stored.get(form.reference) != form.digest]
        replaced = [form.reference for form in new if form.reference in stored]
        for form in chunk:
            stored.pop(form.reference, None)
        ended += replaced
        added, changed = added + len(new) - len(replaced), changed + len(replaced)
        with writing(organisation_id):
            insert_entries(organisation_id, current, new)
    removed = len(stored)
    for references in chunks((*ended, *stored)):
        with writing(organisation_id):
            end_entries(current, references)
    return Staged(added, changed, removed)


def insert_entries(
    organisation_id: UUID | None,
    current: ListAt,
    forms: Sequence[StoredForm],
    keys: Sequence[UUID | None] | None = None,
) -> None:
    """New rows that count from the revision after `current`; in the current transaction."""
    rows = [
        (
            form.id,
            organisation_id,
            current.watchlist_id,
            form.reference,
            key,
            form.plain,
            form.sealed,
            form.digest,
            current.revision + 1,
        )
        for form, key in zip(forms, keys or [None] * len(forms), strict=True)
    ]
    if rows:
        insert(_ENTRY_INSERT, *rows)


def end_entries(current: ListAt, references: Sequence[str]) -> None:
    """Entries of the current revision that the one after it does not have any more; in the current transaction."""
    driver_connection().execute(
        "UPDATE screening_watchlistentry SET revision_until = %s WHERE watchlist_id = %s AND reference = ANY(%s)"
        " AND revision_from <= %s AND revision_until IS NULL",
        (current.revision + 1, current.watchlist_id, list(references), current.revision),
    )


def discard(organisation_id: UUID | None, current: ListAt) -> None:
    """Takes away whatever was staged after the current revision and never published."""
    after: tuple[Any, ...] = (current.watchlist_id, current.revision, _AT_ONCE)
    while True:
        with writing(organisation_id):
            gone = driver_connection().execute(
                "DELETE FROM screening_watchlistentry WHERE id IN (SELECT id FROM screening_watchlistentry"
                " WHERE watchlist_id = %s AND revision_from > %s LIMIT %s)",
                after,
            )
            back = driver_connection().execute(
                "UPDATE screening_watchlistentry SET revision_until = NULL WHERE id IN"
                " (SELECT id FROM screening_watchlistentry WHERE watchlist_id = %s AND revision_until > %s LIMIT %s)",
                after,
            )
        if not gone.rowcount and not back.rowcount:
            return


def chunks(items: Iterable[Item], size: int = _AT_ONCE) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
