"""Loads lists into the database and builds the index generation of everything that is loaded.

The entries in the database are the truth; a generation is made of them. A file that is refused changes nothing.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.statements import driver_connection
from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.names.entity import ListedEntity
from screening.names.index import GenerationExistsError, build_index
from screening.watchlists.formats import ListContents, read_all

Progress = Callable[[str], None]
_LOADER_LOCK: Final = 0x52A7_E102


@dataclass(frozen=True)
class Loaded:
    """What a load changed."""

    code: str
    generation: str
    entries: int
    added: int
    changed: int
    removed: int
    bad_records: tuple[str, ...]


def directory_of(state_directory: Path, generation: str) -> Path:
    return Path(state_directory) / "names" / generation


def load_public_list(
    format_code: str,
    path: Path,
    *,
    code: str | None = None,
    kind: str | None = None,
    name: str | None = None,
    minimum_share_of_previous: float = 0.8,
    progress: Progress = lambda _: None,
) -> Loaded:
    """Reads a publisher's file, replaces the list of that code, builds and publishes a new generation.

    Raises ListRefused, and then nothing has changed. One loader works at a time.
    """
    list_code = code or format_code
    with transaction.atomic():
        _become_the_loader()
        previous = Watchlist.objects.filter(organisation_id=None, code=list_code).first()
        progress(f"reading {path.name}")
        contents = read_all(
            format_code,
            path,
            list_code=list_code,
            kind=kind,  # type: ignore[arg-type]
            previous_count=previous.entry_count if previous else None,
            minimum_share_of_previous=minimum_share_of_previous,
        )
        watchlist = _watchlist(previous, list_code, format_code, name, contents)
        progress(f"storing {len(contents.entities)} entries")
        added, changed, removed = _replace_entries(watchlist, contents.entities)
        progress("building the index")
        generation = _publish()
    return Loaded(
        list_code,
        generation,
        len(contents.entities),
        added,
        changed,
        removed,
        tuple(f"{record.location}: {record.reason}" for record in contents.bad_records),
    )


def build_from_database(generation: str) -> None:
    """Makes the directory of a published generation on a host that lacks it."""
    _build(generation, _entities())


def _become_the_loader() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT set_config('ratel.loads_public_lists', 'on', true)")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOADER_LOCK])


def _watchlist(
    previous: Watchlist | None, code: str, format_code: str, name: str | None, contents: ListContents
) -> Watchlist:
    watchlist = previous or Watchlist(organisation_id=None, code=code, name=name or code)
    kinds = {entity.kind for entity in contents.entities}
    watchlist.name = name or watchlist.name
    watchlist.category = kinds.pop() if len(kinds) == 1 else "mixed"
    watchlist.source_format = format_code
    watchlist.source_digest = contents.digest
    watchlist.entry_count = len(contents.entities)
    watchlist.bad_record_count = len(contents.bad_records)
    watchlist.loaded_at = timezone.now()
    watchlist.save()
    return watchlist


def _replace_entries(watchlist: Watchlist, entities: tuple[ListedEntity, ...]) -> tuple[int, int, int]:
    """Writes what was added or changed, removes what is gone; returns how many of each."""
    stored = dict(WatchlistEntry.objects.filter(watchlist=watchlist).values_list("reference", "digest"))
    documents = {entity.reference: _document(entity) for entity in entities}
    added = [reference for reference in documents if reference not in stored]
    changed = [
        reference for reference, (_, digest) in documents.items() if stored.get(reference, digest) != digest
    ]
    removed = [reference for reference in stored if reference not in documents]
    WatchlistEntry.objects.filter(watchlist=watchlist, reference__in=[*changed, *removed]).delete()
    WatchlistEntry.objects.bulk_create(
        [
            WatchlistEntry(
                organisation_id=None,
                watchlist=watchlist,
                reference=reference,
                document=documents[reference][0],
                digest=documents[reference][1],
            )
            for reference in (*added, *changed)
        ],
        batch_size=2_000,
    )
    return len(added), len(changed), len(removed)


def _document(entity: ListedEntity) -> tuple[dict[str, Any], str]:
    encoded = msgspec.json.encode(entity)
    document: dict[str, Any] = msgspec.json.decode(encoded)
    return document, hashlib.sha256(encoded).hexdigest()[:32]


def _entities() -> Iterator[ListedEntity]:
    with driver_connection().cursor(name="watchlist_entries") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            "SELECT e.document FROM screening_watchlistentry e WHERE e.organisation_id IS NULL"
            " ORDER BY e.watchlist_id, e.reference"
        )
        for (document,) in cursor:
            yield msgspec.json.decode(document, type=ListedEntity)


def _publish() -> str:
    """Builds the directory first and names it current afterwards, in the transaction of the load."""
    generation = show("gen", new_id())
    _build(generation, _entities())
    WatchlistGeneration.objects.filter(organisation_id=None, is_current=True).update(is_current=False)
    lists = {
        row["code"]: {"entries": row["entry_count"], "digest": row["source_digest"]}
        for row in Watchlist.objects.filter(organisation_id=None).values(
            "code", "entry_count", "source_digest"
        )
    }
    WatchlistGeneration.objects.create(
        organisation_id=None,
        name=generation,
        entry_count=sum(one["entries"] for one in lists.values()),
        lists=lists,
    )
    return generation


def _build(generation: str, entities: Iterator[ListedEntity]) -> None:
    directory = directory_of(settings.RATEL_STATE_DIRECTORY, generation)
    directory.parent.mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        try:
            build_index(entities, directory, generation=generation)
        except GenerationExistsError:
            # Another process of this host was faster; the directory is complete, or it would not have its name.
            return
