"""Removes entries that no kept generation holds any more, in small steps.

Generations of the last 30 days are kept, and always the newest three of each owner: so long their differences are exact
and lists can be set back to them. Rows of generations themselves are small and stay, because evaluations name them.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from ratel.statements import driver_connection
from screening.models import Watchlist, WatchlistGeneration
from screening.watchlists.building import KEPT_GENERATIONS
from screening.watchlists.writing import writing
from teams.audit.chain import organisations

KEPT: Final = timedelta(days=30)
_AT_ONCE: Final = 2_000


def remove_old_entries() -> int:
    """How many rows were removed, of public and of private lists."""
    removed = _remove_of(None)
    for organisation_id in organisations():
        removed += _remove_of(organisation_id)
    return removed


def _remove_of(organisation_id: UUID | None) -> int:
    with writing(organisation_id):
        oldest = list(_oldest_kept_revisions(organisation_id))
    removed = 0
    for watchlist_id, revision in oldest:
        while True:
            gone = _remove_some(organisation_id, watchlist_id, revision)
            removed += gone
            if gone < _AT_ONCE:
                break
    return removed


def _oldest_kept_revisions(organisation_id: UUID | None) -> Iterator[tuple[UUID, int]]:
    """For each list the lowest revision that a kept generation has of it."""
    generations = WatchlistGeneration.objects.filter(organisation_id=organisation_id).order_by("-id")
    newest = list(generations[:KEPT_GENERATIONS])
    kept = [*newest, *generations.filter(created_at__gt=timezone.now() - KEPT)]
    for watchlist_id, code in Watchlist.objects.filter(organisation_id=organisation_id).values_list(
        "id", "code"
    ):
        # A generation is compared with the one before it, which may be older than all that are kept.
        revisions = [one.lists[code]["revision"] for one in kept if code in one.lists]
        if revisions:
            yield watchlist_id, min(revisions) - 1


def _remove_some(organisation_id: UUID | None, watchlist_id: UUID, revision: int) -> int:
    with writing(organisation_id):
        return (
            driver_connection()
            .execute(
                "DELETE FROM screening_watchlistentry WHERE id IN (SELECT id FROM screening_watchlistentry"
                " WHERE watchlist_id = %s AND revision_until <= %s LIMIT %s)",
                (watchlist_id, revision, _AT_ONCE),
            )
            .rowcount
        )
