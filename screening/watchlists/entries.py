"""Entries as they are stored: a public one plain, one of a private list sealed, because it names people the bank knows.

Reading needs a transaction that may see them: any for public lists, `tenant(organisation_id)` for private ones. It must
never hand out a stored document without opening it as a ListedEntity.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

import msgspec

from ratel.identifiers import new_id
from ratel.sealing import keyed_hash, seal, unseal
from ratel.statements import driver_connection
from screening.names.entity import ListedEntity

DIGEST_CHARACTERS: Final = 32
_READ_AT_ONCE: Final = 5_000
_DECODER: Final = msgspec.json.Decoder(ListedEntity)


class ListAt(NamedTuple):
    """One list at one time."""

    watchlist_id: UUID
    revision: int


class StoredForm(NamedTuple):
    """What is written of an entry: exactly one of `plain` (JSON) and `sealed` is there."""

    id: UUID
    reference: str
    digest: str
    plain: str | None
    sealed: bytes | None


def stored_form(
    entity: ListedEntity, *, is_private: bool, more: Mapping[str, Any] | None = None
) -> StoredForm:
    """The row for an entity, under a new id, with what else is kept of it.

    Equal entries have equal digests; that of a private one cannot be guessed.
    """
    encoded = msgspec.json.encode({**msgspec.to_builtins(entity), **more} if more else entity)
    identifier = new_id()
    if is_private:
        digest = keyed_hash(encoded).hex()[:DIGEST_CHARACTERS]
        return StoredForm(identifier, entity.reference, digest, None, seal(encoded, identifier.bytes))
    digest = hashlib.sha256(encoded).hexdigest()[:DIGEST_CHARACTERS]
    return StoredForm(identifier, entity.reference, digest, encoded.decode(), None)


def open_entity(identifier: UUID, plain: str | bytes | None, sealed: bytes | None) -> ListedEntity:
    """The entity in the columns id, document and sealed_document of a row."""
    return _DECODER.decode(_document(identifier, plain, sealed))


def open_more(identifier: UUID, plain: str | bytes | None, sealed: bytes | None) -> dict[str, Any]:
    """Everything that is kept of an entry, the fields of the entity among it."""
    found: dict[str, Any] = msgspec.json.decode(_document(identifier, plain, sealed))
    return found


def _document(identifier: UUID, plain: str | bytes | None, sealed: bytes | None) -> str | bytes:
    return plain if plain is not None else unseal(bytes(sealed or b""), identifier.bytes)


def entities_at(lists: Sequence[ListAt]) -> Iterator[ListedEntity]:
    """Every entry of these lists at these revisions, in a fixed order, streamed. Needs a transaction."""
    for one in sorted(lists):
        rows = stream(
            "SELECT id, document, sealed_document FROM screening_watchlistentry WHERE watchlist_id = %s"
            " AND revision_from <= %s AND (revision_until IS NULL OR revision_until > %s) ORDER BY reference",
            (one.watchlist_id, one.revision, one.revision),
        )
        for identifier, plain, sealed in rows:
            yield open_entity(identifier, plain, sealed)


def forms_at(one: ListAt) -> Iterator[StoredForm]:
    """Every entry of a public list at a revision as a row to write again, streamed. Needs a transaction."""
    rows = stream(
        "SELECT reference, digest, document::text FROM screening_watchlistentry WHERE watchlist_id = %s"
        " AND revision_from <= %s AND (revision_until IS NULL OR revision_until > %s)",
        (one.watchlist_id, one.revision, one.revision),
    )
    for reference, digest, plain in rows:
        yield StoredForm(new_id(), reference, digest, plain, None)


def digests_at(one: ListAt) -> Iterator[tuple[str, str]]:
    """Reference and digest of every entry of a list at a revision, streamed. Needs a transaction."""
    return stream(
        "SELECT reference, digest FROM screening_watchlistentry WHERE watchlist_id = %s AND revision_from <= %s"
        " AND (revision_until IS NULL OR revision_until > %s)",
        (one.watchlist_id, one.revision, one.revision),
    )


def stream(sql: LiteralString, parameters: Sequence[Any] | Mapping[str, Any]) -> Iterator[Any]:
    """Rows of a large read by a cursor of the server, a few thousand at a time."""
    with driver_connection().cursor(name="watchlists") as cursor:
        cursor.itersize = _READ_AT_ONCE
        cursor.execute(sql, parameters)
        yield from cursor
