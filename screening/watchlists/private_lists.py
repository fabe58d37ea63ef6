"""Changes of an organisation's own lists: small enough for one transaction, in which everything happens or nothing.

The index of these lists is only ever in memory (current.py); every process makes its own when the generation changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import Conflict
from ratel.tenancy import set_tenant, tenant
from screening.models import Watchlist, WatchlistGeneration
from screening.watchlists.notices import PREFIX, changes_of, write_events
from screening.watchlists.publishing import NewRevision, name_current, raise_revision
from screening.watchlists.staging import Staged
from teams.configuration import STAMPS
from teams.models import Team

MOST_ENTRIES: Final = 50_000
"""Of all private lists of an organisation together: every process indexes them in memory within seconds."""

_CHANGE_LOCK: Final = 0x52A7_E104


@dataclass(frozen=True)
class Owner:
    """An organisation and all of its teams, which the current transaction sees."""

    organisation_id: UUID
    team_ids: tuple[UUID, ...]


@contextmanager
def private_change(organisation_id: UUID) -> Iterator[Owner]:
    """A transaction that sees the organisation with all of its teams, and in which nobody else changes its lists."""
    with tenant(organisation_id):
        team_ids = tuple(Team.objects.order_by("id").values_list("id", flat=True))
        set_tenant(organisation_id, team_ids)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_CHANGE_LOCK, str(organisation_id)]
            )
        transaction.on_commit(STAMPS.forget)
        yield Owner(organisation_id, team_ids)


def put_in_force(owner: Owner, new: NewRevision) -> WatchlistGeneration:
    """Raises the list's revision and names the organisation's new generation; tells its teams."""
    raise_revision(new)
    generation = _new_generation(owner, {new.code: new.staged})
    write_events(owner.organisation_id, owner.team_ids, generation.name, changes_of(generation))
    return generation


def take_out_of_force(owner: Owner, watchlist: Watchlist) -> WatchlistGeneration | None:
    """Deletes a list with its entries: they name people, and nothing needs them any more."""
    was_in_force, removed, code = watchlist.revision > 0, watchlist.entry_count, watchlist.code
    gone = {
        "watchlistId": show(PREFIX, watchlist.id),
        "code": code,
        "name": watchlist.name,
        "added": 0,
        "changed": 0,
        "removed": removed,
        "entries": 0,
    }
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM screening_watchlistentry WHERE watchlist_id = %s", [watchlist.id])
    watchlist.delete()
    if not was_in_force:
        return None
    generation = _new_generation(owner, {code: Staged(0, 0, removed)})
    write_events(owner.organisation_id, owner.team_ids, generation.name, [gone])
    return generation


def refuse_too_many(organisation_id: UUID, more: int) -> None:
    """Raises Conflict where an organisation's private lists would hold more than they may."""
    counts = Watchlist.objects.filter(organisation_id=organisation_id).values_list("entry_count", flat=True)
    if sum(counts) + more > MOST_ENTRIES:
        raise Conflict(f"Private lists hold at most {MOST_ENTRIES} entries together", code="too_many_entries")


def _new_generation(owner: Owner, changes: dict[str, Staged]) -> WatchlistGeneration:
    identifier = new_id()
    generation = name_current(
        identifier=identifier,
        name=show("gen", identifier),
        organisation_id=owner.organisation_id,
        changes=changes,
    )
    generation.told_at = timezone.now()
    generation.save(update_fields=["told_at"])
    return generation
