"""Looks up entries of the lists by the id that matches carry: `list code:publisher's reference`.

Call inside `tenant(...)`: public lists and the organisation's own are found, nobody else's. It reads what the lists hold
now, whichever generation of the index found the match.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ratel.statements import driver_connection
from screening.match_decisions import material_digest
from screening.names.entity import ListedEntity
from screening.watchlists.entries import open_entity

AT_ONCE: Final = 1_000
_NOW: Final = "e.revision_from <= w.revision AND (e.revision_until IS NULL OR e.revision_until > w.revision)"
_LIVE: Final = (
    " FROM unnest(%s::text[], %s::text[]) AS asked(code, reference)"
    " JOIN screening_watchlist w ON w.code = asked.code"
    " JOIN screening_watchlistentry e ON e.watchlist_id = w.id AND e.reference = asked.reference"
    f" WHERE {_NOW}"
)


@dataclass(frozen=True)
class Entry:
    """An entry as it is now. `watchlist_id` is its list's, `digest` changes with any part of the document."""

    watchlist_id: UUID
    entity: ListedEntity
    digest: str

    @property
    def material_digest(self) -> str:
        return material_digest(self.entity)


def digests_of(entry_ids: Iterable[str]) -> dict[str, str]:
    """The digest of each entry that is on its list now."""
    found: dict[str, str] = {}
    for codes, references in _asked(entry_ids):
        rows = driver_connection().execute(
            "SELECT asked.code, asked.reference, e.digest" + _LIVE, (codes, references)
        )
        found.update({f"{code}:{reference}": digest for code, reference, digest in rows})
    return found


def entries_of(entry_ids: Iterable[str]) -> dict[str, Entry]:
    """Each entry that is on its list now."""
    found: dict[str, Entry] = {}
    for codes, references in _asked(entry_ids):
        rows = driver_connection().execute(
            "SELECT asked.code, asked.reference, w.id, e.digest, e.id, e.document, e.sealed_document" + _LIVE,
            (codes, references),
        )
        for code, reference, watchlist_id, digest, row_id, document, sealed in rows:
            entity = open_entity(row_id, document, sealed)
            found[f"{code}:{reference}"] = Entry(watchlist_id, entity, digest)
    return found


def _asked(entry_ids: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Codes and references, few enough for one statement each."""
    asked = [entry_id.partition(":")[::2] for entry_id in dict.fromkeys(entry_ids)]
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        yield [code for code, _ in some], [reference for _, reference in some]
