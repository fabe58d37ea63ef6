"""The short transaction that puts a generation in force: lists' revisions are raised and the generation named current.

Everything that takes time has happened before. Whoever must be told is told afterwards, from the row (notices.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from screening.models import Watchlist, WatchlistGeneration
from screening.watchlists.entries import ListAt
from screening.watchlists.staging import Staged


class LoadOvertaken(Exception):
    """Somebody else published a revision of the same list meanwhile; nothing was changed."""


@dataclass(frozen=True)
class NewRevision:
    """A list's next revision: what differs, and `facts` about the list that change with it."""

    before: ListAt
    code: str
    staged: Staged
    facts: Mapping[str, Any]


def raise_revision(new: NewRevision) -> None:
    """In the current transaction; raises LoadOvertaken."""
    changed = Watchlist.objects.filter(id=new.before.watchlist_id, revision=new.before.revision).update(
        revision=new.before.revision + 1, loaded_at=timezone.now(), **new.facts
    )
    if not changed:
        raise LoadOvertaken(new.code)


def name_current(
    *,
    identifier: UUID,
    name: str,
    organisation_id: UUID | None,
    changes: Mapping[str, Staged],
    restored_from: str | None = None,
) -> WatchlistGeneration:
    """The generation of all lists of an owner as they are now, in force from the end of the current transaction."""
    previous = (
        WatchlistGeneration.objects.select_for_update()
        .filter(organisation_id=organisation_id, is_current=True)
        .first()
    )
    if previous is not None:
        previous.is_current = False
        previous.save(update_fields=["is_current"])
    lists = lists_now(organisation_id)
    return WatchlistGeneration.objects.create(
        id=identifier,
        name=name,
        organisation_id=organisation_id,
        previous=previous.name if previous else None,
        restored_from=restored_from,
        entry_count=sum(one["entries"] for one in lists.values()),
        lists=lists,
        changes={
            code: {"added": one.added, "changed": one.changed, "removed": one.removed}
            for code, one in changes.items()
        },
    )


def lists_now(organisation_id: UUID | None) -> dict[str, dict[str, Any]]:
    """What a generation stores of each list that has ever been published."""
    rows = Watchlist.objects.filter(organisation_id=organisation_id, revision__gt=0).order_by("code")
    return {
        row.code: {"entries": row.entry_count, "digest": row.source_digest, "revision": row.revision}
        for row in rows
    }
