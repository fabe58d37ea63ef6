"""What differs between two revisions of a list in words that people read: whom it is about, and which parts changed.

Reads only; call inside `tenant(...)`. Of a private list it opens names: whoever shows them writes that down.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from ratel.statements import driver_connection
from screening.models import Watchlist, WatchlistGeneration
from screening.names.entity import ListedEntity
from screening.watchlists.differences import ALL_ROWS, CHANGES, Change, Revisions, parameters_of
from screening.watchlists.entries import open_entity

MOST_GENERATIONS: Final = 50
_ROWS: Final = (
    "SELECT d.id, d.change, d.reference, e.document::text, e.sealed_document,"  # noqa: S608 - our own fragments
    f" o.id, o.document::text, o.sealed_document FROM (SELECT * FROM ({ALL_ROWS}) every"
    " WHERE %(after_id)s::uuid IS NULL OR every.id < %(after_id)s::uuid ORDER BY every.id DESC LIMIT %(most)s) d"
    " JOIN screening_watchlistentry e ON e.id = d.id"
    " LEFT JOIN screening_watchlistentry o ON d.change = 'changed' AND o.watchlist_id = %(watchlist)s"
    " AND o.reference = d.reference AND o.revision_from <= %(before)s AND o.revision_until > %(before)s"
    " ORDER BY d.id DESC"
)
_PARTS: Final = {
    "kind": "kind",
    "entity_type": "type",
    "birth_dates": "birth dates",
    "countries": "countries",
    "genders": "genders",
    "identifiers": "identifiers",
    "addresses": "addresses",
    "remarks": "remarks",
}


@dataclass(frozen=True)
class NamedChange:
    """One entry that differs; `parts` says in words what is another in a changed one."""

    row_id: UUID
    change: Change
    reference: str
    name: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class ListChange:
    """What one generation changed in one list."""

    generation: str
    previous: str | None
    at: Any
    is_current: bool
    entries: int
    added: int
    changed: int
    removed: int

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.changed or self.removed)


def named_changes(one: Revisions, after: UUID | None, most: int) -> list[NamedChange]:
    """The entries of a list that differ, the newest rows first."""
    asked = {**parameters_of(one), "after_id": after, "most": most}
    rows = driver_connection().execute(_ROWS, asked).fetchall()
    return [_named(row) for row in rows]


def _named(row: tuple[Any, ...]) -> NamedChange:
    row_id, change, reference, plain, sealed, old_id, old_plain, old_sealed = row
    entity = open_entity(row_id, plain, sealed)
    old = open_entity(old_id, old_plain, old_sealed) if old_id is not None else None
    return NamedChange(
        row_id,
        next(known for known in CHANGES if known == change),
        reference,
        entity.primary_name,
        changed_parts(old, entity) if old is not None else (),
    )


def changed_parts(old: ListedEntity, new: ListedEntity) -> tuple[str, ...]:
    """Names by how many came and went, everything else by what it is called."""
    before, after = ({name.text for name in one.names} for one in (old, new))
    parts = []
    for word, names in (("added", after - before), ("removed", before - after)):
        if names:
            parts.append(f"{len(names)} name{'s' if len(names) > 1 else ''} {word}")
    parts += [word for field, word in _PARTS.items() if getattr(old, field) != getattr(new, field)]
    return tuple(parts)


def generations_seen(organisation_id: UUID) -> list[WatchlistGeneration]:
    """The newest generations of the public lists and of the organisation's own, the newest first; one read."""
    owners = Q(organisation_id=None) | Q(organisation_id=organisation_id)
    return list(WatchlistGeneration.objects.filter(owners).order_by("-id")[:MOST_GENERATIONS])


def changes_of_list(watchlist: Watchlist, generations: list[WatchlistGeneration]) -> list[ListChange]:
    """Those of the generations that changed this list."""
    return [
        ListChange(
            generation=one.name,
            previous=one.previous,
            at=one.created_at,
            is_current=one.is_current,
            entries=one.lists.get(watchlist.code, {}).get("entries", 0),
            **{change: one.changes[watchlist.code].get(change, 0) for change in CHANGES},
        )
        for one in generations
        if one.organisation_id == watchlist.organisation_id and watchlist.code in one.changes
    ]
