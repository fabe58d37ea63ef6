"""How lists, entries and differences are shown, and how fresh a list is. Reads only; call inside `tenant(...)`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Q

from ratel.identifiers import show
from ratel.statements import driver_connection
from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration, WatchlistSource
from screening.models.lists import MANUAL
from screening.names.entity import ListedEntity
from screening.watchlists.differences import ALL_ROWS, EntryChange, Revisions, parameters_of
from screening.watchlists.entries import open_entity, open_more
from screening.watchlists.notices import PREFIX
from screening.watchlists.sources import is_remote

ENTRY_PREFIX: Final = "ent"
FRESHNESS: Final = ("fresh", "aging", "old", "manual", "empty")
_USUAL_CADENCE_SECONDS: Final = 24 * 3_600
# A refresh that is late is no news; one that was missed is.
_AGING_AFTER_CADENCES: Final = 2
_OLD_AFTER_CADENCES: Final = 7
_PAGE: Final = (
    f"SELECT d.id, d.change, d.reference FROM ({ALL_ROWS}) d"  # noqa: S608 - our own fragments
    " WHERE %(after_id)s::uuid IS NULL OR d.id < %(after_id)s::uuid ORDER BY d.id DESC LIMIT %(most)s"
)


def visible_lists() -> Any:
    """Public lists that were ever loaded, and the organisation's own."""
    return Watchlist.objects.filter(Q(organisation_id__isnull=False) | Q(revision__gt=0))


def lists_shown(lists: Sequence[Watchlist], now: datetime) -> list[dict[str, Any]]:
    sources = {
        source.code: source
        for source in WatchlistSource.objects.filter(
            organisation_id=None, code__in=[one.code for one in lists if one.organisation_id is None]
        )
    }
    in_force = {
        generation.organisation_id: generation
        for generation in WatchlistGeneration.objects.filter(is_current=True)
    }
    return [
        _list_shown(
            one,
            sources.get(one.code) if one.organisation_id is None else None,
            in_force.get(one.organisation_id),
            now,
        )
        for one in lists
    ]


def _list_shown(
    one: Watchlist, source: WatchlistSource | None, in_force: WatchlistGeneration | None, now: datetime
) -> dict[str, Any]:
    is_loaded = one.revision > 0
    age_seconds = max(0, int((now - one.loaded_at).total_seconds())) if is_loaded else None
    return {
        "id": show(PREFIX, one.id),
        "code": one.code,
        "name": one.name,
        "category": one.category,
        "isPrivate": one.organisation_id is not None,
        "source": one.source_format,
        "entryCount": one.entry_count,
        "badRecordCount": one.bad_record_count,
        "revision": one.revision,
        "loadedAt": one.loaded_at if is_loaded else None,
        "ageSeconds": age_seconds,
        "freshness": _freshness(one, source, age_seconds),
        "generation": in_force.name if in_force and is_loaded else None,
        "previousGeneration": in_force.previous if in_force and is_loaded else None,
        "refresh": _refresh_shown(source) if source else None,
    }


def _freshness(one: Watchlist, source: WatchlistSource | None, age_seconds: int | None) -> str:
    if one.source_format == MANUAL:
        return "manual"
    if age_seconds is None:
        return "empty"
    cadences = age_seconds / (source.cadence_seconds if source else _USUAL_CADENCE_SECONDS)
    if cadences <= _AGING_AFTER_CADENCES:
        return "fresh"
    return "aging" if cadences <= _OLD_AFTER_CADENCES else "old"


def _refresh_shown(source: WatchlistSource) -> dict[str, Any]:
    """Of the address only the host: it may carry a token, a path names the worker's folders."""
    return {
        "from": urlsplit(source.location).hostname if is_remote(source.location) else "file",
        "cadenceSeconds": source.cadence_seconds,
        "rests": not source.is_enabled,
        "lastSuccessAt": source.last_success_at,
        "lastFailureAt": source.last_failure_at,
        "lastFailure": source.last_failure or None,
        "failuresInARow": source.failures_in_a_row,
        "dueAt": source.due_at,
    }


def entry_shown(row: WatchlistEntry, plain: str | None) -> dict[str, Any]:
    """One entry; `plain` is its document as text."""
    sealed = bytes(row.sealed_document) if row.sealed_document is not None else None
    entity = open_entity(row.id, plain, sealed)
    more = open_more(row.id, plain, sealed)
    return {
        "id": show(ENTRY_PREFIX, row.key or row.id),
        "entryId": entity.entry_id,
        "reference": entity.reference,
        "fullName": entity.primary_name,
        "aliases": _other_names(entity, weak=False),
        "weakAliases": _other_names(entity, weak=True),
        "entityType": entity.entity_type,
        "kind": entity.kind,
        "datesOfBirth": list(entity.birth_dates),
        "countries": list(entity.countries),
        "identifiers": list(entity.identifiers),
        "reason": more.get("reason"),
        "addedBy": more.get("addedBy"),
        "remarks": entity.remarks,
    }


def _other_names(entity: ListedEntity, *, weak: bool) -> list[str]:
    primary = entity.primary_name
    return [name.text for name in entity.names if (name.quality == "weak") is weak and name.text != primary]


def change_page(one: Revisions, after: UUID | None, most: int) -> list[EntryChange]:
    """The entries of a list that differ, the newest rows first."""
    rows = (
        driver_connection().execute(_PAGE, {**parameters_of(one), "after_id": after, "most": most}).fetchall()
    )
    return [
        EntryChange(change, one.watchlist_id, one.code, reference, row) for row, change, reference in rows
    ]


def change_shown(change: EntryChange) -> dict[str, Any]:
    return {"change": change.change, "reference": change.reference, "entryId": change.entry_id}
